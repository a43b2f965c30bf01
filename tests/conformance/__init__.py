"""What every potential, engine, source of parents and trajectory format keeps: classes of tests to inherit.

A subclass in the tests of its room says what is tested and how it is made; docs/howto/extending.md shows one.
"""
