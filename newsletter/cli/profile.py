"""`newsletter profile`: what ranking knows of one reader's interests, out, in, and rated."""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import comparing, explain, library, trying
from newsletter.cli.common import PARTLY, Json, counted, emit, note, opened, say

if TYPE_CHECKING:
    from newsletter.app import App
    from newsletter.domain.profile import Topic

MOST_OCTETS = 64 * 2**20
VERDICTS = ("more", "less", "saved", "none")

commands = typer.Typer(help="What ranking knows of a reader's interests.", no_args_is_help=True)
commands.add_typer(library.commands, name="library")
commands.command("explain")(explain.profile)
commands.command("try")(trying.attempt)
commands.command("compare")(comparing.compare)

Subscriber = Annotated[str, typer.Argument(help="ada@example.org")]


@commands.command()
def show(subscriber: Subscriber, as_json: Json = False) -> None:
    """Show a reader's topics, library and feedback.

    Example: `newsletter profile show ada@example.org`
    """
    from newsletter.domain.library import RATED, SHELVED
    from newsletter.store import subscribers, works

    with opened() as app, app.store.read() as tx:
        known = subscribers.find(tx, normal(subscriber))
        profile = subscribers.profile(tx, known.id).profile
        said = Counter(one.verdict for one in works.of(tx, known.id) if not one.topic)
    shelved = {one.value: said[one] for one in SHELVED}
    rated = {one.value: said[one] for one in RATED}
    if as_json:
        topics = [asdict(one) for one in profile.topics]
        emit({"subscriber": known.address, "topics": topics, "library": shelved, "feedback": rated})
        return
    if not profile.topics:
        say("no topics: the common list, by votes and freshness")
    for topic in profile.topics:
        show_topic(topic)
    for name, counts in (("library", shelved), ("feedback", rated)):
        say(f"{name}: {', '.join(f'{number} {word}' for word, number in counts.items())}")


def show_topic(topic: "Topic") -> None:
    """Write what a topic says, empty fields left out."""
    wish = f" (about {topic.a_week} a week)" if topic.a_week else ""
    say(f"{topic.name}{wish}")
    for name, value in asdict(topic).items():
        if value and name not in ("name", "a_week"):
            say(f"  {name}: {value if isinstance(value, str) else ', '.join(value)}")


@commands.command()
def export(
    subscriber: Subscriber,
    to: Annotated[Path | None, typer.Option("--to", help="Into this file, not stdout.")] = None,
    as_json: Json = False,
) -> None:
    """Write a reader's topics, library and feedback as one TOML file.

    Example: `newsletter profile export ada@example.org --to ada.toml`
    """
    from newsletter.actions import profiles

    with opened() as app:
        known = find(app, subscriber)
        text = profiles.export(app.store, known)
    if to:
        try:
            to.write_text(text, "utf-8")
        except OSError as error:
            raise failed(f"{to}: cannot be written: {error.strerror}") from error
    if as_json:
        emit({"subscriber": normal(subscriber), "profile": text})
    elif to:
        note(f"written to {to}")
    else:
        typer.echo(text, nl=False)


@commands.command("import")
def take(
    subscriber: Subscriber,
    file: Annotated[Path, typer.Argument(help="A file of `profile export`, or - for stdin.")],
    merge: Annotated[
        bool, typer.Option("--merge", help="Add to what is there instead of replacing it.")
    ] = False,
    resolve: Annotated[
        bool, typer.Option("--resolve", help="Ask arXiv for ids of which nothing is known here.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put a profile file in the place of a reader's topics, library and feedback.

    Examples: `newsletter profile import ada@example.org ada.toml`, `... --merge --resolve`
    """
    from newsletter.actions import profiles
    from newsletter.app import now_utc
    from newsletter.domain.profile_file import read

    text, now = text_of(file), now_utc()
    filed = read(text, str(file), now)
    with opened() as app:
        known = find(app, subscriber)
        arxiv = library.arxiv(app) if resolve else None
        done = profiles.take(app.store, known, filed, now, add=merge, arxiv=arxiv)
    for doubt in filed.doubts:
        note(f"warning: {doubt}")
    if done.trouble:
        note(f"warning: arXiv: {done.trouble}")
    if as_json:
        emit(
            {
                "subscriber": normal(subscriber),
                "topics": [one.name for one in done.profile.topics],
                "library": done.library,
                "feedback": done.feedback,
                "doubts": filed.doubts,
                "unknown": done.unknown,
            }
        )
    else:
        names = ", ".join(one.name for one in done.profile.topics) or "the common list"
        say(f"{names}; {done.library} in the library, {done.feedback} rated")
    if done.unknown:
        note(f"of {counted(len(done.unknown), 'example')} nothing is known here yet:")
        for key in done.unknown:
            note(f"  {key}")
        if not resolve:
            note("with --resolve arXiv is asked")
        raise typer.Exit(PARTLY)


@commands.command()
def feedback(
    subscriber: Subscriber,
    paper: Annotated[str, typer.Argument(help="As `newsletter papers list` shows it, or an id.")],
    verdict: Annotated[str, typer.Argument(help="more, less, saved, or none to take it back.")],
    as_json: Json = False,
) -> None:
    """Say for a reader what a paper was: more like it, less like it, or saved.

    Example: `newsletter profile feedback ada@example.org arxiv:2603.01234 more`
    """
    from newsletter.actions import feedback as action
    from newsletter.app import now_utc

    if verdict not in VERDICTS:
        raise typer.BadParameter(f"{verdict!r}: one of {', '.join(VERDICTS)}")
    with opened() as app:
        known = find(app, subscriber)
        found = action.rate(app.store, known, paper, action.WORDS.get(verdict), now_utc())
    if as_json:
        emit(
            {
                "subscriber": normal(subscriber),
                "paper": found.key,
                "title": found.title,
                "verdict": verdict,
            }
        )
    else:
        say(f"{verdict}: {found.title}")


def normal(address: str) -> str:
    """Return an address in normal form; raises AddressError."""
    from newsletter.domain.subscriber import normal_address

    return normal_address(address)


def find(app: "App", address: str) -> int:
    """Return the subscriber's key; raises NotFoundError."""
    from newsletter.store import subscribers

    with app.store.read() as tx:
        return subscribers.find(tx, normal(address)).id


def text_of(file: Path) -> str:
    """Return a file's text, or that of standard input; raises ProfileError."""
    try:
        if str(file) == "-":
            body = sys.stdin.buffer.read(MOST_OCTETS + 1)
        else:
            with file.open("rb") as opened_file:
                body = opened_file.read(MOST_OCTETS + 1)
        if len(body) > MOST_OCTETS:
            raise failed(f"{file}: larger than {MOST_OCTETS // 2**20} MB; no profile is")
        return body.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise failed(f"{file}: byte {error.start} is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise failed(f"{file}: cannot be read: {error.strerror}") from error


def failed(told: str) -> Exception:
    """Return the error about a file."""
    from newsletter.errors import ProfileError

    return ProfileError(told)
