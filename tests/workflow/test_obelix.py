"""Figures of merit of the benchmark on measured conductivities."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from benchmarks.obelix.merit import figures_of_merit


@pytest.mark.slow
def test_figures_of_merit_are_those_of_the_pairs():
    rng = np.random.default_rng(3)
    measured = rng.uniform(-8, -2, 40)
    computed = measured + 1.5 + rng.normal(0, 0.5, 40)
    figures = figures_of_merit(computed, measured)
    assert figures["log10_conductivity_mae"] == pytest.approx(np.abs(computed - measured).mean())
    assert figures["spearman"] == pytest.approx(spearmanr(computed, measured).statistic)
    # The mean of 40 numbers with a spread of 0.5: twice 1.96 standard errors of 0.079.
    width = figures["log10_conductivity_mae_high"] - figures["log10_conductivity_mae_low"]
    assert width == pytest.approx(2 * 1.96 * 0.5 / 40**0.5, rel=0.25)
    assert figures["spearman_low"] < figures["spearman"] < figures["spearman_high"] <= 1


def test_too_few_compounds_are_refused():
    with pytest.raises(ValueError, match="5 pairs"):
        figures_of_merit(np.arange(4.0), np.arange(4.0))
