"""Is it a bounce at all? And the reports that some providers write as JSON."""

import json
import re

from newsletter.mail.bounces.parts import Letter
from newsletter.mail.bounces.reports import (
    MOST_FAILURES,
    MOST_REMARK,
    MOST_WORDS,
    Failure,
    Spoken,
    reply_of,
    status_of,
)

MOST_HEADER = 1000  # characters of a field that are looked at
DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail[-_. ]?deliver(?:y|er)?[-_. ]|post[-_ ]?master|mail-daemon"
    r"|deliver(?:y|ies)[-_. ](?:sub)?system|maildelivery"
    r"|bounce|^\s*<>|mail(?:er)? ?system|mdaemon|mail-?administrator"
    r"|no-?reply@[^>]{0,200}(?:ne\.jp)"
    r"|mail\.delivery|amavis|content-filter",
    re.I,
)
SUBJECT = re.compile(
    r"undeliver|deliver(?:y|ed|ing)?\b[^\n]{0,40}(?:fail|problem|error|status|notif|report|delay"
    r"|warning|incomplete|unsuccess|impossible)"
    r"|(?:fail|error|problem|warning|status|report|unable|could not|cannot|not be|couldn't|delay"
    r"|not)[^\n]{0,40}deliver|returned (?:mail|e?-?mail|message|to sender)|failure notice"
    r"|mail (?:system )?error"
    r"|mail[^\n]{0,20}(?:fail|return|error)|message[^\n]{0,40}(?:fail|reject|not be sent|blocked"
    r"|could not)|non[- ]?remis|non recapit|unzustell|zustell|bounced? (?:mail|message)"
    r"|nondeliver|non-?deliver"
    r"|(?:mail|message) status|error[^\n]{0,20}sending|sending[^\n]{0,20}fail|loop (?:back"
    r"|alert)|not (?:a )?member|fml status|"
    r"returning message|can ?not send|undelivrable|не доставлен"
    r"|не может быть|user unknown|mailbox (?:full|unavailable)|rejected"
    r"|you [^\n]{0,60}not (?:a )?member|退信|配信|送信(?:でき|エラー)",
    re.I,
)
TEXT = re.compile(
    r"could ?n[o']t be delivered|was ?n[o']t delivered|not delivered|undeliverable"
    r"|unable to deliver|could not deliver|cannot be delivered|delivery (?:to the following"
    r"|has )?fail|failed to deliver|was undeliverable"
    r"|(?:permanent|fatal) error|transcript of session|did not reach|wasn'?t able to deliver"
    r"|delivery problems|returned to (?:the )?sender|has been rejected|delivery attempts"
    r"|unable to send|error (?:occurred )?while (?:trying|attempting) to deliver"
    r"|rejected by (?:a|the) (?:remote )?mail server|not a member of this|could not be sent"
    r"|delivery status|trouble delivering|rejected recipient|looks? like a loop|loop(?:ed)? mail"
    r"|mail too big"
    r"|following recipient|non-?deliverable|could not reach",
    re.I,
)
QUOTED_REPLY = re.compile(r"^\W{0,9}[45]\d\d[ -][45]\.\d{1,3}\.\d", re.M)  # of a server
ANSWER = re.compile(
    r"out of (?:the )?office|auto(?:matic)?[- ]?(?:re(?:ply|sponse)|respon|antwort)|vacation"
    r"|holiday|away from|abwesen|absence|r[ée]ponse automatique|^auto: |respuesta autom"
    r"|risposta automatica|ooo\b|自動返信",
    re.I,
)


def is_bounce(letter: Letter) -> bool:
    """Return whether a mail without delivery status is a report all the same."""
    headers = letter.headers
    subject = readable(headers.get("subject", ""))
    sender = headers.get("from", "")[:MOST_HEADER]
    if ANSWER.search(subject):
        return False
    if "delivery-status" in letter.kind or "x-failed-recipients" in headers:
        return True
    if DAEMON.search(sender):
        return True
    telling = bool(SUBJECT.search(subject)) or not sender
    if telling and (TEXT.search(letter.text) or QUOTED_REPLY.search(letter.text)):
        return True
    return "you are not a member" in letter.text.lower()


def readable(header: str) -> str:
    """Return a header with its encoded words read, as it is if they cannot be; both cut."""
    from email.header import decode_header, make_header

    header = header[:MOST_HEADER]
    try:
        return str(make_header(decode_header(header)))
    except Exception:  # the decoder is known to stumble over odd ones
        return header


def events(letter: Letter) -> tuple[Failure, ...] | None:
    """Return the failures that a provider tells as JSON (Amazon SNS), None if it does not."""
    start = letter.text.find('{"notificationType":')
    if start < 0:
        return None
    try:
        event, _ = json.JSONDecoder().raw_decode(letter.text[start:])
        if event["notificationType"] == "Delivery":
            named = event["delivery"]["recipients"][:MOST_FAILURES]
            return tuple(Failure(str(one), "delivered") for one in named)
        bounce = event["bounce"]
        return tuple(of_event(one, bounce) for one in bounce["bouncedRecipients"][:MOST_FAILURES])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def of_event(told: dict[str, str], bounce: dict[str, str]) -> Failure:
    """Return the failure of one recipient of an event."""
    words = str(told.get("diagnosticCode", ""))[:MOST_WORDS].removeprefix("smtp;").strip()
    declared = str(told.get("status", ""))[:MOST_REMARK]
    if not words and bounce.get("bounceType") == "Permanent":
        words = (
            "user unknown"
            if bounce.get("bounceSubType") in ("General", "NoEmail", "Suppressed")
            else ""
        )
    return Failure(
        address=str(told.get("emailAddress", "")),
        action=str(told.get("action", "failed")).lower(),
        status=status_of(words, declared),
        reply=reply_of(words),
        words=words,
        spoken=Spoken.UNKNOWN,
    )
