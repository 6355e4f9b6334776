"""The forward pass agrees with BERT written down plainly, and with MiniLM's reference vectors."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from newsletter import embedders
from newsletter.errors import ModelError
from newsletter.ranking.embedding.bert import gelu
from newsletter.ranking.embedding.semantic import Semantic
from tests.ranking.embedding import small

MINILM = embedders.folder() / "minilm"  # looked up before the tests' own folder is set
REFERENCE = Path(__file__).parents[2] / "data/minilm-reference.json"
# Sentences and the tokens that they must become.
SENTENCES = {
    "Sleep spindles": "[CLS] sleep spindles [SEP]",
    "A tapirs uphill": "[CLS] a tapirs up ##hill [SEP]",
    "gate memory": "[CLS] gate memory [SEP]",
    "the sleep of the tapirs of the memory of the gate": (
        "[CLS] the sleep of the tapirs of the memory of the gate [SEP]"
    ),
    "gateing an unknown": "[CLS] gate ##ing [UNK] [UNK] [SEP]",
}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "encoder"


def plainly(arrays, tokens, first_token=False):
    """Return a text's vector, worked out in float64, step by step as the paper tells it."""
    ids = [small.WORDS.index(token) for token in tokens.split()]
    weights = {name: array.astype(np.float64) for name, array in arrays.items()}

    def linear(name, x):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(name, x):
        centred = x - x.mean(1, keepdims=True)
        spread = np.sqrt((centred**2).mean(1, keepdims=True) + 1e-12)
        return centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    erf = np.vectorize(math.erf)
    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm("embeddings.LayerNorm", x + weights["embeddings.token_type_embeddings.weight"][0])
    for number in range(2):
        at = f"encoder.layer.{number}"
        query, key, value = (
            linear(f"{at}.attention.self.{one}", x) for one in ("query", "key", "value")
        )
        heads = []
        for head in range(3):
            mine = slice(4 * head, 4 * head + 4)
            scores = np.exp(query[:, mine] @ key[:, mine].T / 2)
            heads.append(scores / scores.sum(1, keepdims=True) @ value[:, mine])
        attended = linear(f"{at}.attention.output.dense", np.hstack(heads))
        x = norm(f"{at}.attention.output.LayerNorm", x + attended)
        wide = linear(f"{at}.intermediate.dense", x)
        wide = wide * (1 + erf(wide / math.sqrt(2))) / 2
        x = norm(f"{at}.output.LayerNorm", x + linear(f"{at}.output.dense", wide))
    row = x[0] if first_token else x.mean(0)
    return row / np.linalg.norm(row)


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_it_agrees_with_the_formulas_written_down_plainly(folder, prefix):
    arrays = small.write(folder, prefix=prefix)
    found = Semantic(folder, "small").embed(list(SENTENCES))
    wanted = [plainly(arrays, tokens) for tokens in SENTENCES.values()]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=2e-6)


def test_the_first_token_stands_for_the_text_where_the_folder_says_so(folder):
    arrays = small.write(folder)
    (folder / "1_Pooling").mkdir()
    ways = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling/config.json").write_text(json.dumps(ways))
    found = Semantic(folder, "small").embed(["Sleep spindles"])
    wanted = plainly(arrays, "[CLS] sleep spindles [SEP]", first_token=True)
    np.testing.assert_allclose(found[0], wanted, atol=2e-6)


def test_a_text_has_the_same_vector_alone_and_among_others(folder):
    small.write(folder)
    encoder = Semantic(folder, "small")
    texts = list(SENTENCES) * 100  # several passes
    alone = np.concatenate([encoder.embed([text]) for text in SENTENCES])
    together = encoder.embed(texts)
    np.testing.assert_allclose(together, np.tile(alone, (100, 1)), atol=1e-6)
    assert together.tobytes() == encoder.embed(texts).tobytes()


