"""`newsletter status`: how the newsletter stands, what waits, and what wants a hand."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from newsletter.cli.common import Json, emit, opened, say

if TYPE_CHECKING:
    from newsletter.app import App
    from newsletter.domain.forecast import Outlook
    from newsletter.settings_tables import RelaySettings, SenderSettings

DAY = timedelta(days=1)
SCARCE = 1 << 30  # octets of free disk
UNWELL = ("failed", "stale", "late")
SHOWN = 8  # lines of the forecast
SOON = timedelta(minutes=1)  # what is out by then is not foretold


def status(as_json: Json = False) -> None:
    """Show papers, feeds, readers, the newest editions, what waits and when it will be out.

    What wants a hand stands last, each with the command to see more.

    Examples: `newsletter status`, `newsletter status --json`
    """
    from newsletter.app import now_utc

    with opened() as app:
        found = standing(app, now_utc())
    if as_json:
        emit(found)
        return
    for line in told(found):
        say(line)


def standing(app: "App", now: datetime) -> Mapping[str, Any]:
    """Return all that is shown."""
    from newsletter import lock
    from newsletter.cli.health import feed_rows
    from newsletter.store import deliveries, ledger, standing, suppressions

    with app.store.read() as tx:
        papers, new = standing.papers_kept(tx, now - DAY)
        _, epoch = deliveries.run(tx)
        found = {
            "stopped": deliveries.stopped(tx),
            "papers": {"all": papers, "new_24_hours": new},
            "subscribers": standing.readers(tx),
            "suppressions": len(suppressions.listed(tx)),
            "next_issue_at": standing.next_due(tx) or "",
            "deliveries": ledger.states(tx),
            "due": ledger.count_due(tx, now),
            "editions": [asdict(one) for one in standing.newest_editions(tx)],
            "runs": epoch,
        }
    feeds = feed_rows(app)
    unwell = {row["name"]: row["outcome"] for row in feeds if row["outcome"] in UNWELL}
    found |= {
        "relays": relay_rows(app, now),
        "forecast": [asdict(one) for one in outlook(app, now)],
        "at_work": lock.is_held(app.folder),
        "paused": lock.pause(app.store, app.folder),
        "feeds": {"all": len(feeds), "unwell": unwell},
        "free_bytes": shutil.disk_usage(app.folder).free,
    }
    return {**found, "wants": list(wants(found))}


def outlook(app: "App", now: datetime) -> "list[Outlook]":
    """Return when what waits will be out, of a day to come.

    Mails go by the relays' limits, but never faster than they went of late.
    """
    from newsletter.domain.forecast import Speed, forecast
    from newsletter.store import outbox, standing

    relays = relays_of(app)
    first = min(getattr(one, "priority", 1) for one in relays.values())
    usual = [one.per_second for one in relays.values() if getattr(one, "priority", 1) == first]
    days = {name: one.per_day for name, one in relays.items()}
    has_days = all(days.values())
    with app.store.read() as tx:
        recent, waiting = standing.recent_speed(tx), standing.waiting(tx, now + DAY)
        left = [
            max(0, day - outbox.handed_over(tx, now - DAY, name or None))
            for name, day in days.items()
            if has_days
        ]
    limit = sum(usual) if all(usual) else 0.0
    rate = min((one for one in (limit, recent) if one), default=0.0)
    speed = Speed(rate, sum(days.values()), sum(left)) if has_days else Speed(rate)
    return forecast(waiting, speed, now)


def relays_of(app: "App") -> "Mapping[str, SenderSettings | RelaySettings]":
    """Return the tables of the relays by name; the only one has none."""
    sender = app.settings.sender
    return sender.relays or {"": sender}


def relay_rows(app: "App", now: datetime) -> list[dict[str, Any]]:
    """Return each relay's limits and what went by it in the last 24 hours."""
    from newsletter.store import ledger, outbox

    sender = app.settings.sender
    with app.store.read() as tx:
        tried = ledger.by_relay(tx, now - DAY)
        gone = {one: outbox.handed_over(tx, now - DAY, one or None) for one in relays_of(app)}
    return [
        {
            "name": name or (sender.host if sender.kind == "smtp" else sender.kind),
            "priority": getattr(one, "priority", 1),
            "per_second": one.per_second,
            "per_day": one.per_day,
            "handed_over_24_hours": gone[name],
            "results_24_hours": tried.get(name, {}) if name else added(tried.values()),
        }
        for name, one in relays_of(app).items()
    ]


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sum of several counts."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def wants(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what wants a hand."""
    if found["paused"]:
        yield found["paused"]
    if found["stopped"]:
        yield f"sending {found['stopped']}"
    for name, outcome in found["feeds"]["unwell"].items():
        yield f"feed {name} is {outcome}; see `newsletter feeds health`"
    if not found["feeds"]["all"]:
        yield "there are no feeds; `newsletter feeds add URL` adds one"
    if doubts := found["deliveries"]["in_doubt"]:
        yield f"deliveries in doubt: {doubts}; see `newsletter deliveries list --state in_doubt`"
    days = [(one["per_day"], one["handed_over_24_hours"]) for one in found["relays"]]
    if found["due"] and days and all(0 < most <= gone for most, gone in days):
        yield f"deliveries due: {found['due']}; they wait for the limit of the day"
    elif found["due"] and not (found["at_work"] or found["paused"] or found["stopped"]):
        yield f"deliveries due, and nobody sends them: {found['due']}; run `newsletter deliver`"
    if found["free_bytes"] < SCARCE:
        yield f"only {found['free_bytes'] >> 20} MB of disk are free"


