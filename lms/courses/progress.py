"""What the catalogue asks about progress, answered by the app that keeps results (the catalogue knows none).

Public surface: `Pair`, `register_progress`, `find_started`, `find_completed`.
"""

from collections.abc import Callable, Collection

# (person id, course id)
Pair = tuple[int, int]
Answer = Callable[[Collection[Pair]], set[Pair]]
_started: list[Answer] = []
_completed: list[Answer] = []


def register_progress(started: Answer, *, completed: Answer | None = None) -> None:
    """Let an app say which of some pairs have a result or a completion, and which have a current completion.

    Called once, when the app is ready.
    """
    if started not in _started:
        _started.append(started)
    if completed is not None and completed not in _completed:
        _completed.append(completed)


def find_started(pairs: Collection[Pair]) -> set[Pair]:
    """Return the pairs for which anybody knows of progress; those assignments must stay."""
    return {pair for answer in _started for pair in answer(pairs)} if pairs else set()


def find_completed(pairs: Collection[Pair]) -> set[Pair]:
    """Return the pairs with a current completion; they have no due date any more (L-55)."""
    return {pair for answer in _completed for pair in answer(pairs)} if pairs else set()
