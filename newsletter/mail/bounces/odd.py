"""Recipients in reports of no known form: flufl.bounce, kept behind our own verdict.

It knows many old servers' forms and is asked only where we find no address; its judgement of hard
and soft is not used.
"""

import email
import logging

from newsletter.mail.bounces.parts import Letter

MOST_CHARACTERS = 8000  # its patterns take seconds over more

log = logging.getLogger(__name__)
# It logs a traceback for each of its detectors that stumbles, and many do over odd mails.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False


def recipients_of_odd(letter: Letter) -> tuple[str, ...]:
    """Return the addresses that the library finds, sorted; it stumbles over odd mails itself."""
    from flufl.bounce import scan_message  # slow to import, and seldom needed

    head = "\n".join(
        f"{name}: {value}" for name, value in letter.headers.items() if "\n" not in value
    )
    plain = "\n".join(line for line in head.split("\n") if not line.startswith("content-"))
    try:
        message = email.message_from_string(
            f"{plain[:MOST_CHARACTERS]}\n\n{letter.text[:MOST_CHARACTERS]}"
        )
        return tuple(sorted(one.decode("utf-8", "replace") for one in scan_message(message)))
    except Exception:
        log.debug("odd bounce not readable", exc_info=True)
        return ()
