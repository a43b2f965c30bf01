"""A campaign as a whole: what can be known before it starts, how it is run, checked, packed and opened."""
