"""Pages of certifications."""
