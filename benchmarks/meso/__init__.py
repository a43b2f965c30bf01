"""Grain boundaries and interfaces: the analysis on walks that are known exactly, and campaigns of real boundaries."""

from benchmarks.meso import fake
from benchmarks.meso.coverage import coverage

SEEDS = 40


def main() -> dict[str, float]:
    """Figures of the analysis: a boundary that is none, and how often errors hold the truth."""
    return {**fake.main(), **coverage(SEEDS, first=100)}
