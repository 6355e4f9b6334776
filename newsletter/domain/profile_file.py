"""A topic profile as a file: all of it as TOML, and back, with errors that name line and key."""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from newsletter.domain.categories import doubt
from newsletter.domain.library import RATED, SHELVED, Example, Verdict, key_of
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.toml import table
from newsletter.errors import ProfileError, one_line

FORMAT = 1
MOST_TOPICS = 200
MOST_WORDS = 2000  # in one list of one topic
MOST_EXAMPLES = 10_000  # of a topic
MOST_ENTRIES = 100_000  # of library and feedback each
LONGEST_WORD = 300  # characters
LONGEST_NAME = 200
LONGEST_DESCRIPTION = 20_000
LONGEST_TITLE = 2000
MOST_A_WEEK = 1000
HEAD = """# A topic profile: edit it, then `newsletter profile import SUBSCRIBER FILE`.
# What each key means stands in docs/profiles.md. A topic's name alone is enough.

"""
TEXTS = {"name": LONGEST_NAME, "description": LONGEST_DESCRIPTION}
LISTS = ("keywords", "muted", "categories", "authors", "pins", "examples")
TOPIC_KEYS = (*TEXTS, *LISTS, "a_week")
ENTRY_KEYS = ("id", "title", "verdict", "at")
TABLES = ("topics", "library", "feedback")


@dataclass(frozen=True, slots=True)
class Filed:
    """What a profile file says, and what in it may be a mistake."""

    profile: TopicProfile
    library: tuple[Example, ...] = ()
    feedback: tuple[Example, ...] = ()
    doubts: tuple[str, ...] = ()


def written(profile: TopicProfile, examples: Sequence[Example]) -> str:
    """Return the file: topics, then library and feedback, the oldest entry first.

    Examples of a topic stand in their topic.
    """
    parts = [table("topics", topic_fields(topic)) for topic in profile.topics]
    for name, verdicts in (("library", SHELVED), ("feedback", RATED)):
        mine = [one for one in examples if one.verdict in verdicts and not one.topic]
        parts += [table(name, entry_fields(one)) for one in sorted(mine, key=order)]
    return HEAD + "\n".join([f"format = {FORMAT}\n", *parts])


def order(example: Example) -> tuple[datetime, str]:
    """Return the sort key of an entry."""
    return example.at, example.key


def topic_fields(topic: Topic) -> dict[str, Any]:
    """Return a topic's fields in the order of the file."""
    return {name: getattr(topic, name) for name in TOPIC_KEYS}


def entry_fields(example: Example) -> dict[str, Any]:
    """Return the fields of an entry of library or feedback."""
    return {"id": example.key, "title": example.title, "verdict": example.verdict, "at": example.at}


