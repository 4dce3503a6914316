"""The date formats on offer unless an importer has its own (E-03). Public: `DATE_FORMATS`."""

from typing import Final

from lms.core.wording import name_date_format
from lms.tenancy.models import DateFormat

# Profile formats first; two-digit years are read only by a format that says so (E-03).
DATE_FORMATS: Final = (
    *DateFormat.choices,
    ("dd/mm/yy", name_date_format("d/M/yy")),
    ("mm/dd/yy", name_date_format("M/d/yy")),
    ("dd.mm.yy", name_date_format("d.M.yy")),
)
