"""E-54: delimiter and quote character from the first lines."""

import pytest

from lms.imports.readers.delimiters import Dialect, detect_dialect, read_sep_line

KNOWN = frozenset({"username", "coursecode", "completiondate"})


def detect(text: str, *, known: frozenset[str] = frozenset(), declared: str | None = None) -> Dialect:
    return detect_dialect(
        text.splitlines(keepends=True), declared=declared, delimiter=None, quote=None, known_headers=known
    )


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n", ";"),
        ("a\tb\n1\t2,5\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a:b\n1:2\n", ":"),
        ("id;name\n1;Müller, Jörg\n2;Abt, Ann\n", ";"),
        ('id,name\n1,"Müller; Jörg"\n2,"Abt; Ann"\n', ","),
        ("name,at\nann,10:00:00\nbob,11:00:00\n", ","),
        ("Report of 10:00\nname,at\nann,10:00:00\nbob,11:00:00\n", ","),
        ("Export, all wards\n\nid;name;day\n1;Ann;2\n2;Bob;3\n3;Cy;4\n", ";"),
        ("username\nann\nbob\n", ","),
        ("http://example.org/a\nhttp://example.org/b\n", ","),
        ("a,b,c\n1,2\n1,2,3,4\n1,2,3\n", ","),
    ],
)
def test_E54_delimiter(text: str, delimiter: str) -> None:
    assert detect(text) == Dialect(delimiter=delimiter, quote='"')


def test_E54_known_column_names_decide() -> None:
    text = "username|course code, title|completion date, time\nann|SAFE-1, x|2024-05-01, y\n"
    assert detect(text, known=frozenset({"username", "coursecode,title"})).delimiter == "|"


def test_E54_single_quotes() -> None:
    assert detect("'a','b'\n'1','x, y'\n") == Dialect(delimiter=",", quote="'")
    assert detect("a,b\n'tis,1\nO'Neil,2\n") == Dialect(delimiter=",", quote='"')


def test_E54_sep_line_declares_the_delimiter() -> None:
    assert read_sep_line("sep=;\r\n") == ";"
    assert read_sep_line("\ufeffSEP=\t\n") == "\t"
    assert read_sep_line('"sep=|"\n') == "|"
    assert read_sep_line("separator;b\n") is None
    assert detect("a,b\n1,2\n", declared=";").delimiter == ";"
