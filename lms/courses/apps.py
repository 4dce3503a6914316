"""The courses app: the catalogue of courses and who is assigned to them."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Courses: the catalogue of courses and who is assigned to them."""

    name = "lms.courses"
    label = "courses"

    def ready(self) -> None:
        """Take part in the daily job."""
        from lms.courses.daily import assign_missing
        from lms.daily.parts import register_part

        register_part("courses", assign_missing)
