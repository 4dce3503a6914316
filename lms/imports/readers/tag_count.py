"""Count the tags of a worksheet in its bare bytes, without an XML parser: the independent count of E-55.

Public: TagCount. It shares no code with the reader, so that rows or cells the reader failed to see are noticed.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import Final

_TAG: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(row|c|v|is)[\s/>]")
_HIDES_TAGS: Final = re.compile(rb"<!(?:--|\[CDATA\[)|<\?(?!xml[ \t])")
_NAMES: Final = ("row", "c", "v", "is")


class TagCount:
    """Feed the bytes of a part in blocks; `finish` gives the number of row, c, v and is start tags.

    The answer is None when comments, CDATA or processing instructions may hide or fake a tag: then bytes alone cannot tell.
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._counts: Counter[bytes] = Counter()
        self._carry = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._started = False
        self._undecided = False

    def feed(self, block: bytes) -> None:
        """Count the tags that end in `block`."""
        if not self._started and block:
            self._started = True
            self._decoder = _choose_decoder(block)
        if self._decoder is not None:
            block = self._decoder.decode(block).encode("utf-8", "surrogatepass")
        window = self._carry + block
        if self._undecided:
            return
        # A tag cut by the end of the block is kept for the next one; longer unfinished tags only lose attributes.
        cut = window.rfind(b"<")
        if cut >= 0 and len(window) - cut < 64:
            window, self._carry = window[:cut], window[cut:]
        else:
            self._carry = b""
        self._count(window)

    def finish(self) -> dict[str, int] | None:
        """Return the counts by tag name, or None if they cannot be trusted."""
        self._count(self._carry)
        if self._undecided:
            return None
        return {name: self._counts[name.encode()] for name in _NAMES}

    def _count(self, window: bytes) -> None:
        if _HIDES_TAGS.search(window):
            self._undecided = True
        self._counts.update(_TAG.findall(window))


def _choose_decoder(block: bytes) -> codecs.IncrementalDecoder | None:
    if block.startswith((codecs.BOM_UTF16_LE, b"<\x00")):
        return codecs.getincrementaldecoder("utf-16-le")(errors="replace")
    if block.startswith((codecs.BOM_UTF16_BE, b"\x00<")):
        return codecs.getincrementaldecoder("utf-16-be")(errors="replace")
    return None
