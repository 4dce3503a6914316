"""What people do to completion records by hand: correcting, adding, deleting, and the checker of their dates (T-72)."""
