"""The screens of offline activities and their records."""
