"""What a note (any mail but a digest) is made from -> the note as its reader sees it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.domain.delivery import Kind
from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.message import Attachment, Links, Rendered, Site
from newsletter.rendering.confirmation import confirmation
from newsletter.rendering.digest import PREHEADER_LENGTH, personal_links, signature
from newsletter.rendering.language import Language
from newsletter.rendering.plain import cut, tidy
from newsletter.rendering.receipt import WEEKDAY
from newsletter.rendering.templates import Templates

NAME_LENGTH, NAMES_LENGTH = 80, 300  # characters of a topic, and of all of them
WHY_LENGTH = 600  # characters of what a server said
EXPORTED = "your-data.json"
A_MONDAY = date(2026, 3, 9)

Inputs = Mapping[str, Any]  # as they were stored with the delivery
# In: templates, site, links, the address, inputs.
Writer = Callable[[Templates, Site, Links, str, Inputs], Rendered]


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a note."""

    subject: str
    preheader: str
    heading: str
    paragraphs: tuple[str, ...]
    because: str  # why it came


def note(templates: Templates, site: Site, links: Links, said: Said) -> Rendered:
    """Return the words as a mail; the reader's own links stand at its end. Raises TemplateError."""
    site_name, postal_address = signature(site)
    values: dict[str, object] = {
        "subject": said.subject,
        "preheader": said.preheader,
        "site_name": site_name,
        "heading": said.heading,
        "paragraphs": said.paragraphs,
        "because": said.because,
        "postal_address": postal_address,
        **personal_links(site, links),
    }
    return Rendered(
        subject=said.subject,
        preheader=said.preheader,
        html_pieces=[templates.html("mail/note.mjml", values)],
        text_pieces=[templates.plain("mail/note.txt", values)],
    )


def welcome(templates: Templates, site: Site, links: Links, _: str, inputs: Inputs) -> Rendered:
    """Return what a new reader is told: what comes, when, and the first time."""
    tongue = templates.language
    schedule, name = to_schedule(inputs["schedule"]), tidy(site.name)
    most = tongue.count("{n} paper", "{n} papers", inputs["length"])
    comes = {"when": rhythm(schedule, tongue), "most": most}
    topics = named(inputs["topics"], tongue)
    if topics:
        what = tongue.say(
            "New papers on {topics} come {when}: {most} at most, the best first.",
            topics=topics,
            **comes,
        )
    else:
        what = tongue.say(
            "The papers that most readers look at come {when}: {most} at most, the best first.",
            **comes,
        )
    if inputs["first_at"]:
        first = tongue.say(
            "The first issue comes on {moment}.",
            moment=moment(inputs["first_at"], schedule.zone, tongue),
        )
    else:
        first = tongue.say(
            "The first issue is being made now, from the papers of the last days, and follows soon."
        )
    none = tongue.say("When no new paper fits, no mail is sent.")
    said = Said(
        tongue.say("Welcome to {site_name}", site_name=name),
        first,
        tongue.say("You are subscribed"),
        (what, first, none),
        because(site, tongue),
    )
    return note(templates, site, links, said)


def resumed(templates: Templates, site: Site, links: Links, _: str, inputs: Inputs) -> Rendered:
    """Return what a reader is told on the day on which a pause ends."""
    tongue = templates.language
    if inputs["next_at"]:
        when = moment(inputs["next_at"], inputs["zone"], tongue)
        following = tongue.say("The next issue comes on {moment}.", moment=when)
    else:
        following = tongue.say(
            "The next issue is being made now, from the papers that came meanwhile."
        )
    name = tidy(site.name)
    said = Said(
        tongue.say("Your pause is over: {site_name} comes again", site_name=name),
        following,
        tongue.say("Your pause is over"),
        (
            tongue.say("From today on, {site_name} comes again as before.", site_name=name),
            following,
            tongue.say("Too early? The links below pause it once more, or end it."),
        ),
        because(site, tongue),
    )
    return note(templates, site, links, said)


def export(templates: Templates, site: Site, links: Links, _: str, inputs: Inputs) -> Rendered:
    """Return the mail that brings a reader all that is kept of them, as a file."""
    tongue, name = templates.language, {"site_name": tidy(site.name)}
    said = Said(
        tongue.say("Your data at {site_name}", **name),
        tongue.say("Preferences, topics, ratings and the papers you were sent, in one file."),
        tongue.say("Your data"),
        (
            tongue.say(
                "The file {file} holds all that {site_name} keeps of you: your address and "
                "preferences, your topics, what you rated and saved, and what you were sent.",
                file=EXPORTED,
                **name,
            ),
            tongue.say("It is plain text in JSON and opens in any editor."),
            tongue.say(
                "If it was not you who asked: it went to this address alone, and nothing changed."
            ),
        ),
        tongue.say("You get this because your data at {site_name} was asked for.", **name),
    )
    content = json.dumps(inputs["data"], ensure_ascii=False, indent=1).encode(errors="replace")
    file = Attachment(EXPORTED, "application/json", content + b"\n")
    return replace(note(templates, site, links, said), attachment=file)


