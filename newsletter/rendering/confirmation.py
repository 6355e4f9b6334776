"""The mail that asks whether an address really wants the newsletter (double opt-in)."""

from urllib.parse import parse_qs, unquote, urlsplit

from newsletter.domain.message import Links, Rendered, Site
from newsletter.rendering.plain import tidy
from newsletter.rendering.templates import Templates

VALID_HOURS = 48


def confirmation(templates: Templates, site: Site, links: Links, address: str) -> Rendered:
    """Return the confirmation for this address, by a page or, without a public one, by mail.

    Raises TemplateError.
    """
    mail_to, mail_subject = mailto_parts(links.confirm)
    tongue = templates.language
    values: dict[str, object] = {
        "subject": tongue.say(
            "Confirm your subscription to {site_name}", site_name=tidy(site.name)
        ),
        "preheader": tongue.say(
            "One step, and the first papers come to {address}.", address=tidy(address)
        ),
        "site_name": tidy(site.name),
        "address": tidy(address),
        "confirm": links.confirm,
        "mail_to": mail_to,
        "mail_subject": mail_subject,
        "valid": tongue.count("{n} hour", "{n} hours", VALID_HOURS),
        "postal_address": tidy(site.postal_address),
    }
    return Rendered(
        subject=str(values["subject"]),
        preheader=str(values["preheader"]),
        html_pieces=templates.html("mail/confirmation.mjml", values),
        text_pieces=templates.plain("mail/confirmation.txt", values),
    )


def mailto_parts(link: str) -> tuple[str, str]:
    """Return the address and the subject of a mailto link (RFC 6068); two "" for any other."""
    parts = urlsplit(link)
    if parts.scheme != "mailto":
        return "", ""
    # A plus sign is no space in a mailto link.
    query = parse_qs(parts.query.replace("+", "%2B"))
    return tidy(unquote(parts.path)), tidy(query.get("subject", [""])[0])
