"""The baselines of the ranking benchmark are what their names say."""

import numpy as np
import pytest
from scipy import optimize, sparse

from tests.benchmarks.ranking_baselines import linear_svm


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_linear_svm_is_where_its_loss_is_least(seed):
    chance = np.random.default_rng(seed)
    rows = sparse.random(60, 12, 0.4, "csr", rng=chance)
    sides = np.where(np.arange(60) < 7, 1.0, -1.0)
    share = np.where(sides > 0, 60 / (2 * 7), 60 / (2 * 53)) * 0.5

    def loss(at):
        short = np.maximum(0, 1 - sides * (rows @ at[:-1] + at[-1]))
        return at @ at / 2 + (share * short**2).sum()

    weights, bias = linear_svm(rows, sides, 0.5)
    least = optimize.minimize(loss, np.zeros(13), method="BFGS", options={"gtol": 1e-8})
    assert loss(np.append(weights, bias)) == pytest.approx(least.fun, rel=1e-9)
    assert np.append(weights, bias) == pytest.approx(least.x, abs=1e-4)