def read(text: str, place: str, now: datetime) -> Filed:
    """Return what the file says; entries without a date are from now.

    `place` is the file's name for messages. Raises ProfileError naming file, line and key.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{place}: not readable as TOML: {error}") from error
    except RecursionError as error:
        raise ProfileError(f"{place}: not readable as TOML: nested too deeply") from error
    return Reader(text, place, now).filed(tables)


@dataclass(frozen=True, slots=True)
class Reader:
    """One reading of one file."""

    text: str
    place: str
    now: datetime

    def filed(self, tables: Mapping[str, Any]) -> Filed:
        """Return what the tables say."""
        self.check_keys(tables, ("format", *TABLES), "")
        if tables.get("format", FORMAT) != FORMAT:
            raise self.wrong(
                "", f"format is not {FORMAT}; this file wants a newer program", "format"
            )
        topics = [
            self.topic(number, one) for number, one in enumerate(self.many(tables, "topics"), 1)
        ]
        if len(topics) > MOST_TOPICS:
            raise self.wrong("", f"{len(topics)} topics; at most {MOST_TOPICS} are kept")
        names = [topic.name.casefold() for topic in topics]
        for number, name in enumerate(names, 1):
            if name in names[: number - 1]:
                told = f"two topics are named {topics[number - 1].name!r}"
                raise self.wrong(f"topics[{number}]", told, "name")
        library, feedback = (self.entries(tables, name) for name in ("library", "feedback"))
        doubts = [told for topic in topics for told in doubts_of(topic)]
        return Filed(TopicProfile(tuple(topics)), library, feedback, tuple(doubts))

    def many(self, tables: Mapping[str, Any], name: str) -> list[Any]:
        """Return an array of tables."""
        found = tables.get(name, [])
        if not isinstance(found, list):
            raise self.wrong("", f"{name}: expected [[{name}]] tables", name)
        return found

    def topic(self, number: int, fields: Any) -> Topic:
        """Return one topic."""
        where = f"topics[{number}]"
        if not isinstance(fields, dict):
            raise self.wrong(where, "expected a [[topics]] table")
        self.check_keys(fields, TOPIC_KEYS, where)
        name = self.line(fields, "name", where, LONGEST_NAME)
        if not name.strip():
            raise self.wrong(where, 'expected name = "..."')
        where = f"{where} {name!r}"
        return Topic(
            name=name,
            description=self.line(fields, "description", where, LONGEST_DESCRIPTION),
            **{one: self.words(fields, one, where) for one in LISTS if one != "examples"},
            examples=self.examples(fields, where),
            a_week=self.a_week(fields, where),
        )

    def line(self, fields: Mapping[str, Any], name: str, where: str, longest: int) -> str:
        """Return a text of a table, "" if it is not there."""
        value = fields.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(where, f"{name}: expected a text in quotes", name)
        self.check_text(value, where, name, longest)
        return value

    def words(self, fields: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
        """Return a list of words or phrases, as they are: what is read is what was written."""
        value = fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(where, f'{name}: expected a list of texts, ["...", "..."]', name)
        most = MOST_EXAMPLES if name == "examples" else MOST_WORDS
        if len(value) > most:
            told = f"{name}: {len(value)} entries; at most {most} are kept"
            raise self.wrong(where, told, name)
        for one in value:
            self.check_text(one, where, name, LONGEST_WORD)
            if not one.strip():
                raise self.wrong(where, f"{name}: an entry is empty", name)
        return tuple(value)

    def examples(self, fields: Mapping[str, Any], where: str) -> tuple[str, ...]:
        """Return the keys of a topic's example papers."""
        given = self.words(fields, "examples", where)
        for one in given:
            if not key_of(one):
                told = f"examples: {one[:60]!r} is no arXiv id and no DOI"
                raise self.wrong(where, told, "examples")
        return tuple(dict.fromkeys(map(key_of, given)))

    def a_week(self, fields: Mapping[str, Any], where: str) -> int:
        """Return how many papers are wished for in a week."""
        value = fields.get("a_week", 0)
        if type(value) is not int or not 0 <= value <= MOST_A_WEEK:
            told = f"a_week: expected a whole number from 0 (no wish) to {MOST_A_WEEK}"
            raise self.wrong(where, told, "a_week")
        return value

    def entries(self, tables: Mapping[str, Any], name: str) -> tuple[Example, ...]:
        """Return the entries of library or feedback."""
        found = self.many(tables, name)
        if len(found) > MOST_ENTRIES:
            raise self.wrong("", f"{name}: {len(found)} entries; at most {MOST_ENTRIES} are kept")
        return tuple(self.entry(name, number, one) for number, one in enumerate(found, 1))

    def entry(self, table: str, number: int, fields: Any) -> Example:
        """Return one entry: a paper by its id or title, a verdict and a date."""
        where = f"{table}[{number}]"
        if not isinstance(fields, dict):
            raise self.wrong(where, f"expected a [[{table}]] table")
        self.check_keys(fields, ENTRY_KEYS, where)
        given = self.line(fields, "id", where, LONGEST_TITLE)
        title = self.line(fields, "title", where, LONGEST_TITLE)
        if not given and not title.strip():
            raise self.wrong(where, "expected an id, a title, or both")
        if given and not key_of(given):
            raise self.wrong(where, f"id: {given[:60]!r} is no arXiv id and no DOI", "id")
        allowed = [one.value for one in (SHELVED if table == "library" else RATED)]
        default = Verdict.LIKED.value if table == "library" else ""
        verdict = fields.get("verdict", default)
        if verdict not in allowed:
            raise self.wrong(where, f"verdict: expected one of {', '.join(allowed)}", "verdict")
        key = key_of(given) or Paper(title).key
        return Example(key, title, Verdict(verdict), self.moment(fields, where))

    def moment(self, fields: Mapping[str, Any], where: str) -> datetime:
        """Return the date of an entry; a day is its first moment in UTC."""
        value = fields.get("at", self.now)
        if type(value) is date:
            value = datetime.combine(value, time(), UTC)
        if not isinstance(value, datetime):
            raise self.wrong(where, "at: expected a date, as 2026-03-14 without quotes", "at")
        try:
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        except OverflowError as error:
            raise self.wrong(where, "at: a date outside all years", "at") from error

    def check_text(self, text: str, where: str, name: str, longest: int) -> None:
        """Raise ProfileError for a text that is too long or that nobody could see."""
        if len(text) > longest:
            told = f"{name}: {len(text)} characters; at most {longest} are kept"
            raise self.wrong(where, told, name)
        if "\0" in text:
            raise self.wrong(where, f"{name}: holds the character NUL", name)

    def check_keys(self, fields: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        """Raise ProfileError for an unknown key."""
        for name in fields:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                did = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"
                raise self.wrong(where, f"unknown key {name[:60]}{did}", name)

    def wrong(self, where: str, told: str, key: str = "") -> ProfileError:
        """Return the error, with its line if it can be found."""
        line = line_of(self.text, where, key)
        parts = (f"{self.place}, line {line}" if line else self.place, where, told)
        return ProfileError(one_line(": ".join(part for part in parts if part), 400))


def line_of(text: str, where: str, key: str) -> int:
    """Return the line of a key in the n-th table "topics[2]", of the table, or 0 if unsure."""
    found = re.match(r"(\w+)\[(\d+)\]", where)
    wanted, number = (found[1], int(found[2])) if found else ("", 0)
    begins, count = 0 if wanted else 1, 0
    for place, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            count += bare.startswith(f"[[{wanted}]]") if wanted else 0
            if begins and wanted and key:
                break  # the next table
            if wanted and count == number and not begins:
                begins = place
        if begins and key and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", bare):
            return place
        if begins and key and not wanted and bare.startswith(f"[[{key}]]"):
            return place
    return begins if wanted else 0


def doubts_of(topic: Topic) -> list[str]:
    """Return what in a topic may be a mistake."""
    found = []
    for category in topic.categories:
        meant = doubt(category)
        if meant:
            near = f"; did you mean {meant}?" if meant != "none" else ""
            found.append(f"topic {topic.name!r}: {category!r} is no category of arXiv{near}")
    return found
