"""The real PostgreSQL, broker and mail catcher of `make demo` and of the tests, from wheels, without system services.

Public surface: `servers.ensure_servers`. Nothing under `lms/` outside this package may import it: the product
runs against whatever DATABASE_URL, BROKER_URL, EMAIL_URL and STORAGE_URL name.
"""