def test_a_long_text_is_cut_where_the_folder_says(folder):
    arrays = small.write(folder)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 5}')
    found = Semantic(folder, "small").embed(["sleep sleep sleep sleep sleep sleep sleep"])
    np.testing.assert_allclose(
        found[0], plainly(arrays, "[CLS] sleep sleep sleep [SEP]"), atol=2e-6
    )


def test_without_a_word_there_is_a_row_of_zeros(folder):
    small.write(folder)
    found = Semantic(folder, "small").embed(["", "sleep", " \n"])
    assert [bool(row.any()) for row in found] == [False, True, False]
    assert Semantic(folder, "small").embed([]).shape == (0, 12)


@pytest.mark.parametrize("text", ["\ud800 half a sign", "x" * 1_000_000, "\x00\x01", "🤖" * 500])
def test_no_text_is_too_odd(folder, text):
    small.write(folder)
    assert np.linalg.norm(Semantic(folder, "small").embed([text])) == pytest.approx(1, abs=1e-5)


def test_its_name_changes_with_its_files(folder):
    small.write(folder)
    first = Semantic(folder, "small").name
    assert first.startswith("small-")
    assert Semantic(folder, "small").name == first
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 5}')
    assert Semantic(folder, "small").name != first


def test_gelu_is_good_to_a_millionth():
    x = np.linspace(-12, 12, 480_001).astype(np.float32)
    wanted = [v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in x.astype(np.float64)]
    found = x.reshape(-1, 1).copy()
    gelu(found)
    np.testing.assert_allclose(found[:, 0], wanted, atol=1e-6)


def spoil(folder, name, text):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


MISTAKES = {
    "config.json": [
        ("{", "config.json: it is damaged"),
        ("[]", "it holds no JSON object"),
        (json.dumps({**small.CONFIG, "model_type": "t5"}), "model_type is 't5'; only 'bert'"),
        (json.dumps({**small.CONFIG, "hidden_act": "relu"}), "hidden_act is 'relu'"),
        (json.dumps({**small.CONFIG, "hidden_size": "12"}), "hidden_size is '12'"),
        (json.dumps({**small.CONFIG, "num_attention_heads": 5}), "cannot be divided"),
        (json.dumps({**small.CONFIG, "num_hidden_layers": 3}), "no weights named"),
        (json.dumps({**small.CONFIG, "vocab_size": 3}), "more words than the model"),
    ],
    "tokenizer.json": [("{}", "it is no tokenizer")],
    "model.safetensors": [("nonsense", "it is damaged")],
    "1_Pooling/config.json": [('{"pooling_mode_max_tokens": true}', "pooling_mode_max_tokens")],
    "modules.json": [('[{"type": "sentence_transformers.models.Dense"}]', "behind the encoder")],
}


@pytest.mark.parametrize(
    ("name", "text", "told"), [(name, *one) for name, some in MISTAKES.items() for one in some]
)
def test_a_folder_that_cannot_be_read_is_told_by_file_and_reason(folder, name, text, told):
    small.write(folder)
    spoil(folder, name, text)
    with pytest.raises(ModelError, match=told):
        Semantic(folder, "small").embed(["sleep"])


def test_a_folder_that_is_none_or_lacks_a_file_is_told(folder):
    with pytest.raises(ModelError, match="no such folder"):
        Semantic(folder, "small")
    small.write(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"encoder: tokenizer\.json not there"):
        Semantic(folder, "small")


def test_minilm_agrees_with_the_vectors_of_its_reference_implementation():
    """They were made by sentence-transformers 6.2.0 with torch 2.13.0 from the same files."""
    if not MINILM.is_dir():
        pytest.skip("MiniLM is not installed: newsletter model install minilm")
    reference = json.loads(REFERENCE.read_text("utf-8"))
    found = Semantic(MINILM, "minilm").embed([one["text"] for one in reference])
    np.testing.assert_allclose(found, [one["vector"] for one in reference], atol=1e-4)
