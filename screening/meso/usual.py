"""What analyses by layers use where nothing is said."""

#: Short and long lag between which displacements are taken, ps: past vibrations, and within few layers.
LAGS_PS = (2.0, 20.0)
#: Width of a layer, Angstrom.
WIDTH_A = 3.0
