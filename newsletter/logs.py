"""Logging set up once: lines for a person on a terminal, JSON elsewhere, always on stderr."""

import logging
import sys

import structlog


def set_up(debug: bool) -> None:
    """Send the program's log to stderr: warnings for a command, everything with `debug`."""
    terminal = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.WARNING)


def tell_everything() -> None:
    """Log what a running server does, not only what goes wrong."""
    logging.getLogger("newsletter").setLevel(logging.INFO)
    # A tick that waits for the one before is our normal work, and no warning.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
