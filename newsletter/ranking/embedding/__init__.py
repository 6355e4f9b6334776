"""Embedders: texts -> vectors whose cosine says how near two texts are in meaning."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # shape (n, d)

LONGEST = 20_000  # characters of one text that are looked at: four times the longest abstract


class Embedder(Protocol):
    """What makes vectors of texts; `static.Static` and `semantic.Semantic` do."""

    @property
    def name(self) -> str:
        """Return which embedder it is: vectors of two are comparable if their names are equal."""

    @property
    def dimensions(self) -> int:
        """Return d, the length of its vectors."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a row of length 1 a text, shape (n, d); zeros for a text without a word."""


def readable(text: str) -> str:
    """Return as much of the text as is embedded, without what no tokenizer takes."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")


def normalised(rows: Vectors) -> Vectors:
    """Return the rows, each divided by its length in place; rows of zeros stay as they are."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    lengths[lengths == 0] = 1
    rows /= lengths[:, np.newaxis]
    return rows
