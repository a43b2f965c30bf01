"""Machine-learned potentials behind one registry."""
