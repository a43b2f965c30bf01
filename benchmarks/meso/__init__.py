"""Grain boundaries and interfaces: the analysis on a boundary that is none, and campaigns of real ones."""

from benchmarks.meso.fake import main

__all__ = ["main"]
