"""The whole pipeline on a teacher whose own diffusivities are cheap to know exactly."""
