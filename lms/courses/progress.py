"""Whether somebody has started a course: asked here, answered by the app that keeps results (the catalogue knows none).

Public surface: `Pair`, `register_progress`, `find_started`.
"""

from collections.abc import Callable, Collection

# (person id, course id)
Pair = tuple[int, int]
Answer = Callable[[Collection[Pair]], set[Pair]]
_answers: list[Answer] = []


def register_progress(answer: Answer) -> None:
    """Let an app say which of some pairs have a result or a completion; called once, when the app is ready."""
    if answer not in _answers:
        _answers.append(answer)


def find_started(pairs: Collection[Pair]) -> set[Pair]:
    """Return the pairs for which anybody knows of progress; those assignments must stay."""
    return {pair for answer in _answers for pair in answer(pairs)} if pairs else set()
