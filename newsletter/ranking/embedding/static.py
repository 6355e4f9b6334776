"""The static embedder: a text's vector is the mean of its tokens' vectors, from a table.

The table is WordLlama's (l2_supercat, 256 dimensions), from the files of the package `wordllama`.
That package itself is never imported: its loader asks a hub for the tokenizer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsletter.errors import ModelError
from newsletter.ranking.embedding import Vectors, normalised, readable
from newsletter.ranking.embedding.weights import (
    Tokenizer,
    fingerprint,
    read_tensors,
    read_tokenizer,
)

PACKAGE = "wordllama"
TABLE = "wordllama/weights/l2_supercat_256.safetensors"
TOKENIZER = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
TENSOR = "embedding.weight"
DIMENSIONS = 256
TEXTS = 64  # at a time: their tokens' rows fit into the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The tokens of several texts, one after the other."""

    ids: NDArray[np.int64]  # shape (t,): rows of the table
    counts: NDArray[np.int64]  # shape (n,): how many of them each text has


@dataclass(eq=False)
class Static:
    """An embedder that knows no order of words, needs no download, and takes a ms a paper."""

    table_file: Path
    tokenizer_file: Path
    name: str = field(init=False)
    dimensions: int = field(default=DIMENSIONS, init=False)

    def __post_init__(self) -> None:
        """Name it by its files; they are read when the first text comes."""
        self.name = f"static-{fingerprint((self.table_file, self.tokenizer_file))}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a row of length 1 a text, shape (n, 256); zeros for a text without a word."""
        return self.pool(self.tokens(texts))

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """Return the texts' tokens; `size` tells how many different ones there are."""
        found = self.tokenizer.encode_batch_fast(
            [readable(text) for text in texts], add_special_tokens=False
        )
        counts = np.fromiter((len(one.ids) for one in found), np.int64, len(found))
        every = (token for one in found for token in one.ids)
        ids = np.fromiter(every, np.int64, int(counts.sum()))
        return Tokens(np.minimum(ids, self.size - 1, out=ids), counts)

    def pool(self, tokens: Tokens, weights: NDArray[np.float32] | None = None) -> Vectors:
        """Return each text's mean, weighted by its tokens' weights, made as long as 1.

        `weights` has shape (size,), one a row of the table, at least 0: rarity in an archive, say.
        """
        rows = np.zeros((len(tokens.counts), DIMENSIONS), np.float32)
        ends = np.cumsum(tokens.counts)
        for first in range(0, len(rows), TEXTS):
            counts = tokens.counts[first : first + TEXTS]
            start = ends[first] - counts[0]
            ids = tokens.ids[start : start + counts.sum()]
            found = self.table[ids]
            if weights is not None:
                found *= weights[ids, np.newaxis]
            filled = counts > 0  # reduceat would take a neighbour's row for an empty text
            starts = np.cumsum(counts)[filled] - counts[filled]
            if len(starts):
                rows[first : first + TEXTS][filled] = np.add.reduceat(found, starts, axis=0)
        return normalised(rows)

    @property
    def size(self) -> int:
        """Return how many rows the table has."""
        return len(self.table)

    @cached_property
    def table(self) -> Vectors:
        """The vectors of the tokens."""
        found = read_tensors(self.table_file).get(TENSOR)
        if found is None or found.ndim != 2 or found.shape[1] != DIMENSIONS:
            raise ModelError(self.table_file, f"it holds no table of {DIMENSIONS} columns")
        return found

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """What cuts texts into tokens."""
        return read_tokenizer(self.tokenizer_file)


def open_static() -> Static:
    """Return the static embedder of this installation. Raises ModelError if it has none."""
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError as error:
        told = "it is not installed; run: pip install wordllama"
        raise ModelError(Path(PACKAGE), told) from error
    return Static(Path(str(package.locate_file(TABLE))), Path(str(package.locate_file(TOKENIZER))))
