"""What a computed conductivity owes to each choice behind it, one changed at a time."""
