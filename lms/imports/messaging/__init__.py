"""The messages of an import: which rows cause them, how many that is, who chooses, when they are written and let go.

The check counts what would be sent (E-22); only that is ever sent because of the import (E-61). Kinds and words belong to
`lms.notifications`, occasions and items to the importer.
"""
