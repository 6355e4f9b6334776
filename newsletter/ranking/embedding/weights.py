"""A model's files -> arrays and a tokenizer; what is missing, damaged or foreign is told."""

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer as Tokenizer

from newsletter.errors import ModelError

BLOCK = 2**20  # bytes hashed at a time

Tensors = Mapping[str, NDArray[np.float32]]


def read_tensors(file: Path) -> Tensors:
    """Return the arrays of a safetensors file by name, as float32. Raises ModelError."""
    try:
        with safe_open(file, framework="numpy") as opened:
            return {
                name: np.ascontiguousarray(opened.get_tensor(name), np.float32)
                for name in opened.keys()  # noqa: SIM118, it is no dict
                if "position_ids" not in name  # older files keep 0, 1, 2, ... as well
            }
    except (OSError, SafetensorError, TypeError, ValueError) as error:
        raise ModelError(file, trouble(error)) from error


def read_tokenizer(file: Path) -> Tokenizer:
    """Return the tokenizer of a tokenizer.json, which neither pads nor cuts. Raises ModelError."""
    try:
        tokenizer = Tokenizer.from_str(file.read_text("utf-8"))
    except OSError as error:
        raise ModelError(file, trouble(error)) from error
    except Exception as error:  # the library raises nothing narrower
        raise ModelError(file, f"it is no tokenizer: {error}") from error
    # MiniLM's file says 128 for both; a shorter text would be filled up and take as long.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def read_json(file: Path) -> dict[str, Any]:
    """Return the object of a JSON file. Raises ModelError."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(file, trouble(error)) from error
    if not isinstance(found, dict):
        raise ModelError(file, "it holds no JSON object")
    return found


def fingerprint(files: Iterable[Path]) -> str:
    """Return eight hex digits that tell these files' contents from others. Raises ModelError."""
    digest = blake2b(digest_size=4)
    for file in files:
        try:
            with file.open("rb") as opened:
                while block := opened.read(BLOCK):
                    digest.update(block)
        except OSError as error:
            raise ModelError(file, trouble(error)) from error
    return digest.hexdigest()


def trouble(error: Exception) -> str:
    """Return why a file could not be read."""
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read: {error.strerror}"
    return f"it is damaged or of another kind: {error}"
