"""Config models, one module per section; `screening.config.load` reads a campaign."""
