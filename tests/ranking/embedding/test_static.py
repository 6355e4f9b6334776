"""The static embedder is the mean of its tokens' rows, whatever stands beside a text."""

import numpy as np
import pytest

from newsletter.errors import ModelError
from newsletter.ranking.embedding.static import Static, open_static

TEXTS = ("Sleep spindles", "", "We count sleep spindles in ninety nights.", "🤖", "x")


@pytest.fixture(scope="module")
def static():
    return open_static()


def plainly(static, text):
    ids = static.tokenizer.encode(text, add_special_tokens=False).ids
    mean = static.table[ids].astype(np.float64).mean(0)
    return mean / np.linalg.norm(mean)


def test_a_vector_is_the_mean_of_the_tokens_rows(static):
    found = static.embed(TEXTS)
    assert (found.shape, found.dtype) == ((5, 256), np.float32)
    for text, row in zip(TEXTS, found, strict=True):
        if text:
            np.testing.assert_allclose(row, plainly(static, text), atol=1e-6)
        else:
            assert not row.any()


def test_a_text_has_the_same_vector_alone_and_among_others(static):
    together = static.embed(TEXTS * 50)
    alone = np.concatenate([static.embed([text]) for text in TEXTS])
    assert together.tobytes() == np.tile(alone, (50, 1)).tobytes()


def test_what_means_the_same_is_nearer_than_what_does_not(static):
    sleep, nights, gates = static.embed(
        ["sleep spindles in humans", "brain waves of sleeping people", "logic gates in hardware"]
    )
    assert sleep @ nights > sleep @ gates


def test_tokens_may_have_weights(static):
    tokens = static.tokens(["sleep spindles", "gates"])
    weights = np.zeros(static.size, np.float32)
    weights[tokens.ids[0]] = 3
    found = static.pool(tokens, weights)
    first = static.table[tokens.ids[0]]
    np.testing.assert_allclose(found[0], first / np.linalg.norm(first), atol=1e-6)
    assert not found[1].any()
    ones = np.ones(static.size, np.float32)
    np.testing.assert_allclose(static.pool(tokens, ones), static.embed(["sleep spindles", "gates"]))


@pytest.mark.parametrize("text", ["\ud800 half a sign", "x " * 500_000, "\x00"])
def test_no_text_is_too_odd(static, text):
    assert np.linalg.norm(static.embed([text])) == pytest.approx(1, abs=1e-5)


def test_a_table_that_is_damaged_is_told(tmp_path, static):
    bad = tmp_path / "table.safetensors"
    bad.write_bytes(b"nonsense")
    with pytest.raises(ModelError, match=r"table\.safetensors: it is damaged"):
        Static(bad, static.tokenizer_file).embed(["x"])
    with pytest.raises(ModelError, match="it is not there"):
        Static(tmp_path / "none", static.tokenizer_file)
