"""MD engines behind one interface."""
