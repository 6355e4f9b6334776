"""`newsletter subscribers`: who gets the mail."""

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import Json, emit, note, opened, say, table
from newsletter.cli.exporting import export
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.actions.subscribe import Wish
    from newsletter.app import App
    from newsletter.domain.subscriber import Preferences

SITE = "site"  # as a language: the site's
LONGEST_WORD = 200  # characters of a topic, keyword or name

commands = typer.Typer(help="Who gets the mail.", no_args_is_help=True)

commands.command()(export)

Address = Annotated[str, typer.Argument(help="ada@example.org")]
Topics = Annotated[
    list[str] | None,
    typer.Option(
        "--topic", help="A topic of `newsletter topics list`, or any words; may be repeated."
    ),
]
Keywords = Annotated[
    list[str] | None,
    typer.Option(
        "--keyword", help="A word or phrase that counts for every topic; may be repeated."
    ),
]
Muted = Annotated[
    list[str] | None, typer.Option("--mute", help="Papers with this word or phrase are left out.")
]
Authors = Annotated[list[str] | None, typer.Option("--author", help="A followed author.")]
CadenceOption = Annotated[str, typer.Option("--cadence", help="daily, weekdays, weekly, monthly.")]
Weekdays = Annotated[list[str] | None, typer.Option("--weekday", help="monday to sunday.")]
Hour = Annotated[int | None, typer.Option(min=0, max=23, help="On the reader's own clock.")]
Zone = Annotated[str, typer.Option(help="Europe/Berlin, America/New_York, ...")]
Length = Annotated[int | None, typer.Option(min=1, max=40, help="Papers in an issue at most.")]
LanguageOf = Annotated[
    str, typer.Option("--language", help="Of the mails: en, de; site: the site's.")
]

DetailOf = Annotated[
    str, typer.Option("--detail", help="Under a paper's sentence: usual, abstract, card.")
]


@commands.command()
def add(
    address: Address,
    topic: Topics = None,
    keyword: Keywords = None,
    mute: Muted = None,
    author: Authors = None,
    cadence: CadenceOption = "",
    weekday: Weekdays = None,
    hour: Hour = None,
    zone: Zone = "",
    length: Length = None,
    language: LanguageOf = "",
    detail: DetailOf = "",
    as_json: Json = False,
) -> None:
    """Add a reader whose consent you have; the first issue is due at once.

    Example: `newsletter subscribers add ada@example.org --topic "diffusion models" --hour 7`
    """
    from newsletter.actions import subscribe
    from newsletter.app import now_utc
    from newsletter.store import suppressions

    with opened() as app:
        base = app.settings.preferences.preferences()
        chosen = to_preferences(base, cadence, weekday, hour, zone, length, language, detail)
        wish = to_wish(app, address, chosen, (topic, keyword, mute, author))
        if not subscribe.add(app.store, wish, now_utc()):
            raise NewsletterError(
                f"{wish.address} is known here already; `newsletter subscribers set` changes "
                "topics, and who unsubscribed comes back only by confirming"
            )
        with app.store.read() as tx:
            suppressed = suppressions.reason_for(tx, wish.address)
    if suppressed:
        note(
            f"warning: nothing is sent to {wish.address}, which is suppressed ({suppressed}); "
            "`newsletter suppressions remove` lets it get mail again"
        )
    if as_json:
        emit({"address": wish.address, "state": "active", "suppressed": suppressed})
    else:
        names = ", ".join(one.name for one in wish.profile.topics) or "the common list"
        say(f"added {wish.address}: {names}; {clock(wish.preferences)}")


@commands.command("set")
def change(
    address: Address,
    topic: Topics = None,
    keyword: Keywords = None,
    mute: Muted = None,
    author: Authors = None,
    cadence: CadenceOption = "",
    weekday: Weekdays = None,
    hour: Hour = None,
    zone: Zone = "",
    length: Length = None,
    language: LanguageOf = "",
    detail: DetailOf = "",
    as_json: Json = False,
) -> None:
    """Change a reader's topics (all of them anew, if any is given) or preferences."""
    from newsletter.actions import subscribe
    from newsletter.app import now_utc
    from newsletter.domain.subscriber import normal_address
    from newsletter.store import subscribers

    with opened() as app:
        with app.store.read() as tx:
            known = subscribers.find(tx, normal_address(address))
            profile = subscribers.profile(tx, known.id).profile
        chosen = to_preferences(
            known.preferences, cadence, weekday, hour, zone, length, language, detail
        )
        words = (topic, keyword, mute, author)
        wish = to_wish(app, address, chosen, words)
        if not any(words):
            wish = subscribe.Wish(wish.address, wish.preferences, profile)
        subscribe.change(app.store, known.id, wish, now_utc())
    if as_json:
        emit({"address": wish.address, "topics": [one.name for one in wish.profile.topics]})
        return
    names = ", ".join(one.name for one in wish.profile.topics) or "the common list"
    say(f"changed {wish.address}: {names}; {clock(wish.preferences)}")


