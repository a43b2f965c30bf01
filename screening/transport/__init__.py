"""Transport from trajectories: diffusivities, conductivities, activation energies, each with error and verdict."""

from screening.transport.analysis import analyse_temperature
from screening.transport.arrhenius import analyse_arrhenius

__all__ = ["analyse_arrhenius", "analyse_temperature"]
