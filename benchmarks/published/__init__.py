"""Published results, measured anew: one protocol a file."""
