"""`newsletter feeds`: the feeds of the settings and how they fare."""

import typer

from newsletter.cli.common import FAILED, Json, emit, note, opened, say, table

commands = typer.Typer(help="The feeds that are read.", no_args_is_help=True)


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


@commands.command("test")
def rehearse(source: str, as_json: Json = False) -> None:
    """Read a file or address and show what would be stored, storing nothing.

    Example: `newsletter feeds test https://rss.arxiv.org/rss/q-bio`
    """
    from newsletter import app as wiring
    from newsletter.actions import ingest
    from newsletter.errors import FeedError

    with opened() as app:
        origin = wiring.origin_of(source, app.settings)
        fetch, limits = wiring.fetcher(app.settings), wiring.limits(app.settings)
        try:
            reader, reading = ingest.rehearse(origin, fetch, limits)
        except FeedError as error:
            note(f"error: {error}")
            raise typer.Exit(FAILED) from error
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
