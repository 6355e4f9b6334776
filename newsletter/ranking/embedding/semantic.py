"""The semantic embedder: a BERT-type sentence encoder from a folder, such as all-MiniLM-L6-v2.

The folder holds `config.json`, `tokenizer.json` and `model.safetensors`, and where its maker wrote
them `sentence_bert_config.json` (the longest text) and `1_Pooling/config.json`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsletter.errors import ModelError
from newsletter.ranking.embedding import Vectors, normalised, readable
from newsletter.ranking.embedding.bert import Encoder, encode, to_encoder
from newsletter.ranking.embedding.weights import (
    Tokenizer,
    fingerprint,
    read_json,
    read_tensors,
    read_tokenizer,
)

NEEDED = ("config.json", "tokenizer.json", "model.safetensors")
LIMITS = "sentence_bert_config.json"
POOLING = "1_Pooling/config.json"
MODULES = "modules.json"
TOKENS = 2048  # in one pass: more is not faster
MOST_TOKENS = 512  # of a text, where the folder does not say


@dataclass(eq=False)
class Semantic:
    """An embedder that reads words in their context."""

    folder: Path
    label: str  # the beginning of its name
    name: str = field(init=False)
    dimensions: int = field(init=False)

    def __post_init__(self) -> None:
        """Look at the folder; its weights are read when the first text comes."""
        self.config = checked(self.folder)
        self.first_token = pools_first_token(self.folder)
        self.longest = longest(self.folder, self.config)
        self.dimensions = int(self.config["hidden_size"])
        there = [self.folder / one for one in (*NEEDED, LIMITS, POOLING)]
        self.name = f"{self.label}-{fingerprint(one for one in there if one.is_file())}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a row of length 1 a text, shape (n, d); zeros for a text without a word.

        A text's row does not depend on the texts beside it by more than 1e-6. The end of a text
        with more tokens than the model takes (256 for MiniLM) is not read.
        """
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        ids = {
            place: found
            for place, found in enumerate(self.tokens(texts))
            if texts[place] and not texts[place].isspace()
        }
        for batch in batches({place: len(found) for place, found in ids.items()}):
            groups = [
                np.array([ids[place] for place in places], np.int64)
                for _, places in groupby(batch, lambda place: len(ids[place]))
            ]
            rows[batch] = np.concatenate(
                [self.pool(states) for states in encode(self.encoder, groups)]
            )
        return normalised(rows)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token ids, with those that mark its beginning and end."""
        found = self.tokenizer.encode_batch_fast([readable(text) for text in texts])
        return [one.ids for one in found]

    def pool(self, states: NDArray[np.float32]) -> Vectors:
        """Return a row a text, from its tokens' vectors: their mean, or the first one."""
        return states[:, 0] if self.first_token else states.mean(axis=1)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """What cuts texts into tokens."""
        tokenizer = read_tokenizer(self.folder / "tokenizer.json")
        if tokenizer.get_vocab_size() > self.config["vocab_size"]:
            told = "it has more words than the model"
            raise ModelError(self.folder / "tokenizer.json", told)
        tokenizer.enable_truncation(self.longest)
        return tokenizer

    @cached_property
    def encoder(self) -> Encoder:
        """The weights."""
        file = self.folder / "model.safetensors"
        tensors, config = read_tensors(file), self.config
        sizes = config["num_hidden_layers"], config["num_attention_heads"]
        try:
            return to_encoder(tensors, *sizes, config["layer_norm_eps"])
        except KeyError as error:
            raise ModelError(file, f"it holds no weights named {error}") from error
        except ValueError as error:
            raise ModelError(file, f"its weights do not fit config.json: {error}") from error


def batches(lengths: dict[int, int]) -> Iterator[list[int]]:
    """Yield the places of texts, the longest texts first, about `TOKENS` tokens at a time."""
    batch: list[int] = []
    size = 0
    for place in sorted(lengths, key=lambda one: (-lengths[one], one)):
        if batch and size + lengths[place] > TOKENS:
            yield batch
            batch, size = [], 0
        batch.append(place)
        size += lengths[place]
    if batch:
        yield batch


def checked(folder: Path) -> dict[str, Any]:
    """Return the folder's config.json. Raises ModelError if it is no encoder of BERT's kind."""
    if not folder.is_dir():
        raise ModelError(folder, "there is no such folder")
    lacking = [one for one in NEEDED if not (folder / one).is_file()]
    if lacking:
        told = f"it is no sentence encoder: {' and '.join(lacking)} not there"
        raise ModelError(folder, told)
    file = folder / "config.json"
    config = read_json(file)
    wanted = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for key, value in wanted.items():
        if config.get(key, value) != value or (key == "model_type" and key not in config):
            told = f"{key} is {config.get(key)!r}; only {value!r} can be read"
            raise ModelError(file, told)
    config.setdefault("layer_norm_eps", 1e-12)
    counts = ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
    for key in (*counts, "max_position_embeddings"):
        if type(config.get(key)) is not int or config[key] < 1:
            raise ModelError(file, f"{key} is {config.get(key)!r}; expected a number from 1")
    if config["hidden_size"] % config["num_attention_heads"]:
        raise ModelError(file, "hidden_size cannot be divided by num_attention_heads")
    return config


def pools_first_token(folder: Path) -> bool:
    """Return whether the first token stands for the text, and not the mean of all.

    Raises ModelError if the folder wants anything else between the encoder and the length of 1.
    """
    modules = folder / MODULES
    if modules.is_file():
        told = modules.read_text("utf-8", "replace")
        if "models.Dense" in told or "models.CNN" in told:
            raise ModelError(modules, "it has a layer behind the encoder that cannot be read")
    file = folder / POOLING
    if not file.is_file():
        return False
    config = read_json(file)
    ways = {key for key, value in config.items() if key.startswith("pooling_mode") and value}
    if ways == {"pooling_mode_cls_token"}:
        return True
    if ways != {"pooling_mode_mean_tokens"}:
        raise ModelError(file, f"{', '.join(sorted(ways)) or 'no way of pooling'}: cannot be read")
    return False


def longest(folder: Path, config: dict[str, Any]) -> int:
    """Return how many tokens of a text are read."""
    file = folder / LIMITS
    told = read_json(file).get("max_seq_length") if file.is_file() else None
    found = told if isinstance(told, int) and told > 2 else MOST_TOKENS
    return min(found, int(config["max_position_embeddings"]))
