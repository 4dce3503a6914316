"""Every address and who may open it: the answer's status for each kind of person (S24, S25).

`tests/test_permission_table.py` asks each of them and fails for an address without a row. Rows name objects of acme:
"team" is Ward A, "person" is Ben, "course" is SAFE-1, "certification" is one of Ward A, "number" is an import that Lea
has uploaded. So the leader's answer is the one of somebody in reach, Bob (the learner) has no business there, and Charlie
(the owner of another tenant, at the own host) has to find nothing.

Each refusal stands beside an answer that is allowed: a row in which nobody gets in proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SIGN_IN: Final = 302  # whoever is not signed in is sent to the sign-in page


@dataclass(frozen=True)
class Rule:
    """What one method of one address answers to whom."""

    name: str
    learner: int
    leader: int
    administrator: int
    owner: int
    stranger: int
    anonymous: int = SIGN_IN
    post: bool = False
    kwargs: Mapping[str, str] = field(default_factory=dict)  # URL argument -> name of an object of the cast, or itself
    data: Mapping[str, str] = field(default_factory=dict)


def everybody(name: str, *, status: int = 200, **more: object) -> Rule:
    """An address for everybody who is signed in."""
    return Rule(name, status, status, status, status, status, **more)  # type: ignore[arg-type]


def public(name: str, *, status: int = 200, signed_in: int = 200, **more: object) -> Rule:
    """An address for everybody."""
    return Rule(name, signed_in, signed_in, signed_in, signed_in, signed_in, anonymous=status, **more)  # type: ignore[arg-type]


def team_roles(name: str, *, status: int = 200, stranger: int | None = None, **more: object) -> Rule:
    """An address for team roles and above."""
    return Rule(name, 403, status, status, status, status if stranger is None else stranger, **more)  # type: ignore[arg-type]


def administrators(name: str, *, status: int = 200, stranger: int | None = None, **more: object) -> Rule:
    """An address for administrators and owners."""
    return Rule(name, 403, 403, status, status, status if stranger is None else stranger, **more)  # type: ignore[arg-type]


def owners(name: str, *, status: int = 200, stranger: int | None = None, **more: object) -> Rule:
    """An address for owners."""
    return Rule(name, 403, 403, 403, status, status if stranger is None else stranger, **more)  # type: ignore[arg-type]


def own_import(name: str, *, status: int = 200, **more: object) -> Rule:
    """A page of an import that a leader has uploaded and that is finished: theirs, and the administrators' (L-69).

    Steps that lie behind it answer with the way to its page (302).
    """
    kwargs = {"number": "number", **more.pop("kwargs", {})}  # type: ignore[dict-item]
    return Rule(name, 404, status, status, status, 404, kwargs=kwargs, **more)  # type: ignore[arg-type]


RULES: Final = (
    # people: signing in, passwords, profile
    public("sign_in", signed_in=302),
    public("password_forgotten"),
    public("password_forgotten_sent"),
    public("password_set", kwargs={"uidb64": "x", "token": "y"}),
    everybody("sign_out", status=302, post=True),
    everybody("password_change"),
    everybody("profile"),
    # people and teams
    team_roles("people_list"),
    administrators("person_create"),
    Rule("person", 404, 200, 200, 200, 404, kwargs={"pk": "person"}),
    administrators("person_edit", stranger=404, kwargs={"pk": "person"}),
    administrators("person_send_link", status=302, stranger=404, post=True, kwargs={"pk": "person"}),
    team_roles("team_list"),
    administrators("team_create"),
    team_roles("team", stranger=404, kwargs={"pk": "team"}),
    administrators("team_edit", stranger=404, kwargs={"pk": "team"}),
    administrators("team_add_people", stranger=404, kwargs={"pk": "team"}),
    administrators(
        "team_remove_member", status=302, stranger=404, post=True, kwargs={"pk": "team", "person_pk": "person"}
    ),
    administrators("team_role_domains", stranger=404, kwargs={"pk": "team", "person_pk": "leader"}),
    administrators(
        "team_remove_role", status=302, stranger=404, post=True, kwargs={"pk": "team", "person_pk": "person"}
    ),
    owners("role_permissions"),
    owners("domain_list"),
    owners("domain_edit", stranger=404, kwargs={"pk": "domain"}),
    # courses and reports
    team_roles("course_list"),
    administrators("course_create"),
    team_roles("course", stranger=404, kwargs={"pk": "course"}),
    administrators(
        "course_archive", status=302, stranger=404, post=True, kwargs={"pk": "course"}, data={"archived": "1"}
    ),
    team_roles("course_compliance", stranger=404, kwargs={"pk": "course"}),
    administrators("course_compliance_example", stranger=404, kwargs={"pk": "course"}),
    administrators("course_assign", stranger=404, kwargs={"pk": "course"}),
    administrators(
        "course_unassign", status=302, stranger=404, post=True, kwargs={"pk": "course", "person_pk": "person"}
    ),
    administrators("team_add_courses", stranger=404, kwargs={"pk": "team"}),
    administrators(
        "team_remove_course", status=302, stranger=404, post=True, kwargs={"pk": "team", "course_pk": "course"}
    ),
    team_roles("report_list"),
    team_roles("course_report"),
    team_roles("course_report_file", kwargs={"file_format": "csv"}),
    # the organisation, its history, notices
    owners("organisation_settings"),
    owners("completion_settings"),
    administrators("audit:history"),
    administrators("audit:export", post=True, kwargs={"file_format": "csv"}),
    everybody("notifications:list"),
    owners("messages:list"),
    owners("messages:edit", kwargs={"text": "overdue", "language": "en-gb"}),
    owners("messages:preview", kwargs={"text": "overdue", "language": "en-gb"}),
    administrators("messages:undelivered"),
    administrators("messages:undelivered", stranger=404, data={"import": "1"}),
    administrators("messages:retry", status=302, post=True),
    Rule("notifications:open", 302, 404, 404, 404, 404, kwargs={"pk": "notice"}, post=True),
    everybody("notifications:read_all", status=302, post=True),
    # where everybody begins
    everybody("dashboard"),
    everybody("quick_actions"),
    everybody("help_due_dates"),
    everybody("help_certifications"),
    everybody("help_offline_records"),
    team_roles("recent_imports"),
    team_roles("search"),
    # Lea's import, and the way to it
    team_roles("imports:list"),
    team_roles("imports:start", kwargs={"kind": "completions"}),
    team_roles("imports:forget", status=302, post=True, kwargs={"kind": "completions"}),
    team_roles("imports:template_csv", kwargs={"kind": "completions"}),
    team_roles("imports:template_xlsx", kwargs={"kind": "completions"}),
    team_roles("imports:upload", status=422, post=True, data={"kind": "completions"}),
    own_import("imports:batch"),
    own_import("imports:kind", status=302),
    own_import("imports:map", status=302),
    own_import("imports:reading", status=302, post=True),
    own_import("imports:checking", status=302),
    own_import("imports:check_again", status=302, post=True),
    own_import("imports:review", status=302),
    own_import("imports:options", status=302, post=True),
    own_import("imports:leave_out", status=302, post=True),
    own_import("imports:confirm", status=302, post=True),
    own_import("imports:cancel", status=302, post=True),
    own_import("imports:continue", status=302, post=True),
    own_import("imports:withdraw", status=302),
    own_import("imports:withdraw", status=302, post=True),
    own_import("imports:rows"),
    own_import("imports:undo"),
    own_import("imports:original"),
    own_import("imports:results", kwargs={"content": "all", "file_format": "csv"}),
    own_import("imports:progress", kwargs={"page": "batch"}),
    # records of learning, and who takes a course
    Rule("record_of_learning", 404, 200, 200, 200, 404, kwargs={"pk": "person"}),
    team_roles("completion_add", stranger=404, kwargs={"pk": "person"}),
    team_roles("course_people", stranger=404, kwargs={"pk": "course"}),
    team_roles("course_move", status=302, stranger=404, kwargs={"pk": "course"}),
    team_roles("import_people", stranger=404, kwargs={"number": "number"}),
    team_roles("import_move", status=302, stranger=404, kwargs={"number": "number"}),
    # certifications, their people, what teams hold, the way to their import
    administrators("certification_upload"),
    team_roles("certification_list"),
    team_roles("certification_export", kwargs={"file_format": "csv"}),
    administrators("certification_new"),
    administrators("certification_example"),
    team_roles("certification", stranger=404, kwargs={"pk": "certification"}),
    administrators("certification_edit", stranger=404, kwargs={"pk": "certification"}),
    administrators(
        "certification_archive",
        status=302,
        stranger=404,
        post=True,
        kwargs={"pk": "certification"},
        data={"archived": "1"},
    ),
    administrators("certification_messages", stranger=404, kwargs={"pk": "certification"}),
    administrators(
        "certification_words",
        stranger=404,
        kwargs={"pk": "certification", "text": "certification_expired", "language": "en-gb"},
    ),
    administrators(
        "certification_words_preview",
        stranger=404,
        kwargs={"pk": "certification", "text": "certification_expired", "language": "en-gb"},
    ),
    team_roles("certification_people", stranger=404, kwargs={"pk": "certification"}),
    administrators("certification_assign", stranger=404, kwargs={"pk": "certification"}),
    administrators(
        "certification_unassign",
        status=302,
        stranger=404,
        post=True,
        kwargs={"pk": "certification", "person_pk": "person"},
    ),
    administrators("team_add_certifications", stranger=404, kwargs={"pk": "team"}),
    administrators(
        "team_remove_certification",
        status=302,
        stranger=404,
        post=True,
        kwargs={"pk": "team", "certification_pk": "certification"},
    ),
    administrators("certification_check"),
    administrators("certification_report"),
    administrators("certification_report_export", kwargs={"file_format": "csv"}),
    team_roles("certification_record", stranger=404, kwargs={"pk": "person", "certification_pk": "certification"}),
    administrators(
        "certification_record_add", stranger=404, kwargs={"pk": "person", "certification_pk": "certification"}
    ),
    administrators(
        "certification_record_edit",
        stranger=404,
        kwargs={"pk": "person", "certification_pk": "certification", "record_pk": "certification_record"},
    ),
    # offline activities and their categories (team roles may not upload records unless an owner lets them)
    administrators("offline_activity_list"),
    administrators("offline_activity_new"),
    administrators("offline_activity_example", post=True),
    administrators("offline_activity", stranger=404, kwargs={"pk": "offline_activity"}),
    administrators("offline_activity_edit", stranger=404, kwargs={"pk": "offline_activity"}),
    administrators(
        "offline_activity_archive",
        status=302,
        stranger=404,
        post=True,
        kwargs={"pk": "offline_activity"},
        data={"archived": "1"},
    ),
    administrators("offline_category_list"),
    administrators("offline_category_new"),
    administrators("offline_category_edit", stranger=404, kwargs={"pk": "offline_category"}),
    administrators(
        "offline_category_archive",
        status=302,
        stranger=404,
        post=True,
        kwargs={"pk": "offline_category"},
        data={"archived": "1"},
    ),
    # uploading offline records; a leader has no right to it, whosever import it is
    administrators("offline_upload"),
    Rule("offline_upload_choose", 404, 403, 302, 302, 404, kwargs={"number": "number"}, post=True),
    # offline records: of people in reach; adding for who may upload, correcting for administrators
    team_roles("offline_activity_records", stranger=404, kwargs={"pk": "offline_activity"}),
    team_roles("offline_activity_records_file", stranger=404, kwargs={"pk": "offline_activity", "file_format": "csv"}),
    team_roles("offline_record_list"),
    team_roles("offline_record_list_file", kwargs={"file_format": "csv"}),
    team_roles("offline_record", stranger=404, kwargs={"pk": "offline_record"}),
    administrators("offline_record_add"),
    administrators("offline_record_edit", stranger=404, kwargs={"pk": "offline_record"}),
    administrators("offline_record_remove", stranger=404, kwargs={"pk": "offline_record"}),
    team_roles("certification_attention"),
    team_roles("certification_attention_file", kwargs={"file_format": "csv"}),
    team_roles("compliance_list"),
    team_roles("compliance_file", kwargs={"file_format": "csv"}),
    team_roles("course_progress", stranger=404, kwargs={"pk": "course", "person_pk": "person"}),
)
