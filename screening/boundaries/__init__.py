"""Grain boundaries: two grains of one crystal, joined so that its units stay whole and nothing is removed."""