HEADLINES = {
    "stopped": "An edition was stopped",
    "relay": "The mail server takes no mail",
    "compose": "Issues could not be made",
    "feed": "A feed has been dead for days",
    "paused": "Nothing is sent: the database is a restored copy",
}
ADVICE = {
    "stopped": "What is pending waits, and nobody gets anything twice. Mend the cause; the next "
    "run goes on by itself.",
    "relay": "What is pending waits and is tried again. This mail, too, came only when the server "
    "took mail again.",
    "compose": "No issue is lost: each is made when the cause is mended. The log has more.",
    "feed": "Its papers are missing from every issue, which says so. See newsletter feeds health; "
    "mend or take out its address in config/newsletter.toml.",
    "paused": "See newsletter deliveries list --state pending, then run newsletter db resume.",
}


def alarm(templates: Templates, site: Site, links: Links, _: str, inputs: Inputs) -> Rendered:
    """Return what the operator is told of a trouble: what, since when, in whose words, what now."""
    tongue, cause = templates.language, inputs["cause"]
    headline, advice = tongue.say(HEADLINES[cause]), tongue.say(ADVICE[cause])
    told = ": ".join(tidy(one) for one in (inputs["about"], inputs["why"]) if one)
    at = moment(inputs["asked_at"], "UTC", tongue)
    said = Said(
        tongue.say("{site_name}: {headline}", site_name=tidy(site.name), headline=headline),
        cut(advice, PREHEADER_LENGTH),
        headline,
        (cut(told, WHY_LENGTH), advice, tongue.say("Noticed on {moment}.", moment=at)),
        tongue.say(
            "You get this because site.operator in config/newsletter.toml names this address. At "
            "most one such mail an hour comes for a cause."
        ),
    )
    return note(templates, site, links, said)


WRITERS: Mapping[Kind, Writer] = {
    Kind.CONFIRMATION: lambda made, site, links, to, _: confirmation(made, site, links, to),
    Kind.WELCOME: welcome,
    Kind.RESUMED: resumed,
    Kind.EXPORT: export,
    Kind.ALARM: alarm,
}


def names(kind: Kind) -> tuple[str, str]:
    """Return the templates of a kind of note."""
    name = "confirmation" if kind is Kind.CONFIRMATION else "note"
    return f"mail/{name}.mjml", f"mail/{name}.txt"


def because(site: Site, tongue: Language) -> str:
    """Return why a subscriber gets a note."""
    return tongue.say(
        "You get this because you subscribed to {site_name}.", site_name=tidy(site.name)
    )


def named(topics: list[str], tongue: Language) -> str:
    """Return the topics in one line, cut where there are many."""
    return cut(listed([cut(tidy(one), NAME_LENGTH) for one in topics], tongue), NAMES_LENGTH)


def listed(words: list[str], tongue: Language) -> str:
    """Return "a", "a and b" or "a, b and c", "" of nothing."""
    return tongue.say(" and ").join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def rhythm(schedule: Schedule, tongue: Language) -> str:
    """Return when issues come, as "every Monday and Friday at 07:00 (Europe/Berlin)"."""
    clock = {"time": f"{schedule.hour:02}:{schedule.minute:02}", "zone": schedule.zone}
    if schedule.cadence is Cadence.DAILY:
        return tongue.say("every day at {time} ({zone})", **clock)
    if schedule.cadence is Cadence.MONTHLY:
        return tongue.say("on the first of each month at {time} ({zone})", **clock)
    chosen = schedule.weekdays[: 1 if schedule.cadence is Cadence.WEEKLY else None]
    days = [tongue.date(A_MONDAY + timedelta(days=one), "EEEE") for one in chosen]
    return tongue.say("every {days} at {time} ({zone})", days=listed(days, tongue), **clock)


def moment(at: str, zone: str, tongue: Language) -> str:
    """Return an ISO moment on the reader's clock: "Saturday 14 March 2026 at 07:00 (UTC)"."""
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    day = tongue.date(local.date(), WEEKDAY)
    return tongue.say("{day} at {time} ({zone})", day=day, time=f"{local:%H:%M}", zone=zone)


def to_schedule(kept: Mapping[str, Any]) -> Schedule:
    """Return the schedule of its JSON."""
    fields = {**kept, "cadence": Cadence(kept["cadence"]), "weekdays": tuple(kept["weekdays"])}
    return Schedule(**fields)
