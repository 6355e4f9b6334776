"""A mail's inputs and what is on record of it -> the same bytes again, and whether they are."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from newsletter.actions.messages import Press, speaking, write_digest, write_note
from newsletter.actions.prints import Prints, fingerprint, to_paper
from newsletter.domain.delivery import State
from newsletter.domain.imprint import Print, content_of, from_record, is_of
from newsletter.domain.issue import Issue
from newsletter.domain.message import Message, Site
from newsletter.errors import NotFoundError
from newsletter.rendering.kept import KeptTemplates
from newsletter.rendering.language import from_catalogue
from newsletter.store import imprints, issues, ledger, outbox
from newsletter.store.database import Store


class Verdict(StrEnum):
    """How a replayed mail stands to the one that was sent."""

    SAME = "same"
    UNSIGNED = "same_but_signature"  # the DKIM key is another, or gone
    NO_KEY = "key_retired"  # of its links: the bytes cannot be compared
    DIFFERENT = "different"
    UNSENT = "not_sent"  # built as it would be now


@dataclass(frozen=True, slots=True)
class Replayed:
    """A mail built again."""

    issue: int  # 0: a note
    verdict: Verdict
    why: str
    message: Message
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """How mails were made at a time."""

    press: Press
    shape: Any  # by which the press was made
    has_keys: bool  # of the links


def replay(
    store: Store, press: Press, issue_id: int, pasts: dict[str, Past] | None = None
) -> Replayed:
    """Build the mail of an issue again from what is stored.

    Of several issues, `pasts` keeps what they have in common: the templates, compiled.
    Raises NotFoundError if there is no such issue, or its reader was erased; StoreError if what
    shaped the mail is gone or was changed; TemplateError if an unsent one cannot be rendered.
    """
    with store.read() as tx:
        issue = issues.get(tx, issue_id)
        sent = ledger.sent(tx, issue_id)
        if sent is None:
            raise NotFoundError(
                f"issue {issue_id} has no delivery any more; only its counts are left"
            )
        record = from_record(sent.inputs)
        texts = texts_of(tx, record) if record else {}
    if record is None:
        made = write_digest(speaking(press, sent.language), issue, sent.address, sent.key)
        return Replayed(issue_id, Verdict.UNSENT, unsent(sent.state), made)
    past = past_of(press, record, texts, pasts)
    made = write_digest(past.press, as_it_was(issue, record, texts), sent.address, sent.key)
    verdict, why = compared(made, record, past)
    return Replayed(issue_id, verdict, why, made, sent.armed_at)


def replay_note(
    store: Store, press: Press, delivery_id: int, pasts: dict[str, Past] | None = None
) -> Replayed:
    """Build the mail of a delivery again from what is stored, an issue's or a note.

    Raises as `replay` does; NotFoundError if there is no such delivery.
    """
    with store.read() as tx:
        delivery, armed_at = outbox.get(tx, delivery_id)
        record = from_record(delivery.inputs)
        texts = texts_of(tx, record) if record else {}
    if delivery.issue_id:
        return replay(store, press, delivery.issue_id, pasts)
    if record is None:
        made = write_note(speaking(press, delivery.language), delivery)
        return Replayed(0, Verdict.UNSENT, unsent(delivery.state), made)
    past = past_of(press, record, texts, pasts)
    made = write_note(past.press, delivery)
    return Replayed(0, *compared(made, record, past), made, armed_at)


def unsent(state: str) -> str:
    """Return why a mail was not handed over."""
    if state in (State.PENDING, State.DEFERRED):
        return "it has not been handed over yet"
    return f"it was never handed over: it is {state.replace('_', ' ')}"


def texts_of(tx: sa.Connection, record: Print) -> dict[str, str]:
    """Return all texts behind what is on record."""
    found = imprints.load(tx, {record.shape, *record.papers})
    shape = json.loads(found[record.shape])
    return found | imprints.load(tx, {shape["catalogue"], *shape["templates"].values()})


def past_of(
    press: Press, record: Print, texts: dict[str, str], pasts: dict[str, Past] | None
) -> Past:
    """Return how the mail was made, from `pasts` if it is there, and keep it there."""
    kept = {} if pasts is None else pasts
    if record.shape not in kept:
        kept[record.shape] = press_then(press, json.loads(texts[record.shape]), texts)
    return kept[record.shape]


def press_then(press: Press, shape: Any, texts: dict[str, str]) -> Past:
    """Return the press as it was."""
    key = next((one for one in press.keys if fingerprint(one) == shape["key"]), None)
    tongue = from_catalogue(shape["language"], texts[shape["catalogue"]])
    kept = {name: texts[one] for name, one in shape["templates"].items()}
    templates = KeptTemplates(kept, tongue)
    then = replace(
        press,
        templates=templates,
        site=Site(**shape["site"]),
        pages=shape["pages"],
        instance=shape["instance"],
        keys=[key or press.keys[0]],
        prints=Prints(),
        tongues={},
    )
    return Past(then, shape, key is not None)


def as_it_was(issue: Issue, record: Print, texts: dict[str, str]) -> Issue:
    """Return the issue with its papers as they stood when it was sent."""
    items = sorted(issue.items, key=lambda one: one.position)
    papers = (to_paper(texts[one]) for one in record.papers)
    kept = zip(items, papers, strict=True)
    return replace(issue, items=tuple(item._replace(paper=paper) for item, paper in kept))


def compared(made: Message, record: Print, past: Past) -> tuple[Verdict, str]:
    """Return how the mail stands to what is on record, and why."""
    if not is_of(record.content, made.raw):
        if not past.has_keys:
            return Verdict.NO_KEY, "its links are by today's key, and nothing is compared"
        now = Prints.program()
        then = {name: past.shape[name] for name in now}
        changed = [
            f"{name} {then[name]}, now {now[name]}" for name in now if then[name] != now[name]
        ]
        why = "the bytes differ" + (f": sent by {'; '.join(changed)}" if changed else "")
        return Verdict.DIFFERENT, why
    if content_of(made.raw)[1] != record.signature:
        return Verdict.UNSIGNED, "the DKIM keys are not those that signed it"
    return Verdict.SAME, "byte for byte"
