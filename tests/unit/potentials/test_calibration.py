"""What is known of a potential's error against measured conductivities."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from screening.potentials.calibration import figures_of_merit, typical_error
from screening.selection.ranking import rank


def test_a_potential_nobody_compared_has_no_typical_error():
    assert typical_error("lj") is None


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


def test_the_ranking_shows_it_beside_conductivities_only():
    candidates = [{"id": i, "parent": "p", "composition": "c", "done": "d"} for i in ("a", "b")]
    stability = {
        i: {
            "relaxation": "converged",
            "reason": "",
            "mixing_enthalpy_meV_atom": 1.0,
            "mixing_enthalpy_error_meV_atom": 0.5,
            "mixing_against": "x",
        }
        for i in ("a", "b")
    }
    arrhenius = {
        "a": {"verdict": "resolved", "reason": "", "conductivity_300K_mS_cm": 1.0},
        "b": {"verdict": "upper_bound", "reason": "caged", "conductivity_300K_mS_cm": None},
    }
    shortlisted = {i: {"reason": ""} for i in ("a", "b")}
    rows = rank(
        candidates, stability, shortlisted, arrhenius, typical_error_log10_conductivity=1.2, doubts={"a": "it swells"}
    )
    assert [row["typical_error_log10_conductivity"] for row in rows] == [1.2, None]
    assert [row["reason"] for row in rows] == ["it swells", "caged"]
