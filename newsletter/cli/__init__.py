"""The command line: one file a noun, all registered here."""

import sys


def main() -> None:
    """Run the command, and tell every known trouble in one line with its exit code."""
    from newsletter.cli.program import run
    from newsletter.garbage import look_seldom

    look_seldom()
    sys.exit(run(sys.argv[1:]))
