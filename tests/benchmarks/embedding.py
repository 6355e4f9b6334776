"""How long an abstract takes to embed on one core: static, MiniLM, and torch where it is.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 HF_HUB_OFFLINE=1 \
        python -m tests.benchmarks.embedding [--texts 64] [--rounds 3]

The last line is one JSON object; CPU milliseconds a text, the best of the rounds, null for what is
not installed. `minilm_per_torch` is ours over sentence-transformers', and `largest_difference` that
of their vectors.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from newsletter import embedders
from newsletter.actions import models
from newsletter.ranking.embedding.semantic import Semantic
from newsletter.ranking.embedding.static import open_static
from tests.letters import PAPERS

Embed = Callable[[Sequence[str]], Any]


def texts(number: int) -> list[str]:
    """Return texts as long as abstracts are, about 250 tokens, no two the same."""
    pieces = [f"{paper['title']}. {paper['abstract']}" for paper in PAPERS]
    return [f"{one}. " + " ".join(pieces[one % 3 :] + pieces) for one in range(number)]


def milliseconds(embed: Embed, found: Sequence[str], rounds: int) -> float:
    """Return the CPU time of one text, in the best of the rounds."""
    embed(found[:2])  # the weights are read
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        embed(found)
        best = min(best, time.process_time() - began)
    return round(best / len(found) * 1000, 3)


def torch_embed(folder: str) -> Embed | None:
    """Return the reference implementation's embedding; None where it is not installed."""
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError:
        return None
    torch.set_num_threads(1)
    encoder = SentenceTransformer(folder, device="cpu")
    return lambda some: encoder.encode(list(some), normalize_embeddings=True)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--texts", type=int, default=64)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    found = texts(chosen.texts)
    static = open_static()
    told: dict[str, Any] = dict.fromkeys(
        ("minilm_ms", "torch_ms", "minilm_per_torch", "largest_difference")
    )
    told["static_ms"] = milliseconds(static.embed, found, chosen.rounds)
    folder = embedders.folder() / models.MINILM.name
    if models.is_there(models.MINILM, embedders.folder()):
        minilm = Semantic(folder, "minilm")
        lengths = [len(one) for one in minilm.tokens(found)]
        told["tokens"] = round(sum(lengths) / len(lengths))
        told["minilm_ms"] = milliseconds(minilm.embed, found, chosen.rounds)
        reference = torch_embed(str(folder))
        if reference:
            told["torch_ms"] = milliseconds(reference, found, chosen.rounds)
            told["minilm_per_torch"] = round(told["minilm_ms"] / told["torch_ms"], 3)
            gap = np.abs(minilm.embed(found) - reference(found)).max()
            told["largest_difference"] = float(f"{gap:.1e}")
    else:
        print("MiniLM is not installed: newsletter model install minilm")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
