"""Grain boundaries and interfaces: two grains joined so that their units stay whole and nothing is removed."""
