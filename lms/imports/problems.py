"""The catalogue of problems: F-codes concern the file, R-codes a row. Stored as code and parameters, worded when shown.

Public: `Level`, `Problem`, `ProblemWords`, `CATALOGUE`, `describe_problem`, `describe_parts`, `level_of`, `is_fatal`.
Imports nothing of the engine.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from lms.core.wording import say_date, say_date_format, say_number

LazyText = Any  # a str, or the promise of one
ProblemWords = tuple[LazyText, LazyText]  # (what is wrong, what to do)


class Level(StrEnum):
    """How much weight a problem has."""

    FILE = "file"  # the file cannot be imported as it is
    QUESTION = "question"  # somebody has to answer first
    ROW = "row"  # the row fails
    WARNING = "warning"
    INFO = "info"


class Problem(NamedTuple):
    """One entry of the catalogue. `sentence` and `fix` are %-templates over the stored parameters."""

    level: Level
    sentence: LazyText
    fix: LazyText = ""


CATALOGUE: Final[dict[str, Problem]] = {
    "F001": Problem(Level.FILE, _("This file cannot be read."), _("Save it as .xlsx or .csv and try again.")),
    "F002": Problem(Level.FILE, _("The file has no rows below the header."), _("Add rows and upload it again.")),
    "F003": Problem(Level.FILE, _("%(n)s rows found, %(limit)s allowed."), _("Split the file.")),
    "F004": Problem(Level.FILE, _("No column holds %(field)s."), _("Choose the column that holds %(field)s.")),
    "F005": Problem(Level.FILE, _("%(header)s occurs %(n)s times."), _("Choose one.")),
    "F006": Problem(Level.QUESTION, _("Dates such as %(sample)s can be read two ways."), _("Pick one.")),
    "F007": Problem(
        Level.WARNING,
        _("Row %(a)s only makes sense day-first, row %(b)s only month-first."),
        _("Bring the dates of the whole column into one order."),
    ),
    "F008": Problem(Level.WARNING, _("Same file as import %(number)s of %(date)s (%(state)s).")),
    "F009": Problem(Level.FILE, _("Template is for %(x)s; you chose %(y)s."), _("Download the template again.")),
    "F010": Problem(
        Level.FILE, _("The file is too large: %(detail)s."), _("Split the file or remove what is not data.")
    ),
    "F011": Problem(
        Level.QUESTION,
        _("%(n)s rows of this sheet are hidden."),
        _("Import all %(total)s rows, or only the %(m)s you can see?"),
    ),
    "F012": Problem(Level.WARNING, _("%(a)s and %(b)s are each in order from top to bottom."), ""),
    "F013": Problem(Level.WARNING, _("From row %(a)s to %(b)s, %(field)s goes up by one in every row."), ""),
    "F014": Problem(
        Level.FILE,
        _("This template is of %(date)s. Since then %(activity)s has changed: %(fields)s."),
        _("Download the new template."),
    ),
    "F015": Problem(
        Level.FILE,
        _("%(n)s rows became impossible since the check. Nothing was imported."),
        _("Check the file again."),
    ),
    "R101": Problem(Level.ROW, _("%(field)s is empty."), _("Fill it in.")),
    "R102": Problem(
        Level.ROW,
        _('No person with %(field)s "%(value)s" that you manage.'),
        _("Check the spelling, or ask an administrator."),
    ),
    "R103": Problem(Level.ROW, _('%(n)s people match "%(value)s".'), _("Use the username.")),
    "R104": Problem(Level.WARNING, _("Recorded; this person is deactivated.")),
    "R105": Problem(
        Level.ROW, _('A spreadsheet may have changed "%(value)s".'), _("Format the column as text and type it again.")
    ),
    "R106": Problem(
        Level.ROW,
        _('%(username)s is %(here)s; your file says "%(value)s".'),
        _("Check that the row belongs to this person."),
    ),
    "R107": Problem(
        Level.ROW, _("%(username)s is deactivated."), _("Rows of deactivated people are not accepted here.")
    ),
    "R108": Problem(
        Level.ROW,
        _('"%(value)s" is not in the user domain %(domain)s.'),
        _("Leave the row out, or move the person first."),
    ),
    "R201": Problem(Level.ROW, _("%(field)s is empty."), _("Fill it in.")),
    "R202": Problem(
        Level.ROW, _('No %(item)s "%(value)s" that you can use.'), _("Check the code, or ask an administrator.")
    ),
    "R203": Problem(Level.ROW, _("The two references do not belong together.")),
    "R204": Problem(Level.WARNING, _('%(id)s is used with "%(a)s" and "%(b)s".')),
    "R205": Problem(Level.INFO, _("Will be kept as evidence, not as a certification.")),
    "R206": Problem(
        Level.ROW, _('"%(value)s" is closed for imports.'), _("Open it in its settings, or leave the row out.")
    ),
    "R207": Problem(Level.INFO, _('Left out: the status is "%(value)s".')),
    "R208": Problem(Level.INFO, _("Left out: this is a sample row of the template.")),
    "R209": Problem(
        Level.ROW,
        _('The row says "%(value)s", this import is for %(chosen)s.'),
        _("Correct the cell, or leave it empty."),
    ),
    "R210": Problem(
        Level.ROW,
        _("%(value)s is not open to the user domain %(domain)s."),
        _("Choose another, or open it in its settings."),
    ),
    "R211": Problem(Level.INFO, _("Left out by %(person)s after the check.")),
    "R301": Problem(Level.ROW, _("%(field)s is empty."), _("Fill it in.")),
    "R302": Problem(Level.ROW, _('"%(value)s" is not a date in the form %(format)s.'), _("Correct the date.")),
    "R303": Problem(Level.ROW, _("%(date)s is in the future."), _("Correct the date.")),
    "R304": Problem(Level.ROW, _("%(date)s is too early."), _("Correct the date.")),
    "R305": Problem(Level.ROW, _('"%(value)s" is not a date.'), _("Leave it empty if unknown.")),
    "R306": Problem(Level.INFO, _("Late by %(n)s days.")),
    "R401": Problem(Level.INFO, _("Already recorded. Nothing will change.")),
    "R402": Problem(Level.WARNING, _("The current completion, %(date)s, is newer.")),
    "R403": Problem(Level.INFO, _("Same as row %(n)s.")),
    "R404": Problem(Level.INFO, _("Kept as history.")),
    "R405": Problem(Level.WARNING, _("Lapsed since %(date)s.")),
    "R406": Problem(Level.WARNING, _("Retake opens at once.")),
    "R407": Problem(
        Level.WARNING, _('Already recorded with %(field)s "%(a)s"; your file says "%(b)s". Nothing changes.')
    ),
    "R408": Problem(Level.INFO, _("Completed before the window opened: the expiry stays %(date)s.")),
    "R410": Problem(Level.INFO, _("Completed before the course was assigned on %(date)s.")),
    "R409": Problem(Level.INFO, _("The course is archived: kept as history only.")),
    "R501": Problem(Level.ROW, _('%(field)s "%(value)s" must be a number from %(min)s to %(max)s.'), _("Correct it.")),
    "R502": Problem(Level.ROW, _("%(field)s has %(n)s characters, %(max)s are allowed."), _("Shorten it.")),
    "R503": Problem(Level.ROW, _('%(field)s "%(value)s" is not one of: %(list)s.'), _("Use one of these.")),
    "R504": Problem(
        Level.ROW,
        _("The cell of %(field)s holds %(value)s instead of a value."),
        _("Put the value itself into the cell."),
    ),
    "R505": Problem(
        Level.ROW,
        _("%(field)s holds the invisible character %(character)s at position %(n)s."),
        _("Type the value again."),
    ),
    "R506": Problem(Level.ROW, _("%(field)s is empty."), _("Fill it in.")),
    "R507": Problem(Level.ROW, _("%(date)s is before the completion date, %(a)s."), _("Correct one of the two dates.")),
    "R601": Problem(
        Level.ROW, _("Row has %(a)s cells, header has %(b)s."), _("Check for missing or extra separators.")
    ),
    "R901": Problem(Level.ROW, _("Changed since the check: %(why)s"), _("Run the check again.")),
    "R902": Problem(
        Level.ROW, _("Our fault, reference %(reference)s; counted as failed, never as success."), _("Ask your contact.")
    ),
    "R903": Problem(
        Level.INFO, _("The check said: %(a)s. It became: %(b)s, because something else changed in between.")
    ),
}

# F001 tells by kind what to do (screens: Upload).
F001_BY_KIND: Final[dict[str, tuple[LazyText, LazyText]]] = {
    "xls": (_("This is an old Excel file (.xls)."), _("Open it in Excel and save it as .xlsx.")),
    "password": (
        _("This file is protected by a password, or is an old Excel file."),
        _("Remove the password under File > Info, or save it as .xlsx."),
    ),
    "xlsm": (_("This workbook contains macros."), _("Save it as .xlsx without macros.")),
    "xlsb": (_("This is a binary Excel file (.xlsb)."), _("Save it as .xlsx.")),
    "ods": (_("This is an OpenDocument file."), _("Export it as .xlsx.")),
    "numbers": (_("This is a Numbers file."), _("Export it as .xlsx.")),
    "html": (_("This is a web page, not a table."), _("Open it in Excel and save it as .xlsx.")),
    "xml": (_("This is an XML file, not a table."), _("Open it in Excel and save it as .xlsx.")),
    "json": (_("This is a JSON file, not a table."), _("Export the data as .csv or .xlsx.")),
    "pdf": (_("This is a PDF, not a table."), _("Export the data as .csv or .xlsx.")),
    "gzip": (_("This file is compressed."), _("Unpack it and upload the .csv or .xlsx inside.")),
    "zip": (_("This file is compressed."), _("Unpack it and upload the .csv or .xlsx inside.")),
    "image": (_("This is a picture, not a table."), _("Export the data as .csv or .xlsx.")),
    "encoding": (
        _("The text of this file is not in the encoding %(encoding)s (first at row %(row)s)."),
        _("Choose another encoding, or save the file as UTF-8."),
    ),
    "quote": (
        _("A quotation mark that opens in row %(row)s is never closed."),
        _("Close it, or choose another quotation mark."),
    ),
    "damaged": (
        _("This file is damaged or incomplete."),
        _("Open it in Excel, save it again as .xlsx and upload that."),
    ),
    "too_complex": (_("This file is too complex to be read safely."), _("Save only the data as .csv and upload that.")),
    "binary": (_("This file holds binary data, not text."), _("Save it as .xlsx or .csv and try again.")),
}

# F010 tells by kind which limit it was; the readers give n and limit.
_UNPACKED: Final = (
    _("The file is too large when unpacked."),
    _("Save only the sheet that holds the data, or split it."),
)
F010_BY_KIND: Final[dict[str, tuple[LazyText, LazyText]]] = {
    "columns": (_("The file has %(n)s columns, %(limit)s are allowed."), _("Remove the columns that are not needed.")),
    "line": (_("Row %(row)s is too long to be a row of a table."), _("Choose another separator, or correct the row.")),
    **dict.fromkeys(("unpacked", "part", "ratio", "entries", "memory", "text"), _UNPACKED),
}

# The names of outcomes inside R903 are translated with the sentence.
OUTCOME_WORDS: Final = {
    "created": gettext_noop("imported"),
    "updated": gettext_noop("imported, became current"),
    "added_to_history": gettext_noop("added to history"),
    "evidence": gettext_noop("kept as other evidence"),
    "unchanged": gettext_noop("already recorded"),
    "skipped": gettext_noop("left out"),
    "rejected": gettext_noop("failed"),
    "errored": gettext_noop("failed on our side"),
}


# Parameters that may be days, as "2026-11-14".
_DAYS: Final = frozenset({"date", "a", "b"})
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class _Known(dict[str, Any]):
    """Parameters for a sentence; one that is missing shows as an ellipsis instead of an error."""

    def __missing__(self, key: str) -> str:
        return "…"


def _say_value(key: str, value: Any) -> Any:
    """Return a stored parameter in words: numbers grouped, days as days."""
    if isinstance(value, int) and key not in {"number", "a", "b"}:
        return say_number(value)
    if isinstance(value, str) and key in _DAYS and _ISO.fullmatch(value):
        try:
            return say_date(date.fromisoformat(value))
        except ValueError:  # a name that looks like a day
            return value
    return value


def _fill(text: LazyText, params: Mapping[str, Any]) -> str:
    shown = {key: _say_value(key, value) for key, value in params.items()}
    if "format" in params:
        shown["format"] = say_date_format(str(params["format"]))
    return str(text) % _Known(shown)


def describe_problem(
    code: str, params: Mapping[str, Any] | None = None, *, words: Mapping[str, ProblemWords] | None = None
) -> str:
    """Return sentence and fix of a problem in the active language, its parameters filled in; `words` as below."""
    sentence, fix = describe_parts(code, params or {}, words=words)
    return f"{sentence} {fix}".strip()


def describe_parts(
    code: str, params: Mapping[str, Any], *, words: Mapping[str, ProblemWords] | None = None
) -> tuple[str, str]:
    """Return (what is wrong, what to do) of a problem in the active language.

    `words` are those of an importer, which take the place of the catalogue's (`Importer.problem_words`).
    """
    if words and code in words:
        sentence, fix = words[code]
        return _fill(sentence, params), _fill(fix, params)
    if code == "F001" and params.get("kind") in F001_BY_KIND:
        sentence, fix = F001_BY_KIND[params["kind"]]
        return _fill(sentence, params), _fill(fix, params)
    if code == "F010" and params.get("kind") in F010_BY_KIND:
        sentence, fix = F010_BY_KIND[params["kind"]]
        return _fill(sentence, params), _fill(fix, params)
    if code == "R105" and params.get("padded"):
        return _fill(CATALOGUE[code].sentence, params), _fill(_('Did you mean "%(padded)s"?'), params)
    if code == "R901" and params.get("code"):
        return _fill(CATALOGUE[code].sentence, {"why": describe_parts(params["code"], params, words=words)[0]}), str(
            CATALOGUE[code].fix
        )
    if code == "R903":
        params = {key: _(OUTCOME_WORDS.get(str(value), str(value))) for key, value in params.items()}
    entry = CATALOGUE[code]
    return _fill(entry.sentence, params), _fill(entry.fix, params)


def level_of(code: str, *, levels: Mapping[str, Level]) -> Level:
    """Return how much weight a problem has; `levels` are those of an importer (`Importer.problem_levels`)."""
    return levels.get(code) or CATALOGUE[code].level


def is_fatal(code: str, *, levels: Mapping[str, Level]) -> bool:
    """Return whether a row with this problem fails; `levels` as above."""
    return level_of(code, levels=levels) is Level.ROW
