"""`newsletter feeds health` and `quarantine`: which feeds fall short, what is set aside."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import PARTLY, Json, emit, opened, say, table

if TYPE_CHECKING:
    from newsletter.app import App

UNWELL = ("failed", "stale", "late")
DAYS = 7


def health(as_json: Json = False) -> None:
    """Show how each feed fares; exit 3 if one failed, is late or gives old papers again."""
    with opened() as app:
        rows = feed_rows(app)
    if as_json:
        emit({"feeds": rows})
    else:
        columns = ("feed", "outcome", "why", "last visit", "last good", "failed", "next", "7 days")
        cells = [
            (
                row["name"],
                row["outcome"] or "never visited",
                row["why"],
                row["visited_at"],
                row["good_at"],
                row["failures"],
                row["next_at"] or "at once",
                row["papers_7_days"],
            )
            for row in rows
        ]
        table(columns, cells, "config/newsletter.toml has no [[feeds]]")
    if any(row["outcome"] in UNWELL for row in rows):
        raise typer.Exit(PARTLY)


def feed_rows(app: "App") -> list[Mapping[str, Any]]:
    """Return what is known of each feed of the settings."""
    from newsletter import app as wiring
    from newsletter.store import feeds

    since = wiring.now_utc() - timedelta(days=DAYS)
    with app.store.read() as tx:
        known, visits = feeds.by_url(tx), feeds.last_visits(tx, good=False)
        good, papers = feeds.last_well(tx), feeds.brought_since(tx, since)
    rows: list[Mapping[str, Any]] = []
    for origin in wiring.origins(app.settings):
        feed = known.get(origin.url)
        visit = visits.get(feed.id) if feed else None
        rows.append(
            {
                "name": origin.name,
                "url": origin.url,
                "outcome": visit.outcome if visit else "",
                "why": visit.why if visit else "",
                "visited_at": visit.visited_at if visit else "",
                "good_at": good.get(feed.id, "") if feed else "",
                "failures": feed.failures if feed else 0,
                "next_at": (feed.due_at or "") if feed else "",
                "papers_7_days": papers.get(feed.id, 0) if feed else 0,
            }
        )
    return rows


def quarantined(
    retry: Annotated[
        str, typer.Option(metavar="NAME|ID", help="Read a feed's bodies, or one, again.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List what is read no longer because its reader failed three times; or let it be read again.

    Example: `newsletter feeds quarantine --retry "arXiv cs.LG"`
    """
    from newsletter import __version__
    from newsletter.errors import NotFoundError
    from newsletter.store import quarantine

    with opened() as app:
        if retry:
            with app.store.write() as tx:
                released = quarantine.release(tx, retry)
            if not released:
                raise NotFoundError(f"nothing of {retry!r} is set aside")
            if as_json:
                emit({"released": released})
                return
            say(f"{released} will be read again at the next `newsletter ingest`")
            return
        with app.store.read() as tx:
            found = quarantine.listed(tx, __version__)
    if as_json:
        names = ("id", "feed", "reader", "reason", "times", "first_at", "last_at", "body_hash")
        emit({"quarantine": [{name: getattr(one, name) for name in names} for one in found]})
        return
    columns = ("id", "feed", "reader", "why", "times", "first", "last")
    cells = [
        (one.id, one.feed, one.reader, one.reason, one.times, one.first_at, one.last_at)
        for one in found
    ]
    table(columns, cells, "nothing is set aside")
