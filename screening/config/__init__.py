"""Config models, one module per section.

Read a campaign with `screening.config.load.load_campaign`; the models themselves live beside it.
"""
