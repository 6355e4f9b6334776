"""The embedder that the settings choose, opened; models are looked for in one folder."""

import os
from pathlib import Path

from newsletter.actions import models
from newsletter.errors import ModelError
from newsletter.ranking.embedding import Embedder
from newsletter.ranking.embedding.semantic import Semantic
from newsletter.ranking.embedding.static import open_static

VARIABLE = "NEWSLETTER_MODELS"  # no setting: a folder of models serves all newsletters of a user


def folder() -> Path:
    """Return where installed models are kept."""
    return models.models_folder(os.environ.get(VARIABLE, ""))


def chosen(choice: str, letter: Path) -> str:
    """Return what `ranking.embedder` comes to: "static", a model's name, or a folder's path.

    `auto` is minilm where it is installed. A path may be relative to the newsletter's folder.
    """
    if choice == "auto":
        return "minilm" if models.is_there(models.MINILM, folder()) else "static"
    if choice == "static" or choice in models.KNOWN:
        return choice
    return str((letter / Path(choice).expanduser()).absolute())


def open_embedder(choice: str, letter: Path) -> Embedder:
    """Return the embedder of `ranking.embedder`, for the newsletter in the folder `letter`.

    Its weights are read when the first text comes. Raises ModelError.
    """
    wanted = chosen(choice, letter)
    if wanted == "static":
        return open_static()
    if wanted not in models.KNOWN:
        return Semantic(Path(wanted), Path(wanted).name)
    if not models.is_there(models.KNOWN[wanted], folder()):
        told = "ranking.embedder wants it, and it is not installed; run "
        raise ModelError(wanted, f"{told}`newsletter model install {wanted}`")
    return Semantic(folder() / wanted, wanted)


def choices(choice: str, letter: Path) -> tuple[Embedder, ...]:
    """Return the chosen embedder, and behind it the one that ranks until it has caught up."""
    first = open_embedder(choice, letter)
    return (first,) if chosen(choice, letter) == "static" else (first, open_static())
