"""Long lists that are written in SQL, as sequences for `lms.core.paging`: counted and read when asked, a page at a time.

Public: `LazyList`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Generic, Self, TypeVar

Entry = TypeVar("Entry")


class LazyList(ABC, Generic[Entry]):
    """Entries from `start` to before `stop` of a fixed order. Subclasses say how they are counted and read."""

    def __init__(self, *, start: int = 0, stop: int | None = None) -> None:
        self._start, self._stop = start, stop
        self._read: list[Entry] | None = None

    @abstractmethod
    def part(self, *, start: int, stop: int | None) -> Self:
        """Return the same list from `start` to before `stop`."""

    @abstractmethod
    def count_entries(self, limits: str) -> int:
        """Return how many there are within `limits` (OFFSET and LIMIT in SQL)."""

    @abstractmethod
    def read_entries(self, limits: str) -> Iterable[Entry]:
        """Return the entries within `limits` in their order."""

    def order_by(self) -> Self:
        """The order is fixed."""
        return self

    def count(self) -> int:
        """How many there are in this part. One query."""
        return self.count_entries(self._limits)

    def __getitem__(self, part: slice) -> Self:
        start = self._start + (part.start or 0)
        return self.part(start=start, stop=self._stop if part.stop is None else self._start + part.stop)

    def __iter__(self) -> Iterator[Entry]:
        if self._read is None:
            self._read = list(self.read_entries(self._limits))
        return iter(self._read)

    def __len__(self) -> int:
        return len(list(iter(self)))

    @property
    def _limits(self) -> str:
        limit = "" if self._stop is None else f" LIMIT {self._stop - self._start:d}"
        return f"OFFSET {self._start:d}{limit}"
