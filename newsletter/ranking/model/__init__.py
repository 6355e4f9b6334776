"""The ranking model, pure: an archive's words and vectors in, scores in named parts out.

    bags = [words.bag(title, abstract), ...]                # a paper, kept as long as its text
    papers = Papers(bags, (vectors,), "static", categories)  # vectors (n, d) of the embedder's kind
    archive = Archive(papers, reference=window_rows)         # mode picked: small|scalable|accurate
    libraries = Libraries.of([Library(liked_rows, disliked_rows, liked_weights), ...], len(archive))
    scorer = Scorer(archive, candidate_rows, libraries.matrix.indices)
    for first, scores in scorer.blocks(libraries): ...       # (<= 2048 readers, candidates)
    explain(scorer, libraries, which, candidate)             # parts that sum to that score
    quotes(archive.words, part.terms, text)                  # where its terms stand in a text
    score_topic(archive, topic_bag(text, keywords), vector, candidate_rows)
    threshold_for(10, window_scores, 30)

Liked papers, candidates and the reference window are all rows of the archive. A paper known only
because somebody likes it is a row too, with `counted` false: it makes up no statistics. All scores
are in spreads over the reference window, 0 its mean, so those of topics and libraries compare.
`scorer.scales(libraries)` may be kept as long as archive and libraries stay, and handed to `blocks`
to spare a third of the work. No file, no clock, no database, no chance: equal input, equal bytes.
"""

from newsletter.ranking.model.archive import Archive, Papers, pick_mode
from newsletter.ranking.model.calibration import threshold_for
from newsletter.ranking.model.explaining import LikedPart, exact_score, explain
from newsletter.ranking.model.freetext import score_topic, topic_bag
from newsletter.ranking.model.library import Libraries, Library, decay
from newsletter.ranking.model.quoting import Quote, quotes
from newsletter.ranking.model.scorer import Scales, Scorer
from newsletter.ranking.model.words import Bag, bag, phrases

__all__ = [
    "Archive",
    "Bag",
    "Libraries",
    "Library",
    "LikedPart",
    "Papers",
    "Quote",
    "Scales",
    "Scorer",
    "bag",
    "decay",
    "exact_score",
    "explain",
    "phrases",
    "pick_mode",
    "quotes",
    "score_topic",
    "threshold_for",
    "topic_bag",
]
