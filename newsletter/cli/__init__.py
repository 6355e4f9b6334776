"""The command line: one file a noun, all registered here."""

import sys


def main() -> None:
    """Run the command, and tell every known trouble in one line with its exit code."""
    from newsletter.cli.program import run

    sys.exit(run(sys.argv[1:]))
