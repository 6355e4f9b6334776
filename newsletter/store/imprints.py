"""The texts that shaped mails, kept for good under their hashes: for replay."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from newsletter.domain.imprint import hash_of
from newsletter.errors import StoreError
from newsletter.store.bulk import insert_missing_rows
from newsletter.store.database import batches
from newsletter.store.tables_imprints import imprints


def keep(tx: sa.Connection, texts: Mapping[str, str]) -> None:
    """Keep texts under their hashes; what is there already stays."""
    insert_missing_rows(tx, imprints, ("hash", "body"), tuple(texts.items()))


def load(tx: sa.Connection, wanted: Collection[str]) -> dict[str, str]:
    """Return these texts; raises StoreError if one is gone or is not what its hash says."""
    found: dict[str, str] = {}
    for chunk in batches(sorted(wanted)):
        query = sa.select(imprints.c.hash, imprints.c.body).where(imprints.c.hash.in_(chunk))
        found |= {row.hash: row.body for row in tx.execute(query)}
    for name in wanted:
        if name not in found:
            raise StoreError(f"a text that shaped this mail is gone from the database ({name})")
        if hash_of(found[name]) != name:
            raise StoreError(f"a text that shaped this mail was changed in the database ({name})")
    return found
