"""Relaxation and mixing enthalpy."""

# Statuses of relaxations that are still the structure that was asked for; all others are verdicts against it.
USABLE = ("converged", "not_converged")
