"""From a cell with two boundaries to the pellet: transport layer by layer, what a boundary adds, effective media."""
