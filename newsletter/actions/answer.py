"""A reader's mail -> done: unsubscribe, pause, confirm and rate by the token in its subject."""

from collections.abc import Sequence
from datetime import datetime

from newsletter.actions import feedback, subscribe
from newsletter.domain import token
from newsletter.domain.token import Purpose
from newsletter.errors import NotFoundError, TokenError
from newsletter.mail.intake import request_of
from newsletter.store.database import Store


def answer(store: Store, keys: Sequence[bytes], raw: bytes, now: datetime) -> str:
    """Do what the mail asks for and return what was done, in a word.

    Mail that asks for nothing of ours, or with a token that is not ours, changes nobody.
    """
    asked = request_of(raw)
    if asked is None:
        return "ignored"
    try:
        subscriber_id, issue_id = token.read(keys, asked.purpose, asked.token, now)
        if asked.purpose is Purpose.UNSUBSCRIBE:
            subscribe.unsubscribe(store, subscriber_id, issue_id, now)
            return "unsubscribed"
        if asked.purpose is Purpose.PAUSE:
            subscribe.pause(store, subscriber_id, issue_id, now)
            return "paused"
        if asked.purpose is Purpose.RATE:
            verdict = feedback.WORDS.get(asked.word)
            reader = (subscriber_id, issue_id)
            feedback.rate_item(store, reader, asked.position, verdict, now)
            return "rated"
        subscribe.confirm(store, subscriber_id, now)
        return "confirmed"
    except (TokenError, NotFoundError):
        return "ignored"
