"""Bounces of our own making, in the forms of several servers."""

OURS = (
    "Return-Path: <letter@example.org>\n"
    "Received: from mail.example.org by mx.example.net; Sat, 14 Mar 2026 07:00:01 +0000\n"
    "From: Letter <letter@example.org>\n"
    "To: ada@example.net\n"
    "Subject: A paper, and 6 more\n"
    "Message-ID: <0123456789abcdef0123456789abcdef@example.org>\n"
    "\n"
    "A paper about user unknown mailboxes that are full.\n"
)


def dsn(
    diagnostic: str,
    *,
    status: str = "5.0.0",
    action: str = "failed",
    address: str = "ada@example.net",
    words: str = "It could not be delivered.",
    returned: str = OURS,
    to: str = "bounces@example.org",
) -> bytes:
    """Return a report in the form of RFC 3464."""
    return (
        "Return-Path: <>\n"
        "From: MAILER-DAEMON@mx.example.net (Mail Delivery System)\n"
        f"To: {to}\n"
        "Subject: Undelivered Mail Returned to Sender\n"
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b=1"\n'
        "\n"
        "This is a MIME-encapsulated message.\n"
        "--b=1\nContent-Type: text/plain\n\n"
        f"This is the mail system at host mx.example.net.\n\n<{address}>: {words}\n\n"
        "--b=1\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {address}\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}\n\n"
        f"--b=1\nContent-Type: message/rfc822\n\n{returned}\n"
        "--b=1--\n"
    ).encode()


def plain(text: str, *, subject: str = "failure notice", sender: str = "MAILER-DAEMON@x") -> bytes:
    """Return a report in one text."""
    return f"From: {sender}\nTo: us@example.org\nSubject: {subject}\n\n{text}".encode()


def arf(kind: str, *, returned: str = OURS) -> bytes:
    """Return a feedback report in the form of RFC 5965."""
    return (
        "From: feedback@provider.example\nTo: fbl@example.org\nSubject: FW: a mail\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nThis is a report.\n\n"
        "--b\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: Provider/1.0\nVersion: 1\n"
        "Original-Rcpt-To: <ada@example.net>\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{returned}\n--b--\n"
    ).encode()


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@example.net
    {reason}

------ This is a copy of the message, including all the headers. ------

"""
QMAIL = """Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@example.net>:
{reason}

--- Below this line is a copy of the message.

"""
SENDMAIL = """   ----- The following addresses had permanent fatal errors -----
<ada@example.net>

   ----- Transcript of session follows -----
... while talking to mx.example.net.:
>>> {command}
<<< {reason}
"""
