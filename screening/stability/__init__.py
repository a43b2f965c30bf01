"""Relaxation and mixing enthalpy."""
