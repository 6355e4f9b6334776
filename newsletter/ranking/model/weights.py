"""The weights of the ranking model, in one place; how they were got stands beside each."""

import math

# Ridge of a library in the whitened space: lambda = max(LEAST, LAMBDA / papers liked) for an
# archive of LAMBDA_ARCHIVE papers, scaled with its size.
LAMBDA_ARCHIVE = 13_600
LAMBDA_LEAST = 50.0
LAMBDA = 2000.0
SECOND = 0.5  # of the second embedder's vectors beside the first's of length 1

# Weights of the parts, each part in units of its spread between two papers by chance. Titles alone
# hold few words, so the weights go with the archive's mean length, in words that carry a subject.
SHORT, LONG = 8.0, 100.0
WORDS = 1.0
EMBEDDING = {"static": (3.0, 0.3), "semantic": (10.0, 0.7)}  # at SHORT, at LONG
CATEGORY = 0.4
FIRST_CATEGORY = 2.0  # the first category named is the paper's own
CONTEXT = {"static": (0.0, 0.6), "semantic": (0.0, 0.0)}

# Of a paper's COMPANY nearest papers beside its own place in the embedding, at SHORT and at LONG:
# a title says little, an abstract enough.
COMPANY_WEIGHT = (3.0, 0.0)
COMPANY = 10
COMPANY_AMONG = 16_384  # papers: seeking among more costs time that grows with the square

# The same in a small archive, where the likenesses are not whitened.
NEAR = {"static": (1.0, 1.0), "semantic": (1.5, 1.5)}

# The accurate mode: kernel exp(SHARPNESS (likeness - 1)), ridge RIDGE; of the likeness, words have
# KERNEL_WORDS. What it says is added to the rest with KERNEL x papers liked / KERNEL_PAPERS: it
# learns from many papers more than a mean does, from few less.
KERNEL = {"static": (8.0, 0.3), "semantic": (12.0, 0.7)}
KERNEL_WORDS = {"static": 0.3, "semantic": 0.15}
KERNEL_PAPERS = 15.0
SHARPNESS = 3.0
RIDGE = 8.0

# A text topic: BM25 + this x cosine, both in units of their spread over the reference window.
TOPIC = {"static": 1.1, "semantic": 2.5}

PAIR = 0.1  # of a pair of neighbouring words, beside 1 for a single one

NEAREST = 3  # best papers of a library that count in a small archive
DISLIKE = 0.2  # of a liked paper's weight; `python -m tests.benchmarks.dislikes`
HALF_LIFE_DAYS = 365.0


def between(pair: tuple[float, float], length: float) -> float:
    """Return the weight for texts of so many words: linear in the logarithm, flat outside."""
    share = math.log(max(length, 1.0) / SHORT) / math.log(LONG / SHORT)
    return pair[0] + (pair[1] - pair[0]) * min(max(share, 0.0), 1.0)
