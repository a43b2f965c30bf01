"""What analyses by layers use where nothing is said."""

#: Short and long lag between which displacements are taken, ps: past vibrations, and within few layers.
LAGS_PS = (2.0, 20.0)
#: Width of a layer, Angstrom.
WIDTH_A = 3.0
#: Share of a run that is left out at its start.
EQUILIBRATION = 0.1
#: A long lag below this is not past jumps back and forth.
LEAST_LAG_PS = 4.0
#: Longest share of the shortest run that a lag may be.
LAG_SHARE = 0.1
#: Runs that are no longer than this have no layers, ps.
SHORTEST_RUN_PS = LEAST_LAG_PS / LAG_SHARE / (1 - EQUILIBRATION)
