"""E-55: the count that shares no code with the reader."""

import pytest

from lms.imports.readers.tag_count import TagCount
from tests.lms.imports.readers.workbooks import ANN_ROW, HEADER_ROW, sheet_xml

EXPECTED = {"row": 2, "c": 4, "v": 0, "is": 4}


def count(data: bytes, *, block: int) -> dict[str, int] | None:
    counter = TagCount()
    for start in range(0, len(data), block):
        counter.feed(data[start : start + block])
    return counter.finish()


@pytest.mark.parametrize("block", [1, 7, 64, 65_536])
def test_E55_tags_are_counted_wherever_a_block_ends(block: int) -> None:
    assert count(sheet_xml(HEADER_ROW + ANN_ROW).encode(), block=block) == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_E55_wide_encodings(encoding: str) -> None:
    assert count(sheet_xml(HEADER_ROW + ANN_ROW).encode(encoding), block=1_001) == EXPECTED


def test_E55_namespace_prefixes_and_similar_names() -> None:
    data = b'<x:row r="1"><x:c><x:v>1</x:v></x:c></x:row><rowBreaks/><cols><col/></cols><view/><isgn/>'
    assert count(data, block=10) == {"row": 1, "c": 1, "v": 1, "is": 0}


@pytest.mark.parametrize("text", ["<!-- <row> -->", "<![CDATA[<row>]]>", "<?note <row>?>"])
def test_E55_no_verdict_where_bytes_alone_cannot_tell(text: str) -> None:
    assert count(sheet_xml(HEADER_ROW + text).encode(), block=65_536) is None
