"""The courses app: the catalogue of courses and who is assigned to them."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Courses: the catalogue of courses and who is assigned to them."""

    name = "lms.courses"
    label = "courses"
