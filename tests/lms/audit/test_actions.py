"""Every action that the product records has words on screen."""

import re
from pathlib import Path

from lms.audit.actions import ACTIONS

ROOT = Path(__file__).parents[3]
RECORDED = re.compile(r"record_event\(\s*(?:action=)?(.*?)[,)]", re.DOTALL)
CODE = re.compile(r'"([a-z_]+\.[a-z_]+\.[a-z_]+)"')


def test_every_recorded_action_is_named() -> None:
    sources = [
        path
        for app in ("lms", "completions", "certifications", "offline_records")
        for path in (ROOT / app).rglob("*.py")
    ]
    recorded = {code for path in sources for call in RECORDED.findall(path.read_text()) for code in CODE.findall(call)}

    assert len(recorded) > 10
    assert recorded - set(ACTIONS) == set()
