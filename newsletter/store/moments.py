"""A column's type for times: aware and in UTC on both databases."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC time; SQLite has no zones, so they are put on and taken off here."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a naive time, for nobody knows which one it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        aware = value.astimezone(UTC)
        return aware.replace(tzinfo=None) if dialect.name == "sqlite" else aware

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """Return what reads a column; SQLite's text at once, for there are thousands in a run."""
        return of_sqlite if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(
        self,
        value: Any | None,
        dialect: sa.Dialect,  # noqa: ARG002, the signature is SQLAlchemy's
    ) -> datetime | None:
        """Return the time in UTC."""
        if value is None:
            return None
        found: datetime = value
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def of_sqlite(text: str | None) -> datetime | None:
    """Return the time in UTC that SQLite keeps without a zone."""
    return None if text is None else datetime.fromisoformat(text + "+00:00")
