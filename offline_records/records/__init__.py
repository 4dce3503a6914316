"""What people see of offline records and do to them by hand: lists and files, adding, correcting, removing one."""
