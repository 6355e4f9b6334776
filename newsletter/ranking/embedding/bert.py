"""BERT's forward pass in numpy: token ids -> a vector a token (Devlin et al., NAACL 2019).

Texts are laid end to end without padding, so no token is worked out for nothing. Only attention
looks at single texts; texts of one length go through it together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsletter.ranking.embedding.weights import Tensors

Matrix = NDArray[np.float32]
Ids = NDArray[np.int64]  # shape (n, l): n texts of l tokens

ROWS = 64  # tokens whose GELU is worked out at a time: they stay in the processor's cache
SCORES = 2**18  # attention scores worked out at a time, for the same reason

# ln(F(x) / F(-x)) = x p(x^2), F the normal distribution's; p's coefficients, lowest first, by
# least squares, reweighted until the largest error of x F(x) was least: below 7e-8.
GELU = (
    1.5957684322295456,
    0.07266856703021363,
    -6.625998790144685e-05,
    -0.00011048031695390614,
    7.938218928260067e-06,
    -2.6689281972103763e-07,
    3.611232853698753e-09,
)
FAR = 30.25  # beyond x = 5.5 the fit ends, and x F(x) is x or 0 to 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """A layer normalisation."""

    scale: Matrix  # shape (d,)
    shift: Matrix
    epsilon: float

    def __call__(self, x: Matrix) -> None:
        """Normalise the rows in place."""
        x -= x.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", x, x)
        spread /= x.shape[1]
        spread += self.epsilon
        np.sqrt(spread, out=spread)
        x /= spread[:, np.newaxis]
        x *= self.scale
        x += self.shift


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A matrix and a bias, the matrix turned so that rows are multiplied from the left."""

    matrix: Matrix  # shape (in, out)
    bias: Matrix  # shape (out,)

    def __call__(self, x: Matrix, out: Matrix) -> Matrix:
        """Return x @ matrix + bias, written into `out`."""
        np.matmul(x, self.matrix, out=out)
        out += self.bias
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One of the encoder's layers."""

    query_key_value: Linear  # shape (d, 3 d); the queries divided by the root of a head's width
    attended: Linear
    attention_norm: Norm
    wide: Linear  # shape (d, w)
    narrow: Linear
    norm: Norm


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """All weights of a BERT."""

    words: Matrix  # shape (v, d)
    places: Matrix  # shape (p, d), the first token type added
    norm: Norm
    layers: tuple[Layer, ...]
    heads: int


def encode(encoder: Encoder, groups: Sequence[Ids]) -> list[Matrix]:
    """Return the last layer's vectors of each group of texts, shapes (n, l, d)."""
    width = encoder.words.shape[1]
    x = np.concatenate(
        [(encoder.words[ids] + encoder.places[: ids.shape[1]]).reshape(-1, width) for ids in groups]
    )
    encoder.norm(x)
    for layer in encoder.layers:
        forward(layer, x, groups, encoder.heads)
    ends = np.cumsum([ids.size for ids in groups])
    parts = np.split(x, ends[:-1])
    return [part.reshape(*ids.shape, width) for part, ids in zip(parts, groups, strict=True)]


def forward(layer: Layer, x: Matrix, groups: Sequence[Ids], heads: int) -> None:
    """Put the rows through a layer, in place."""
    tokens, width = x.shape
    heard = layer.query_key_value(x, np.empty((tokens, 3 * width), np.float32))
    mixed = np.empty_like(x)
    first = 0
    for ids in groups:
        last = first + ids.size
        attend(heard[first:last], mixed[first:last], ids.shape, heads)
        first = last
    said = layer.attended(mixed, np.empty_like(x))
    x += said
    layer.attention_norm(x)
    wide = layer.wide(x, np.empty((tokens, layer.wide.bias.size), np.float32))
    gelu(wide)
    x += layer.narrow(wide, said)
    layer.norm(x)


