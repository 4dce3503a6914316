"""The screens of the catalogue, of a team's courses, and the course report."""
