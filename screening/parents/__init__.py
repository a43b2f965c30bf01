"""Parent structures: where a campaign starts from."""