def attend(heard: Matrix, out: Matrix, shape: tuple[int, ...], heads: int) -> None:
    """Write into `out` what each token takes from its text's tokens, head by head.

    `heard` has shape (n l, 3 d): queries, keys and values of n texts of l tokens.
    """
    texts, length = shape
    parts = heard.reshape(texts, length, 3, heads, -1).transpose(2, 0, 3, 1, 4)
    query, key, value = parts[0], parts[1].swapaxes(2, 3), parts[2]
    mixed = out.reshape(texts, length, heads, -1).transpose(0, 2, 1, 3)
    step = max(1, SCORES // (heads * length * length))  # whole texts, or some heads of a long one
    band = heads if step > 1 else max(1, SCORES // (length * length))
    for text in range(0, texts, step):
        for head in range(0, heads, band):
            now = (slice(text, text + step), slice(head, head + band))
            scores = np.matmul(query[now], key[now])
            scores -= scores.max(axis=3, keepdims=True)
            np.exp(scores, out=scores)
            np.matmul(scores, value[now], out=mixed[now])
            # Divided here and not before: a head's width is a tenth of a text's length.
            mixed[now] /= scores.sum(axis=3, keepdims=True)


def gelu(x: Matrix) -> None:
    """Replace each x by x F(x), F the standard normal distribution (Hendrycks & Gimpel, 2016).

    F(x) = 1 / (1 + exp(-x p(x^2))); numpy has no erf. Good to 1e-6 for |x| up to 8.
    """
    powers = np.empty((min(ROWS, len(x)), x.shape[1]), np.float32)
    squares = np.empty_like(powers)
    for first in range(0, len(x), ROWS):
        some = x[first : first + ROWS]
        square, power = squares[: len(some)], powers[: len(some)]
        np.multiply(some, some, out=square)
        np.minimum(square, FAR, out=square)
        np.multiply(square, -GELU[-1], out=power)
        for coefficient in GELU[-2:0:-1]:
            power -= coefficient
            power *= square
        power -= GELU[0]
        power *= some
        np.minimum(power, 80, out=power)  # exp of more is no float32
        np.exp(power, out=power)
        power += 1
        some /= power


def to_encoder(tensors: Tensors, layers: int, heads: int, epsilon: float) -> Encoder:
    """Return the encoder of a BERT's named arrays. Raises KeyError with the name that lacks."""
    prefix = "bert." if "bert.embeddings.word_embeddings.weight" in tensors else ""
    named = {name.removeprefix(prefix): array for name, array in tensors.items()}

    def norm(name: str) -> Norm:
        return Norm(named[f"{name}.weight"], named[f"{name}.bias"], epsilon)

    def linear(*names: str, scale: float = 1.0) -> Linear:
        matrices = [named[f"{name}.weight"] for name in names]
        biases = [named[f"{name}.bias"] for name in names]
        # The first of three is the queries': scaled once here and not at every token.
        matrices[0], biases[0] = matrices[0] * np.float32(scale), biases[0] * np.float32(scale)
        return Linear(np.ascontiguousarray(np.concatenate(matrices).T), np.concatenate(biases))

    def layer(number: int) -> Layer:
        at = f"encoder.layer.{number}"
        heard = [f"{at}.attention.self.{one}" for one in ("query", "key", "value")]
        return Layer(
            linear(*heard, scale=1 / math.sqrt(words.shape[1] // heads)),
            linear(f"{at}.attention.output.dense"),
            norm(f"{at}.attention.output.LayerNorm"),
            linear(f"{at}.intermediate.dense"),
            linear(f"{at}.output.dense"),
            norm(f"{at}.output.LayerNorm"),
        )

    words = named["embeddings.word_embeddings.weight"]
    kinds = named["embeddings.token_type_embeddings.weight"]
    places = named["embeddings.position_embeddings.weight"] + kinds[0]
    return Encoder(
        words, places, norm("embeddings.LayerNorm"), tuple(map(layer, range(layers))), heads
    )
