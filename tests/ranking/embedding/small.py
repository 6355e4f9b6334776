"""A sentence encoder of a few hundred numbers, made by chance, in the files of a real one."""

import json

import numpy as np
from safetensors.numpy import save_file

WORDS = "[PAD] [UNK] [CLS] [SEP] sleep spindles gate memory ##ing tapirs up ##hill a of the".split()
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 12,
    "intermediate_size": 20,
    "num_attention_heads": 3,
    "num_hidden_layers": 2,
    "max_position_embeddings": 24,
    "layer_norm_eps": 1e-12,
    "vocab_size": len(WORDS),
    "type_vocab_size": 2,
}
TOKENIZER = {
    "version": "1.0",
    # As MiniLM's own file has it: both must be undone.
    "truncation": {"max_length": 6, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
    "padding": {
        "strategy": {"Fixed": 6},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    },
    "added_tokens": [],
    "normalizer": {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": None,
        "lowercase": True,
    },
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
    "decoder": None,
    "model": {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": {word: number for number, word in enumerate(WORDS)},
    },
}


def shapes():
    """Yield the names and shapes of a BERT's arrays."""
    width, wide = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    yield "embeddings.word_embeddings.weight", (len(WORDS), width)
    yield "embeddings.position_embeddings.weight", (CONFIG["max_position_embeddings"], width)
    yield "embeddings.token_type_embeddings.weight", (2, width)
    norms, linears = ["embeddings.LayerNorm"], {}
    for number in range(CONFIG["num_hidden_layers"]):
        at = f"encoder.layer.{number}"
        for one in ("self.query", "self.key", "self.value", "output.dense"):
            linears[f"{at}.attention.{one}"] = (width, width)
        linears[f"{at}.intermediate.dense"] = (wide, width)
        linears[f"{at}.output.dense"] = (width, wide)
        norms += [f"{at}.attention.output.LayerNorm", f"{at}.output.LayerNorm"]
    for name, shape in linears.items():
        yield f"{name}.weight", shape
        yield f"{name}.bias", shape[:1]
    for name in norms:
        yield f"{name}.weight", (width,)
        yield f"{name}.bias", (width,)


def write(folder, config=None, prefix=""):
    """Write such a folder and return its arrays by name."""
    chance = np.random.default_rng(7)
    arrays = {name: chance.normal(size=shape).astype(np.float32) for name, shape in shapes()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **(config or {})}))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    ids = {f"{prefix}embeddings.position_ids": np.arange(24, dtype=np.int64)[np.newaxis]}
    named = {f"{prefix}{name}": array for name, array in arrays.items()}
    save_file(named | ids, folder / "model.safetensors")
    return arrays
