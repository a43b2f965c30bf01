"""From trajectories to diffusivity, conductivity and activation energy, with errors and verdicts."""