@commands.command("list")
def show(as_json: Json = False) -> None:
    """List all subscribers."""
    from newsletter.store import subscribers

    with opened() as app, app.store.read() as tx:
        found = subscribers.every(tx)
        profiles = subscribers.profiles_of(tx, [one.id for one in found])
    rows = [
        {
            "address": one.address,
            "state": one.state.value,
            "paused_until": one.paused_until or "",
            "topics": [topic.name for topic in profiles[one.id].profile.topics],
            "cadence": one.preferences.schedule.cadence.value,
            "hour": one.preferences.schedule.hour,
            "zone": one.preferences.schedule.zone,
            "length": one.preferences.length,
            "language": one.preferences.language,
            "detail": one.preferences.detail.value,
            "due_at": one.due_at,
        }
        for one in found
    ]
    if as_json:
        emit({"subscribers": rows})
        return
    cells = [
        (
            one.address,
            f"paused to {one.paused_until:%m-%d}" if one.paused_until else one.state,
            clock(one.preferences),
            one.due_at,
            ", ".join(topic.name for topic in profiles[one.id].profile.topics),
        )
        for one in found
    ]
    columns = ("address", "state", "clock", "next issue", "topics")
    table(columns, cells, "no subscribers yet; `newsletter subscribers add ADDRESS --topic ...`")


@commands.command()
def remove(address: Address, as_json: Json = False) -> None:
    """Unsubscribe a reader: nothing more is sent, and what is pending is cancelled."""
    from newsletter.actions import subscribe
    from newsletter.app import now_utc
    from newsletter.domain.subscriber import normal_address
    from newsletter.store import subscribers

    with opened() as app:
        with app.store.read() as tx:
            known = subscribers.find(tx, normal_address(address))
        changed = subscribe.unsubscribe(app.store, known.id, 0, now_utc())
    if as_json:
        emit({"address": known.address, "changed": changed})
        return
    say(f"{known.address} is unsubscribed" if changed else f"{known.address} had left already")


def to_wish(
    app: "App",
    address: str,
    preferences: "Preferences",
    words: tuple[list[str] | None, list[str] | None, list[str] | None, list[str] | None],
) -> "Wish":
    """Return what the options ask for: keywords, mutes and authors count for every topic."""
    from newsletter.actions.subscribe import Wish
    from newsletter.domain.profile import Topic, TopicProfile
    from newsletter.domain.subscriber import normal_address

    names, keywords, muted, authors = (tuple(one or ()) for one in words)
    for word in (*names, *keywords, *muted, *authors):
        if not word.strip() or len(word) > LONGEST_WORD or not word.isprintable():
            raise typer.BadParameter(f"{word[:40]!r}: expected 1 to {LONGEST_WORD} characters")
    catalogue = {one.name.casefold(): one.name for one in app.catalogue}
    if not names and (keywords or authors):
        names = ("Your keywords",) if keywords else ("Authors you follow",)
    topics = tuple(
        Topic(
            name=catalogue.get(name.casefold(), name),
            keywords=keywords,
            muted=muted,
            authors=authors,
        )
        for name in dict.fromkeys(names)
    )
    return Wish(normal_address(address), preferences, TopicProfile(topics))


def to_preferences(
    base: "Preferences",
    cadence: str,
    weekdays: list[str] | None,
    hour: int | None,
    zone: str,
    length: int | None,
    language: str = "",
    detail: str = "",
) -> "Preferences":
    """Return the base with what the options change; raises typer.BadParameter."""
    from newsletter.domain.edition import Cadence, Schedule
    from newsletter.domain.subscriber import Detail, Preferences
    from newsletter.settings import WEEKDAYS

    check_choices(cadence, weekdays, zone, language, detail)
    old = base.schedule
    schedule = Schedule(
        cadence=Cadence(cadence) if cadence else old.cadence,
        weekdays=tuple(WEEKDAYS.index(day) for day in weekdays) if weekdays else old.weekdays,
        hour=old.hour if hour is None else hour,
        minute=old.minute if hour is None else 0,
        zone=zone or old.zone,
    )
    chosen = {"": base.language, SITE: ""}.get(language, language)
    shown = Detail(detail) if detail else base.detail
    return Preferences(schedule, length or base.length, chosen, shown)


def check_choices(
    cadence: str, weekdays: list[str] | None, zone: str, language: str, detail: str
) -> None:
    """Raise typer.BadParameter for a choice that there is not."""
    from newsletter.domain.edition import Cadence, is_zone
    from newsletter.domain.subscriber import Detail
    from newsletter.rendering.language import codes
    from newsletter.settings import WEEKDAYS

    if cadence and cadence not in list(Cadence):
        raise typer.BadParameter(
            f"{cadence!r}: one of {', '.join(Cadence)}", param_hint="--cadence"
        )
    if zone and not is_zone(zone):
        raise typer.BadParameter(
            f"{zone!r} is no time zone; Europe/Berlin is one", param_hint="--zone"
        )
    if language not in ("", SITE, *codes()):
        raise typer.BadParameter(
            f"{language!r}: one of {', '.join(codes())}, or {SITE}", param_hint="--language"
        )
    if detail and detail not in list(Detail):
        raise typer.BadParameter(f"{detail!r}: one of {', '.join(Detail)}", param_hint="--detail")
    for day in weekdays or ():
        if day not in WEEKDAYS:
            raise typer.BadParameter(
                f"{day!r}: one of {', '.join(WEEKDAYS)}", param_hint="--weekday"
            )


def clock(preferences: "Preferences") -> str:
    """Return the schedule in words."""
    schedule = preferences.schedule
    return f"{schedule.cadence} at {schedule.hour:02}:{schedule.minute:02} {schedule.zone}"
