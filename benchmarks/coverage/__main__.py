"""`python -m benchmarks.coverage [RUNS]`: a table of bias and coverage of D* and D_sigma, and coverage.csv."""

import sys

from benchmarks.coverage.diffusivities import RUNS, main

main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
