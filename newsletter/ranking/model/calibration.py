"""How high a score must be for "about so many papers a week"."""

import numpy as np
from numpy.typing import NDArray


def threshold_for(a_week: float, window_scores: NDArray[np.floating], window_days: float) -> float:
    """Return the score that about `a_week` papers of a week reach, judged by a past window.

    `window_scores` are one topic's or library's scores of all papers of the window's days. Minus
    infinity where the window held no more than was asked for. Raises ValueError if a number is
    not over 0.
    """
    if a_week <= 0 or window_days <= 0:
        raise ValueError(f"so many a week and so many days must be over 0: {a_week}, {window_days}")
    wanted = a_week * window_days / 7
    highest = -np.sort(-np.asarray(window_scores, np.float64))
    if wanted >= len(highest):
        return float("-inf")
    place = int(wanted)
    above = highest[place - 1] if place else highest[0] + 1e-6
    return float((above + highest[place]) / 2)
