"""Everything an import writes in one organisation, with names in place of ids and without times, to compare twins."""

from typing import Any, Final

from django.db import connection

_PARTS: Final = {
    "completions": """
        SELECT person.username, course.code, a.completed_on, a.score, a.note, a.date_text, a.row_no, a.origin,
               batch.number, a.compliant_until, a.due_on
        FROM completions_achievement a {who} LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
    "results": """
        SELECT person.username, course.code, a.status, a.percent, a.completed_on, shown.completed_on, shown.row_no,
               a.compliant_until, a.retake_opens_on, a.lapsed_on_arrival, a.messages_suppressed_through
        FROM completions_courseresult a {who}
        LEFT JOIN completions_achievement shown ON shown.id = a.achievement_id
        """,
    "links": """
        SELECT person.username, course.code, batch.number, a.row_no, a.before_status, a.before_percent,
               a.before_completed_on, before.row_no, a.after_status, a.after_completed_on, after.row_no,
               a.before_compliant_until, a.after_compliant_until, a.before_messages_suppressed_through,
               a.after_messages_suppressed_through
        FROM completions_resultchange a {who} LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        LEFT JOIN completions_achievement before ON before.id = a.before_achievement_id
        LEFT JOIN completions_achievement after ON after.id = a.after_achievement_id
        """,
    "assignments": """
        SELECT person.username, course.code, a.assigned_on, a.origin, batch.number, a.due_on, a.messages_suppressed_through
        FROM courses_courseassignment a {who} LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
    "sightings": """
        SELECT person.username, course.code, seen.completed_on, batch.number, a.row_no
        FROM completions_sighting a JOIN completions_achievement seen ON seen.id = a.achievement_id
        JOIN people_user person ON person.id = seen.person_id JOIN courses_course course ON course.id = seen.course_id
        JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
    "records": """
        SELECT person.username, certification.short_name, a.completed_on, a.due_on, a.expires_on, a.window_opens_on, a.basis,
               a.anchor_on, a.steps, a.active_period, a.origin, batch.number, a.row_no, a.date_text, a.due_text
        FROM certifications_certificationrecord a {holder} LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
    "statuses": """
        SELECT person.username, certification.short_name, a.state, shown.row_no, a.completed_on, a.window_opens_on,
               a.expires_on, a.messages_suppressed_through
        FROM certifications_certificationstatus a {holder}
        LEFT JOIN certifications_certificationrecord shown ON shown.id = a.record_id
        """,
    "status links": """
        SELECT person.username, certification.short_name, batch.number, a.row_no, a.before_state, before.row_no,
               a.before_completed_on, a.before_expires_on, a.after_state, after.row_no, a.after_completed_on,
               a.after_expires_on, a.after_messages_suppressed_through
        FROM certifications_statuschange a {holder} LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        LEFT JOIN certifications_certificationrecord before ON before.id = a.before_record_id
        LEFT JOIN certifications_certificationrecord after ON after.id = a.after_record_id
        """,
    "held by": """
        SELECT person.username, certification.short_name, a.assigned_on, a.origin, batch.number
        FROM certifications_certificationassignment a {holder} LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
    "evidence": """
        SELECT person.username, a.short_name, a.id_number, a.completed_on, a.due_on, batch.number, a.row_no, a.due_text
        FROM certifications_evidence a JOIN people_user person ON person.id = a.person_id
        LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
    "seen": """
        SELECT person.username, record.completed_on, evidence.completed_on, batch.number, a.row_no
        FROM certifications_sighting a LEFT JOIN certifications_certificationrecord record ON record.id = a.record_id
        LEFT JOIN certifications_evidence evidence ON evidence.id = a.evidence_id
        JOIN people_user person ON person.id IN (record.person_id, evidence.person_id)
        JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
    "offline": """
        SELECT person.username, activity.code, a.completed_on, a.result, a.score, a.provider, a.expires_on,
               a.is_expiry_stated, a.custom::text, a.origin, batch.number, a.row_no, a.date_text,
               a.messages_suppressed_through
        FROM offline_records_offlinerecord a JOIN people_user person ON person.id = a.person_id
        JOIN offline_records_offlineactivity activity ON activity.id = a.activity_id
        LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
    "rows": """
        SELECT batch.number, a.row_no, a.position, person.username,
               coalesce(course.code, certification.short_name, activity.code),
               a.day, a.cells::text, a.values::text,
               a.outcome, a.problems::text, a.plan::text
        FROM imports_importrow a JOIN imports_importbatch batch ON batch.id = a.batch_id AND batch.purge_on = a.purge_on
        LEFT JOIN people_user person ON person.id = a.person_id
        LEFT JOIN courses_course course ON course.id = a.item_id AND batch.kind = 'completions'
        LEFT JOIN certifications_certification certification
               ON certification.id = a.item_id AND batch.kind = 'certifications'
        LEFT JOIN offline_records_offlineactivity activity
               ON activity.id = a.item_id AND batch.kind = 'offline_records'
        """,
    "batches": """
        SELECT number, state, counts::text, planned::text, data_rows, positions, checkpoint, changed_rows, failed_in,
               undo_summary::text
        FROM imports_importbatch
        """,
    "notices": """
        SELECT person.username, a.kind, (a.params - 'batch_id' - 'items')::text, {items}, a.is_held
        FROM notifications_notice a JOIN people_user person ON person.id = a.person_id
        """,
    "outbox": """
        SELECT to_address, kind, (params - 'batch_id' - 'items')::text, {items}, state FROM notifications_outboxmessage a
        """,
    "pushes": """
        SELECT course.code, a.to_completed, a.counts::text
        FROM completions_settingspush a JOIN courses_course course ON course.id = a.course_id
        """,
    "days": "SELECT counts::text FROM daily_dailyrun",
    "events": """
        SELECT action, batch.number
        FROM audit_auditevent a LEFT JOIN imports_importbatch batch ON batch.id = a.batch_id
        """,
}
_WHO: Final = """
    JOIN people_user person ON person.id = a.person_id JOIN courses_course course ON course.id = a.course_id
"""

_HOLDER: Final = """
    JOIN people_user person ON person.id = a.person_id
    JOIN certifications_certification certification ON certification.id = a.certification_id
"""
_ITEMS: Final = """
    (SELECT jsonb_agg(item - 'course_id' - 'certification_id' - 'activity_id'
                      ORDER BY item->>'code', item->>'short_name', item->>'completed_on')
     FROM jsonb_array_elements(a.params->'items') item)::text
"""


def dump_tenant() -> dict[str, list[list[Any]]]:
    """Return every part as sorted rows of text, in the open scope."""
    dumped = {}
    with connection.cursor() as cursor:
        for name, query in _PARTS.items():
            cursor.execute(query.format(who=_WHO, holder=_HOLDER, items=_ITEMS))
            rows = [["" if value is None else str(value) for value in row] for row in cursor.fetchall()]
            dumped[name] = sorted(rows)
    return dumped
