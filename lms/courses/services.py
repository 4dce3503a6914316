"""Writing the catalogue. Runs in the open tenant scope; commits nothing.

Public surface: `save_course`, `suggest_code`, `set_archived`.
"""

import re
import unicodedata
from typing import Final

from lms.audit.services import record_event
from lms.core.text import match_key
from lms.courses.memberships import expand_team_courses
from lms.courses.models import Course
from lms.people.models import User

_WORD: Final = re.compile(r"[^\W_]+")
_LETTERS: Final = 3


def suggest_code(name: str) -> str:
    """Return a code that no course of the tenant has, made from the name: "Fire Safety Awareness" gives FSA-1 (L-21)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = _WORD.findall(plain.upper())
    letters = (
        "".join(word[0] for word in words[:_LETTERS]) if len(words) > 1 else (words[0][:_LETTERS] if words else "")
    )
    stem = letters or "COURSE"
    taken = set(Course.objects.filter(code_key__startswith=match_key(f"{stem}-")).values_list("code_key", flat=True))
    numbers = range(1, len(taken) + 2)
    return next(code for number in numbers if match_key(code := f"{stem}-{number}") not in taken)


def save_course(course: Course, *, actor: User) -> None:
    """Create or change a course; an empty code is generated (L-21). A course that comes back is assigned by its teams."""
    before = Course.objects.filter(pk=course.pk).values_list("is_active", flat=True).first()
    is_new = before is None
    if not course.code:
        course.code = suggest_code(course.name)
    course.save()
    if course.is_active and before is False:
        expand_team_courses()
    record_event(
        "courses.course.created" if is_new else "courses.course.changed",
        actor=actor,
        subject_kind="course",
        subject_id=course.pk,
        subject_label=f"{course.code} {course.name}",
        details={"active": course.is_active, "open_for_import": course.open_for_import},
    )


def set_archived(course: Course, *, archived: bool, actor: User) -> None:
    """Archive a course, or bring it back; what people have recorded stays either way."""
    course.is_active = not archived
    save_course(course, actor=actor)
