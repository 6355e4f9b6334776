"""A mail built for tests, and read back as mail programs read it."""

import email
import email.header
import email.policy
import email.utils
import re

from newsletter.domain.delivery import Kind
from newsletter.domain.message import Rendered
from newsletter.rendering.message import build

from .conftest import DUE, PUBLIC, PUBLIC_LINKS

NOTE = Rendered("Subject", "preheader", "<p>Grüße</p>\n", "Grüße\n")


def make(rendered=NOTE, *, site=PUBLIC, links=PUBLIC_LINKS, **changes):
    values = {
        "recipient": "ada@example.org",
        "message_key": "daily-2026-03-14:1",
        "kind": Kind.DIGEST,
        "date": DUE,
        "name": "daily-2026-03-14-1",
        "envelope_sender": "bounces@example.org",
    }
    return build(rendered, site=site, links=links, **{**values, **changes})


def parse(message):
    return email.message_from_bytes(message.raw, policy=email.policy.default)


def content(part):
    return part.get_content().replace("\r\n", "\n")


def header_lines(message):
    head, _, _ = message.raw.partition(b"\r\n\r\n")
    return re.split(rb"\r\n(?![ \t])", head)
