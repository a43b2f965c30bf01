"""What analyses by layers use where nothing is said."""

#: Short and long lag between which displacements are taken, ps: past vibrations, and within few layers.
LAGS_PS = (2.0, 20.0)
#: Width of a layer, Angstrom.
WIDTH_A = 3.0
#: Share of a run that is left out at its start.
EQUILIBRATION = 0.1
#: A long lag below this is not past jumps back and forth.
LEAST_LAG_PS = 4.0
