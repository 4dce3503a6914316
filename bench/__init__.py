"""`make bench`: imports measured in one run against hand-written SQL, django-import-export and one ORM call a row.

Public: `python -m bench`. Starts servers of its own with default durability; prints, writes JSON and docs/performance.md.
"""
