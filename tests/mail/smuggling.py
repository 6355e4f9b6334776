"""Papers whose texts try to end their mail and begin another (SMTP smuggling)."""

from collections.abc import Iterator
from typing import Any

ENDS = ("\r\n.\r\n", "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n\0.\r\n", "\n.\r")
ENDS += ("\u2028.\u2028", "\x85.\x85", "\x0b.\x0b", "=0D=0A.=0D=0A", "&#13;&#10;.&#13;&#10;")
EVIL = "evil@example.org"
COMMANDS = f"MAIL FROM:<{EVIL}>\r\nRCPT TO:<{EVIL}>\r\nDATA\r\nSubject: free\r\n\r\nsmuggled\r\n"


def papers() -> Iterator[dict[str, Any]]:
    """Yield papers about robot manipulation, with each end of a mail in each of their fields."""
    for number, end in enumerate(ENDS):
        injected = f"{end}{COMMANDS}{end}"
        name = f"Robot manipulation, part {number}"
        text = f"We measure robot manipulation of cloth {number} times. It works in {number} ways."
        yield {"title": f"{name}{injected}", "abstract": text, "authors": [f"Ada{injected}"]}
        yield {
            "title": f"{injected}{name}, again",
            "abstract": f"{text}{injected}{text} It differs.{injected}",
            "categories": [f"cs.RO{injected}"],
            "url": f"https://example.org/{number}{injected}",
            "doi": f"10.1000/{number}{injected}",
        }
