"""What takes minutes or hours is measured here; README.md says how."""