def told(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines for a terminal."""
    papers, readers, feeds = found["papers"], found["subscribers"], found["feeds"]
    yield f"papers       {papers['all']}, {papers['new_24_hours']} of them new in 24 hours"
    yield f"feeds        {feeds['all']}, {len(feeds['unwell'])} of them unwell"
    states = ", ".join(f"{number} {state}" for state, number in readers.items())
    yield f"subscribers  {states}; {found['suppressions']} addresses suppressed"
    if found["next_issue_at"]:
        yield f"next issue   {found['next_issue_at']:%Y-%m-%d %H:%M}Z"
    for one in found["editions"]:
        yield f"edition      {one['name']}: {one['issues']} issues, {in_words(one['states'])}"
    yield f"deliveries   {in_words(found['deliveries'])}"
    work = "at work" if found["at_work"] else "not at work"
    yield f"sender       {work}, {found['due']} due now, {found['runs']} runs so far"
    for one in found["relays"]:
        yield f"relay        {in_short(one)}"
    for one in found["forecast"][:SHOWN]:
        yield f"forecast     {in_time(one)}"
    if len(found["forecast"]) > SHOWN:
        last = found["forecast"][-1]
        yield f"forecast     and {len(found['forecast']) - SHOWN} times more: {in_time(last)}"
    for one in found["wants"]:
        yield f"! {one}"


def in_short(one: Mapping[str, Any]) -> str:
    """Return a relay's day on a line."""
    of = f" of {one['per_day']}" if one["per_day"] else ""
    results = in_words(one["results_24_hours"])
    standing_by = ", stands by" if one["priority"] > 1 else ""
    day = f"{one['handed_over_24_hours']}{of} handed over in 24 hours"
    return f"{one['name']}: {day}; attempts: {results}{standing_by}"


def in_words(states: Mapping[str, int]) -> str:
    """Return the states that are not empty."""
    filled = [f"{number} {state.replace('_', ' ')}" for state, number in states.items() if number]
    return ", ".join(filled) or "none"


def in_time(one: Mapping[str, Any]) -> str:
    """Return when the last mail of a time goes out."""
    due, done = one["due_at"], one["done_at"]
    number = f"{one['mails']} due {due:%Y-%m-%d %H:%M}Z"
    if done is None:
        return f"{number}: no limit is set, and no run has shown how fast they go"
    day = f"{done:%H:%M}Z" if done.date() == due.date() else f"{done:%Y-%m-%d %H:%M}Z"
    return f"{number}: at this rate the last goes out at {day}"
