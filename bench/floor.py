"""The floor: hand-written SQL, no product code, the least work any correct program must do. Public: `run_floor`."""

import csv
import time
from pathlib import Path
from typing import Final

from django.db import connection

from lms.tenancy.scope import tenant_scope

_STAGE: Final = """
SET LOCAL datestyle = 'ISO, DMY';
CREATE TEMPORARY TABLE floor_stage (row_no int, username text, code text, day_text text) ON COMMIT DROP
"""
_RESOLVE: Final = """
ANALYZE floor_stage;
CREATE TEMPORARY TABLE floor_rows ON COMMIT DROP AS
SELECT stage.row_no, stage.username, stage.code, stage.day_text, person.id AS person_id, course.id AS course_id, day,
       row_number() OVER (PARTITION BY person.id, course.id, day ORDER BY stage.row_no) AS nth,
       row_number() OVER (PARTITION BY person.id, course.id, day <= current_date ORDER BY day DESC, stage.row_no) AS newest
FROM floor_stage stage
LEFT JOIN people_user person ON person.username_key = lower(btrim(stage.username))
LEFT JOIN courses_course course ON course.code_key = lower(btrim(stage.code))
CROSS JOIN LATERAL (
    SELECT CASE WHEN day_text ~ '^\\d{1,2}/\\d{1,2}/\\d{4}$' AND pg_input_is_valid(day_text, 'date')
                THEN day_text::date END AS day
) parsed;
ANALYZE floor_rows
"""
_ADD: Final = """
INSERT INTO completions_achievement (tenant_id, person_id, course_id, completed_on, note, origin, date_text, row_no,
                                     recorded_at)
SELECT current_setting('app.tenant')::int, person_id, course_id, day, '', 'import', day_text, row_no, now()
FROM floor_rows
WHERE person_id IS NOT NULL AND course_id IS NOT NULL AND day <= current_date AND nth = 1
ORDER BY person_id, course_id, day
ON CONFLICT DO NOTHING
"""
_UPSERT: Final = """
INSERT INTO completions_courseresult AS result (tenant_id, person_id, course_id, status, percent, completed_on,
                                                achievement_id, updated_at)
SELECT current_setting('app.tenant')::int, person_id, course_id, 'completed', 100, day, shown.id, now()
FROM floor_rows CROSS JOIN LATERAL (
    SELECT id FROM completions_achievement achievement
    WHERE achievement.person_id = floor_rows.person_id AND achievement.course_id = floor_rows.course_id
      AND achievement.completed_on = day LIMIT 1
) shown
WHERE person_id IS NOT NULL AND course_id IS NOT NULL AND day <= current_date AND newest = 1
ORDER BY person_id, course_id
ON CONFLICT (tenant_id, person_id, course_id) DO UPDATE
SET status = 'completed', percent = 100, completed_on = excluded.completed_on,
    achievement_id = excluded.achievement_id, updated_at = excluded.updated_at
"""
_RESULTS: Final = """
COPY (
    SELECT row_no, username, code, day_text,
           CASE WHEN person_id IS NULL THEN 'unknown person' WHEN course_id IS NULL THEN 'unknown course'
                WHEN day IS NULL THEN 'no date' WHEN day > current_date THEN 'future' WHEN nth > 1 THEN 'repeat'
                ELSE 'imported' END AS outcome
    FROM floor_rows ORDER BY row_no
) TO STDOUT WITH (FORMAT csv, HEADER)
"""


def run_floor(tenant_id: int, path: Path, *, results: Path) -> float:
    """Import the CSV file and write its results file; return the seconds it took."""
    began = time.monotonic()
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with path.open(encoding="utf-8", newline="") as file, cursor.copy("COPY floor_stage FROM STDIN") as copy:
            reader = csv.reader(file)
            next(reader)
            for row_no, (username, code, day) in enumerate(reader, start=2):
                copy.write(f"{row_no}\t{username}\t{code}\t{day}\n")
        for statement in (_RESOLVE, _ADD, _UPSERT):
            cursor.execute(statement)
        with results.open("wb") as output, cursor.copy(_RESULTS) as copy:
            for block in copy:
                output.write(block)
    return time.monotonic() - began
