"""Cheap looks at a parent before any molecular dynamics: bond-valence percolation and single hops."""
