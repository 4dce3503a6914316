"""The values that views hand to the template components: small frozen dataclasses, no HTML.

Public surface: Step, Tab, Bar, and the types Tone, StepState and Words that templates turn into classes.
Must not import models or settings; templates and `lms.core.templatetags.ui` alone know the markup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

from lms.core.wording import say_share

Words = str | Promise
Tone = Literal["neutral", "info", "success", "warning", "danger", "accent"]
StepState = Literal["done", "current", "todo", "failed"]


@dataclass(frozen=True)
class Step:
    """One step of a wizard; `url` only where the person may go back to it."""

    label: Words
    state: StepState = "todo"
    url: str = ""


@dataclass(frozen=True)
class Tab:
    """One of several views of the same thing; `count` is shown as a small number behind the label."""

    label: Words
    url: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, or one part of a stacked bar; `href` leads to the list behind the number."""

    label: Words
    value: int
    tone: Tone = "accent"
    href: str = ""


@dataclass(frozen=True)
class DrawnBar:
    """A bar with its place in the picture, in hundredths of the whole (0 to 100)."""

    bar: Bar
    length: str
    offset: str = "0"
    share: str = ""


def steps_until(labels: Sequence[Words], *, current: int, urls: Sequence[str] = ()) -> list[Step]:
    """Return the steps of a wizard standing at index `current`: those before are done, those after to do.

    `urls` may be shorter than `labels`; only finished steps become links.
    """
    return [
        Step(
            label=label,
            state="done" if index < current else "current" if index == current else "todo",
            url=urls[index] if index < current and index < len(urls) else "",
        )
        for index, label in enumerate(labels)
    ]


def draw_bars(bars: Iterable[Bar]) -> list[DrawnBar]:
    """Return each bar's length against the longest one; anything above zero stays visible."""
    bars = list(bars)
    longest = max((bar.value for bar in bars), default=0)
    total = sum(bar.value for bar in bars)
    return [
        DrawnBar(
            bar=bar,
            length=_hundredths(bar.value, longest, least=0.8),
            share=say_share(bar.value, total),
        )
        for bar in bars
    ]


def draw_parts(bars: Iterable[Bar]) -> list[DrawnBar]:
    """Return the parts of one whole, side by side; parts of nothing are left out of the picture, not of the legend."""
    bars = list(bars)
    total = sum(bar.value for bar in bars)
    drawn = []
    offset = 0.0
    for bar in bars:
        length = 100 * bar.value / total if total else 0.0
        drawn.append(
            DrawnBar(
                bar=bar,
                length=f"{length:.3f}",
                offset=f"{offset:.3f}",
                share=say_share(bar.value, total),
            )
        )
        offset += length
    return drawn


def _hundredths(value: int, whole: int, *, least: float) -> str:
    if value <= 0 or whole <= 0:
        return "0"
    return f"{max(100 * value / whole, least):.2f}"
