"""`newsletter topics`: the catalogue that readers choose from."""

from dataclasses import asdict

import typer

from newsletter.cli.common import Json, emit, opened, table

commands = typer.Typer(help="The catalogue that readers choose from.", no_args_is_help=True)


@commands.command("list")
def show(as_json: Json = False) -> None:
    """List the topics of config/topics.toml."""
    with opened() as app:
        catalogue = app.catalogue
    if as_json:
        emit({"topics": [asdict(one) for one in catalogue]})
        return
    rows = [(one.name, ", ".join(one.categories), ", ".join(one.keywords[:5])) for one in catalogue]
    table(("topic", "categories", "keywords"), rows, "config/topics.toml has no topics")


@commands.command("test")
def rehearse(name: str, as_json: Json = False) -> None:
    """Show the papers of the last 30 days that a topic, or any words, would bring.

    Example: `newsletter topics test "camera traps in ecology"`
    """
    from newsletter.actions import compose
    from newsletter.app import now_utc, order
    from newsletter.domain.profile import Topic, TopicProfile, resolved

    with opened() as app:
        now = now_utc()
        asked = order(app, now)
        with app.store.read() as tx:
            bench = compose.set_up(tx, [], asked)
        bench = compose.with_shelf(app.store, bench, [], asked)
    known = {one.name.casefold(): one.name for one in app.catalogue}
    wanted = Topic(known.get(name.casefold(), name))
    profile = resolved(TopicProfile((wanted,)), bench.catalogue)
    (standing,) = bench.ranker.standings(profile, now)
    found = [standing.candidates[place] for _, place in standing.papers]
    if as_json:
        papers = [{"paper": one.ranked.paper.key, "score": one.score} for one in found]
        emit({"topic": wanted.name, "papers": papers})
        return
    rows = [(f"{one.score:.1f}", one.ranked.paper.title, because(one.parts)) for one in found[:20]]
    table(("score", "paper", "because"), rows, f"no stored paper is about {name!r}")


def because(parts: "tuple[object, ...]") -> str:
    """Return the names of the largest parts."""
    return ", ".join(str(getattr(part, "name", "")) for part in parts[:3])
