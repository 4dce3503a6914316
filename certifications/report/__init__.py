"""The certification import report: its rows, in words, narrowed down (T-63 to T-65, T-79)."""
