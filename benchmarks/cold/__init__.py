"""Conductivities at 300 K from runs as cold as a budget reaches, beside measured ones and lines from 800 K."""
