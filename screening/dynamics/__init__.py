"""Molecular dynamics: protocol, engines, trajectories."""
