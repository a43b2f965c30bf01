"""Computed conductivities beside OBELiX's measured ones: what a ranking's number is worth."""
