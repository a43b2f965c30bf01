"""Candidates: substitution, site exchange and charge compensation on a parent."""
