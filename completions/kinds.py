"""The kinds of message about courses (L-75, L-58): when each is sent, its shipped words, its placeholders."""

COURSE_ASSIGNED = "course_assigned"
COURSE_COMPLETED = "course_completed"
DUE_REMINDER = "due_reminder"
OVERDUE = "overdue"
RETAKE_OPEN = "retake_open"
NON_COMPLIANT = "non_compliant"

# What somebody still has to do; it no longer holds once they have done it.
OBLIGATIONS = (DUE_REMINDER, OVERDUE, RETAKE_OPEN, NON_COMPLIANT)
# Kinds for which a course may depart from the organisation's switch (E-72).
BY_COURSE = frozenset(OBLIGATIONS)
