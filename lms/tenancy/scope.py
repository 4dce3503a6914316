"""The one way into a tenant's data: `tenant_scope`. Outside of it every query on a tenant's table is an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

_current: ContextVar[int | None] = ContextVar("tenant", default=None)


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Open one transaction in which the tables of this tenant, and of no other, can be seen and written.

    Commits at the end, rolls back on an exception. Scopes do not nest: a second one inside raises RuntimeError.
    """
    is_open = False
    try:
        with transaction.atomic(durable=True):
            is_open = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(int(tenant_id))])
            token = _current.set(tenant_id)
            try:
                yield
            finally:
                _current.reset(token)
    finally:
        if is_open and connection.in_atomic_block and not connection.needs_rollback:
            # Inside a test's own transaction SET LOCAL would outlive the block.
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.tenant', '', true)")


def current_tenant_id() -> int:
    """Return the id of the tenant whose scope is open; raise LookupError outside of a scope."""
    tenant_id = _current.get()
    if tenant_id is None:
        message = "no tenant scope is open"
        raise LookupError(message)
    return tenant_id
