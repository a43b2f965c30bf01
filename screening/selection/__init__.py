"""Who goes on and who wins: shortlist, successive halving, ranking."""
