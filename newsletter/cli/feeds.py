"""`newsletter feeds`: the feeds of the settings and how they fare."""

from typing import Annotated

import typer

from newsletter.cli.common import Json, emit, note, opened, say, table
from newsletter.cli.health import health, quarantined

commands = typer.Typer(help="The feeds that are read.", no_args_is_help=True)
commands.command("health")(health)
commands.command("quarantine")(quarantined)


@commands.command("list")
def show(as_json: Json = False) -> None:
    """List the feeds of the settings with their last visit."""
    from newsletter import app as wiring
    from newsletter.store import feeds

    with opened() as app:
        configured = wiring.origins(app.settings)
        with app.store.read() as tx:
            known, visits = feeds.by_url(tx), feeds.last_visits(tx, good=False)
    rows = []
    for origin in configured:
        feed = known.get(origin.url)
        visit = visits.get(feed.id) if feed else None
        rows.append(
            {
                "name": origin.name,
                "url": origin.url,
                "reader": origin.reader or (visit.reader if visit else ""),
                "outcome": visit.outcome if visit else "",
                "why": visit.why if visit else "",
                "visited_at": visit.visited_at if visit else "",
                "read": visit.read if visit else 0,
                "new": visit.new if visit else 0,
            }
        )
    if as_json:
        emit({"feeds": rows})
        return
    cells = [
        (row["name"], row["reader"], row["visited_at"] or "never", row["outcome"], row["why"])
        for row in rows
    ]
    columns = ("feed", "reader", "last visit", "outcome", "why")
    table(columns, cells, "config/newsletter.toml has no [[feeds]]")


@commands.command()
def add(
    source: Annotated[str, typer.Argument(help="An address, a page that links a feed, or OPML.")],
    name: Annotated[str, typer.Option(help="What to call it; otherwise as it calls itself.")] = "",
    as_json: Json = False,
) -> None:
    """Find a feed and add it to config/newsletter.toml.

    Examples: `newsletter feeds add https://rss.arxiv.org/rss/q-bio`,
    `newsletter feeds add subscriptions.opml`
    """
    from newsletter import app as wiring
    from newsletter import feedlist
    from newsletter.actions.find_feeds import find
    from newsletter.actions.reading import Origin
    from newsletter.settings import FILE

    with opened() as app:
        origin = wiring.origin_of(source, app.settings)
        found = find(origin, wiring.fetcher(app.settings, app.store), wiring.limits(app.settings))
        known = {one.url for one in app.settings.feeds} | {one.name for one in app.settings.feeds}
        if name and len(found) == 1:
            found = [Origin(found[0].url, name, found[0].reader)]
        new = [one for one in found if one.url not in known and one.name not in known]
        if new and "[[feeds]]" not in (app.folder / FILE).read_text("utf-8"):
            note("the default feeds are read no longer: this file has feeds of its own now")
        feedlist.add(app.folder / FILE, new)
    if as_json:
        emit({"added": [{"name": one.name, "url": one.url, "reader": one.reader} for one in new]})
        return
    for one in new:
        say(f"added {one.name}: {one.url}" + (f" (read as {one.reader})" if one.reader else ""))
    if len(new) < len(found):
        note(f"{len(found) - len(new)} of them were there already")


@commands.command()
def remove(name: Annotated[str, typer.Argument(help="Its name or address.")]) -> None:
    """Take a feed out of config/newsletter.toml; its papers stay."""
    from newsletter import feedlist
    from newsletter.settings import FILE

    with opened() as app:
        feedlist.remove(app.folder / FILE, name)
    say(f"removed {name}")


@commands.command()
def export() -> None:
    """Write the feeds as OPML to stdout, for other programs."""
    from newsletter.feeds.opml import Outline, write_opml

    with opened() as app:
        outlines = [Outline(one.name, one.url) for one in app.settings.feeds]
        typer.echo(write_opml(app.settings.site.name, outlines).decode(), nl=False)


@commands.command("test")
def rehearse(source: str, as_json: Json = False) -> None:
    """Read a file or address and show what would be stored, storing nothing.

    Example: `newsletter feeds test https://rss.arxiv.org/rss/q-bio`
    """
    from newsletter import app as wiring
    from newsletter.actions.reading import rehearse as read_once

    with opened() as app:
        origin = wiring.origin_of(source, app.settings)
        fetch, limits = wiring.fetcher(app.settings, app.store), wiring.limits(app.settings)
        reader, reading = read_once(origin, fetch, limits)
    if as_json:
        skipped = [{"entry": one.entry, "why": one.why} for one in reading.skipped]
        titles = [paper.title for paper in reading.papers]
        emit({"source": source, "reader": reader, "titles": titles, "skipped": skipped})
        return
    say(f"{source}: {len(reading.papers)} papers, read as {reader}")
    for paper in reading.papers[:5]:
        say(f"  {paper.title}")
    for one in reading.skipped[:5]:
        note(f"  skipped {one.entry}: {one.why}")
