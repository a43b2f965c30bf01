"""The version, in a module of its own: records need it, and the package itself imports what needs records."""

__version__ = "0.2.0"
