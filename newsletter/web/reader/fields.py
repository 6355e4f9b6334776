"""The fields that subscribing and preferences share: nouns -> fields, and fields -> nouns.

Out of the form come only these fields; whatever else is posted is not read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Detail, Preferences
from newsletter.rendering.language import codes
from newsletter.web.guard import Form
from newsletter.web.reader import zones

LONGEST_ISSUE = 40
MOST_TOPICS = 50
TOPIC_LENGTH = 200
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
CADENCES = frozenset(Cadence)
DETAILS = frozenset(Detail)


@dataclass(frozen=True, slots=True)
class Fields:
    """What stands in the form, as typed."""

    topics: tuple[str, ...]  # ticked in the catalogue
    own: tuple[str, ...]  # the reader's own words, one topic each
    cadence: str
    day: str  # of a weekly letter, 0 is Monday
    days: tuple[str, ...]  # where some are chosen
    time: str  # 07:00
    zone: str
    length: str
    language: str = ""  # of the mails; "": the site's
    detail: str = Detail.USUAL.value


def to_fields(preferences: Preferences, profile: TopicProfile, catalogue: Sequence[str]) -> Fields:
    """Return the fields that say what is chosen now."""
    schedule = preferences.schedule
    names = [one_line(topic.name) for topic in profile.topics]
    return Fields(
        topics=tuple(name for name in names if name in catalogue),
        own=tuple(name for name in names if name not in catalogue),
        cadence=schedule.cadence.value,
        day=str(schedule.weekdays[0]),
        days=tuple(str(one) for one in schedule.weekdays),
        time=f"{schedule.hour:02}:{schedule.minute:02}",
        zone=schedule.zone,
        length=str(preferences.length),
        language=preferences.language,
        detail=preferences.detail.value,
    )


def typed(form: Form, now: Fields, catalogue: Sequence[str]) -> Fields:
    """Return the form's fields; one that was not sent stays as it is now.

    Only topics that there was a box for can be ticked: the catalogue's, and what the reader has,
    for a topic may have left the catalogue since the form was opened.
    """
    known = {*catalogue, *now.topics, *now.own}

    def text(name: str, default: str) -> str:
        return one_line(form.get(name, default))[:TOPIC_LENGTH]

    def ticked(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(form.getlist(name)))

    lines = (one_line(line) for line in form.get("own", "").splitlines())
    return Fields(
        topics=tuple(name for name in ticked("topics") if name in known),
        own=tuple(line for line in lines if line),
        cadence=text("cadence", now.cadence),
        day=text("day", now.day),
        days=ticked("days") if "cadence" in form else now.days,
        time=text("time", now.time),
        zone=text("zone", now.zone),
        length=text("length", now.length),
        language=text("language", now.language),
        detail=text("detail", now.detail),
    )


def problems(fields: Fields) -> dict[str, str]:
    """Return what is wrong, by the field's name, in words for its reader."""
    found: dict[str, str] = {}
    if len(fields.topics) + len(fields.own) > MOST_TOPICS:
        found["own"] = f"Choose {MOST_TOPICS} topics at most."
    elif any(len(line) > TOPIC_LENGTH for line in fields.own):
        found["own"] = f"Keep each line under {TOPIC_LENGTH} characters."
    if fields.cadence not in CADENCES:
        found["cadence"] = "Choose how often."
    if fields.cadence == Cadence.WEEKDAYS and not is_days(fields.days):
        found["days"] = "Choose at least one day."
    if fields.cadence == Cadence.WEEKLY and not is_days((fields.day,)):
        found["day"] = "Choose a day."
    if not CLOCK.fullmatch(fields.time):
        found["time"] = "Choose an hour."
    if not zones.find(fields.zone):
        found["zone"] = "No time zone has this name. One looks like Europe/Berlin."
    if fields.language not in ("", *codes()):
        found["language"] = "Choose a language."
    if fields.detail not in DETAILS:
        found["detail"] = "Choose what stands under a paper's sentence."
    if not is_length(fields.length):
        found["length"] = f"Enter a number from 1 to {LONGEST_ISSUE}."
    return found


def is_days(days: Sequence[str]) -> bool:
    """Return whether these are days of the week, one at least."""
    return bool(days) and all(day in ("0", "1", "2", "3", "4", "5", "6") for day in days)


def is_length(text: str) -> bool:
    """Return whether an issue may be that long."""
    return text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= LONGEST_ISSUE


def to_preferences(fields: Fields, now: Preferences) -> Preferences:
    """Return the preferences that faultless fields say; days that no cadence asks for stay."""
    cadence, days = Cadence(fields.cadence), now.schedule.weekdays
    if cadence is Cadence.WEEKDAYS:
        days = tuple(sorted(int(day) for day in fields.days))
    if cadence is Cadence.WEEKLY:
        days = (int(fields.day),)
    hour, minute = fields.time.split(":")
    schedule = Schedule(cadence, days, int(hour), int(minute), zones.find(fields.zone))
    detail = Detail(fields.detail)
    return Preferences(schedule, int(fields.length), fields.language, detail)


def to_profile(fields: Fields, now: TopicProfile) -> TopicProfile:
    """Return the topics that the fields name.

    One that the reader has already keeps its place and all that is known of it: keywords, muted
    terms and authors do not pass through this form.
    """
    had = {one_line(topic.name).casefold(): topic for topic in now.topics}
    wanted = {name.casefold(): name for name in reversed(fields.topics + fields.own)}
    kept = [topic for folded, topic in had.items() if folded in wanted]
    new = [Topic(name) for folded, name in reversed(wanted.items()) if folded not in had]
    return TopicProfile((*kept, *new))


def hours(time: str) -> tuple[str, ...]:
    """Return the times to choose from: every full hour, past it by as much as the chosen time."""
    minute = time[3:] if CLOCK.fullmatch(time) else "00"
    return tuple(f"{hour:02}:{minute}" for hour in range(24))


def one_line(text: str) -> str:
    """Return the text on one line, without characters that nobody can see or a database keep."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
