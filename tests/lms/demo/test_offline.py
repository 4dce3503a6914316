"""The offline activities of the demo: records in every state, one activity for one user domain, a leader who may upload."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lms.demo import northfield_offline, sign_in_sheet
from lms.demo.loading import load_organisation
from lms.demo.northfield import WARD_3, WARD_3_NIGHT, make_people
from lms.demo.offline_loading import make_activity_terms
from lms.demo.organisation import loading_day
from lms.demo.organisations import make_bergmann, make_northfield
from lms.people.domains import domains_in_reach
from lms.people.models import User
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from offline_records.models import Category, OfflineRecord
from offline_records.selectors import usable_activities
from offline_records.states import State, state_on


def test_records_are_in_every_state_and_nobody_of_the_sheet_has_a_valid_one() -> None:
    made_of = {made.code: made for made in northfield_offline.make_activities()}
    people = {person.username: person for person in make_people()}
    ward = {person.username for person in make_people()[WARD_3.start : WARD_3_NIGHT.stop]}
    states: Counter[State] = Counter()
    records = northfield_offline.make_records()
    for made in records:
        activity = made_of[made.activity]
        state = state_on(
            loading_day(),
            result=made.values.get("result", ""),
            expires_on=make_activity_terms(activity).expires_on(made.completed_on),
            expiring_days=activity.expiring_days,
        )
        states[state] += 1
        assert not activity.domains or people[made.username].domain in activity.domains
        assert made.activity != northfield_offline.FIRST_AID or made.username not in ward or state is State.EXPIRED
    assert set(states) == set(State)
    assert min(states.values()) >= 10
    assert len({(made.username, made.activity, made.completed_on) for made in records}) == len(records)


@pytest.mark.django_db
def test_S01_S19_a_leader_uploads_for_one_user_domain_what_is_open_to_it() -> None:
    northfield, ward = make_northfield(), make_people()[: WARD_3_NIGHT.stop]
    records = [made for made in northfield.offline if made.username in {person.username for person in ward}]
    part = replace(
        northfield,
        people=ward,
        courses=(),
        team_courses=(),
        past=(),
        assignments=(),
        certifications=(),
        team_certifications=(),
        certified=(),
        evidence=(),
        offline=records,
    )
    tenant = load_organisation(part)
    with tenant_scope(tenant.pk):
        anna = User.objects.get(username="anna.berger")
        granted = domains_in_reach(anna, permission=Permission.IMPORT_OFFLINE_RECORDS)
        usable = usable_activities(anna, permission=Permission.IMPORT_OFFLINE_RECORDS)
        found = {
            "domains": [domain.code for domain in granted],
            "activities": sorted(usable.values_list("code", flat=True)),
            "below another": list(Category.objects.filter(parent__name="Toolbox Talks").values_list("name", flat=True)),
            "records": OfflineRecord.objects.count(),
            "failed and valid": OfflineRecord.objects.filter(result="failed", expires_on__isnull=False).count(),
            "assembly points": OfflineRecord.objects.exclude(custom={}).count(),
        }
    assert found == {
        "domains": ["clinical"],
        "activities": ["EVD", "FAW-3", "FWR", "HOI", "MFT", "TBT-01"],
        "below another": ["Estates and Catering"],
        "records": len(records),
        "failed and valid": 0,
        "assembly points": sum(made.activity == "EVD" for made in records),
    }


def test_S19_one_activity_of_bergmann_is_open_to_one_work_only() -> None:
    bergmann = make_bergmann()
    limited = {made.code: made.domains for made in bergmann.activities if made.domains}
    assert limited == {"UW-PRESSE": ("werk-linz",)}
    trained = {made.username for made in bergmann.offline if made.activity in limited}
    assert {person.domain for person in bergmann.people if person.username in trained} == {"werk-linz"}


def test_the_scan_is_a_page_that_readers_open(tmp_path: Path) -> None:
    sign_in_sheet.write_scan(tmp_path / "scan.pdf")
    written = (tmp_path / "scan.pdf").read_bytes()
    assert written.startswith(b"%PDF-1.4\n")
    start = int(written.rsplit(b"startxref\n", 1)[1].split()[0])
    assert written[start:].startswith(b"xref\n0 6\n")
    for number, line in enumerate(written[start:].splitlines()[3:8], start=1):
        assert written[int(line[:10]) :].startswith(b"%d 0 obj\n" % number)
