"""Why a record cannot be written by hand, in the words of imports. Public: `RecordRefused`, `ChoiceNeeded`, `say_problem`."""

from collections.abc import Mapping, Sequence

from lms.core.components import Words
from lms.imports.columns import RowProblem
from lms.imports.problems import describe_parts
from offline_records.page_words import PROBLEM_WORDS


class RecordRefused(Exception):  # noqa: N818 - an answer
    """What was entered cannot be; nothing was written. `problems` are those of a row of a file (S-16 to S-19, S-27)."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__(*(code for code, _field, _params in problems))
        self.problems = problems


class ChoiceNeeded(Exception):  # noqa: N818 - an answer
    """Messages would be sent, and nobody has said whether they are to be; nothing was written (E-60).

    `kinds` are the kinds of message, one of each.
    """

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__(*kinds)
        self.kinds = kinds


def say_problem(problem: RowProblem, *, labels: Mapping[str, Words]) -> str:
    """Return what is wrong in words; what to do is said of rows of a file, not of a form. `labels` name the fields."""
    code, field, params = problem
    known = {"field": str(labels[field])} if field in labels else {}
    return describe_parts(code, {**known, **params}, words=PROBLEM_WORDS)[0]
