"""The whole program: its commands in groups, its exit codes, its errors in one line."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from newsletter import __version__
from newsletter.cli import (
    bounces,
    checking,
    common,
    compose,
    db,
    deliver,
    deliveries,
    demo,
    dkim,
    doctor,
    feeds,
    ingest,
    init,
    issues,
    model,
    papers,
    preview,
    profile,
    replay,
    running,
    serve,
    status,
    subscribers,
    summarise,
    suppressions,
    topics,
)
from newsletter.errors import AddressError, BusyError, NewsletterError, SettingsError, TemplateError

EVERYDAY, CONTENT, READERS, OPERATIONS = "Everyday", "Content", "Readers", "Operations"
OK, FAILED, USAGE, SETTINGS, LATER = 0, 1, 2, 4, 75

program = typer.Typer(
    name="newsletter",
    help="Newly published papers, ranked for each subscriber and mailed as a personal digest.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"newsletter {__version__}")
        raise typer.Exit


@program.callback()
def start(
    folder: Annotated[
        Path, typer.Option("--folder", help="The newsletter's folder; by default this one.")
    ] = Path(),
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Choose the folder before any command runs."""
    from newsletter.logs import set_up

    common.chosen["folder"] = folder
    set_up(debug)


program.command(rich_help_panel=EVERYDAY)(init.init)
program.command(rich_help_panel=EVERYDAY)(demo.demo)
program.command(rich_help_panel=EVERYDAY)(running.run)
program.command(rich_help_panel=EVERYDAY)(serve.serve)
program.command(rich_help_panel=EVERYDAY)(preview.preview)
program.command(rich_help_panel=CONTENT)(ingest.ingest)
program.command(rich_help_panel=CONTENT)(compose.compose)
program.command(rich_help_panel=CONTENT)(deliver.deliver)
program.command(rich_help_panel=CONTENT)(checking.check)
program.command(rich_help_panel=CONTENT)(replay.replay)
program.command(rich_help_panel=CONTENT)(summarise.summarise)
program.add_typer(feeds.commands, name="feeds", rich_help_panel=CONTENT)
program.add_typer(issues.commands, name="issues", rich_help_panel=CONTENT)
program.add_typer(papers.commands, name="papers", rich_help_panel=CONTENT)
program.add_typer(subscribers.commands, name="subscribers", rich_help_panel=READERS)
program.add_typer(profile.commands, name="profile", rich_help_panel=READERS)
program.add_typer(topics.commands, name="topics", rich_help_panel=READERS)
program.add_typer(bounces.commands, name="bounces", rich_help_panel=READERS)
program.add_typer(model.commands, name="model", rich_help_panel=OPERATIONS)
program.add_typer(suppressions.commands, name="suppressions", rich_help_panel=READERS)
program.add_typer(deliveries.commands, name="deliveries", rich_help_panel=OPERATIONS)
program.command(rich_help_panel=OPERATIONS)(status.status)
program.add_typer(dkim.commands, name="dkim", rich_help_panel=OPERATIONS)
program.command(rich_help_panel=OPERATIONS)(doctor.doctor)
program.add_typer(db.commands, name="db", rich_help_panel=OPERATIONS)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    arguments = hoisted(list(arguments))
    try:
        program(arguments)
    except SystemExit as end:  # typer's way to end, after it told of a usage error
        return end.code if isinstance(end.code, int) else FAILED
    except NewsletterError as error:
        if "--debug" in arguments:
            raise
        return ended(str(error), exit_code(error), arguments)
    except Exception as error:  # never a traceback, unless it is asked for
        if "--debug" in arguments:
            raise
        with suppress(OSError):
            ended(last_words(error), FAILED, arguments)
        return FAILED
    return OK


def ended(why: str, code: int, arguments: Sequence[str]) -> int:
    """Say why a command ended, as JSON too where that was asked for; return its exit code."""
    common.note(f"error: {why}")
    if "--json" in arguments:
        common.emit({"error": why, "exit_code": code})
    return code


def last_words(error: Exception) -> str:
    """Return what a person can do about an error that nobody foresaw."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'output'}: {error.strerror}"
    return (
        f"{type(error).__name__}: {error}; `newsletter --debug ...` shows where. Please report it"
    )


def exit_code(error: NewsletterError) -> int:
    """Return the exit code of a known trouble."""
    if isinstance(error, SettingsError | TemplateError):
        return SETTINGS
    if isinstance(error, AddressError):
        return USAGE
    return LATER if isinstance(error, BusyError) else FAILED


def hoisted(arguments: list[str]) -> list[str]:
    """Return the arguments with --folder and --debug first, wherever they stood."""
    first: list[str] = []
    rest: list[str] = []
    left = iter(arguments)
    for one in left:
        if one == "--":
            rest += [one, *left]
        elif one == "--debug" or one.startswith("--folder="):
            first.append(one)
        elif one == "--folder":
            first += [one, *([following] if (following := next(left, None)) is not None else [])]
        else:
            rest.append(one)
    return first + rest
