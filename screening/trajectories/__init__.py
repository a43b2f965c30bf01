"""Trajectories in memory, on disk and from other programs' files."""
