"""Alembic migrations; a landed version is never edited."""
