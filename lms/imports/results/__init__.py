"""What comes out of an import: results files and failed-rows files, and how the latter come back (E-65, E-29).

This is the public surface; the modules below are its parts.
"""

from lms.imports.results.columns import added_headers, is_added_header, read_correction_of
from lms.imports.results.corrections import OpenRows, count_open_rows
from lms.imports.results.downloads import (
    DetailsDeleted,
    Download,
    drop_results_file,
    open_original,
    request_results,
    send_download,
    write_results_file,
)
from lms.imports.results.files import FORMATS, write_results
from lms.imports.results.rows import Content, count_lines, iterate_lines

__all__ = [
    "FORMATS",
    "Content",
    "DetailsDeleted",
    "Download",
    "OpenRows",
    "added_headers",
    "count_lines",
    "count_open_rows",
    "drop_results_file",
    "is_added_header",
    "iterate_lines",
    "open_original",
    "read_correction_of",
    "request_results",
    "send_download",
    "write_results",
    "write_results_file",
]
