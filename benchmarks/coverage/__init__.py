"""How often stated intervals hold the truth, on media whose diffusivity is known exactly."""
