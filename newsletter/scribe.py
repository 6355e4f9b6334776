"""The program of a process that writes mails beside a sender: see actions/scribe.py.

`python -m newsletter.scribe LINE MEMORY` takes two open files by their numbers. It ends with the
line.
"""

import logging
import mmap
import os
import signal
import sys
from multiprocessing.connection import Connection

from newsletter import __version__
from newsletter.actions import messages
from newsletter.actions.writing import SIZE, SLOTS, Writing
from newsletter.garbage import look_seldom
from newsletter.logs import set_up
from newsletter.store.database import Store

log = logging.getLogger(__name__)


def main() -> None:
    """Write mails until the sender is gone."""
    if len(sys.argv) != 3:
        sys.exit("error: the sender begins this by itself; run `newsletter deliver`")
    # A stop is for the sender: what it asked for is still to be written.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    set_up(debug=False)
    look_seldom()
    line, file = Connection(int(sys.argv[1])), int(sys.argv[2])
    memory = mmap.mmap(file, SLOTS * SIZE)
    os.close(file)
    try:
        errand = line.recv()
        prepare = messages.following(errand.press())
        line.send(__version__)
        Writing(line, memory, Store(errand.database), prepare).run()
    except (EOFError, OSError):
        pass  # the sender is gone
    except Exception:  # it meets the same, or does without
        log.warning("a process beside the sender ended by an error", exc_info=True)
    os._exit(0)  # at once: its end is waited for


if __name__ == "__main__":
    main()
