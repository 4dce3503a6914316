"""Forms of the catalogue of offline activities: categories, activities with their settings, custom fields."""
