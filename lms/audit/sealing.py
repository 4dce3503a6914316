"""The chain of hashes that makes rewriting the audit history visible (S44).

Each sealed event carries its number in the tenant's chain and SHA-256(hash of the one before, the event in one fixed
form). The application may only add to the chain; who rewrites the tables as their owner breaks it. The hash of the
last event is logged with every sealing: kept elsewhere, it also shows a history cut off at its end.
Public: `seal_events`, `seal_all_tenants`, `verify_chain`, `Anchor`, `ChainReport`.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from django.db import connection

from lms.audit.models import AuditEvent
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)
_PAGE_EVENTS: Final = 2_000
# First half of the advisory lock that lets one sealer work on a tenant's chain; the other half is the tenant.
_LOCK: Final = 7_304
_UPDATE: Final = """
UPDATE audit_auditevent AS e SET chain_number = s.number, chain_hash = s.hash
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS s(id, number, hash) WHERE e.id = s.id
"""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of a chain: how many events are sealed, and the hash of the last one."""

    number: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What verifying found. `broken_at` is the first chain number that is missing or does not fit; None: all fits."""

    sealed: int
    unsealed: int
    end: Anchor
    broken_at: int | None = None


def seal_events(tenant_id: int) -> Anchor:
    """Put all events of the tenant that are not sealed yet at the end of its chain; return the end.

    Opens scopes of its own, one for each page of events. Safe to repeat and to run twice at once.
    """
    while True:
        with tenant_scope(tenant_id):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, tenant_id])
            end = _find_end()
            events = list(AuditEvent.objects.filter(chain_number=None).order_by("id")[:_PAGE_EVENTS])
            sealed = list(_chain(events, after=end))
            if sealed:
                end = sealed[-1]
                with connection.cursor() as cursor:
                    ids, numbers, hashes = zip(
                        *((e.pk, a.number, a.hash) for e, a in zip(events, sealed, strict=True)), strict=True
                    )
                    cursor.execute(_UPDATE, [list(ids), list(numbers), list(hashes)])
        if len(events) < _PAGE_EVENTS:
            if sealed:
                logger.info("audit chain of tenant %s sealed through %s: %s", tenant_id, end.number, end.hash)
            return end


def seal_all_tenants() -> None:
    """Seal the events of every tenant."""
    for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        seal_events(tenant_id)


def verify_chain(tenant_id: int, *, anchor: Anchor | None = None) -> ChainReport:
    """Compute the tenant's chain anew and compare. Opens a scope of its own; memory does not grow with the history.

    With `anchor`, an end noted earlier, a chain that is shorter now or has another hash there is broken too.
    """
    end = Anchor()
    with tenant_scope(tenant_id):
        unsealed = AuditEvent.objects.filter(chain_number=None).count()
        sealed = AuditEvent.objects.exclude(chain_number=None).count()
        for event in _sealed_events():
            expected = Anchor(end.number + 1, _hash(event, number=end.number + 1, before=end.hash))
            found = Anchor(event.chain_number or 0, event.chain_hash)
            differs_from_anchor = anchor is not None and anchor.number == found.number and anchor != found
            if found != expected or differs_from_anchor:
                return ChainReport(sealed, unsealed, end, broken_at=expected.number)
            end = found
    is_cut = anchor is not None and anchor.number > end.number
    return ChainReport(sealed, unsealed, end, broken_at=end.number + 1 if is_cut else None)


def _find_end() -> Anchor:
    last = AuditEvent.objects.exclude(chain_number=None).order_by("-chain_number").first()
    return Anchor(last.chain_number or 0, last.chain_hash) if last else Anchor()


def _chain(events: list[AuditEvent], *, after: Anchor) -> Iterator[Anchor]:
    end = after
    for event in events:
        end = Anchor(end.number + 1, _hash(event, number=end.number + 1, before=end.hash))
        yield end


def _sealed_events() -> Iterator[AuditEvent]:
    number = 0
    while page := list(AuditEvent.objects.filter(chain_number__gt=number).order_by("chain_number")[:_PAGE_EVENTS]):
        yield from page
        number = page[-1].chain_number or 0


def _hash(event: AuditEvent, *, number: int, before: str) -> str:
    """Return the hash of an event at its place; every column counts."""
    row = [
        number,
        event.pk,
        event.tenant_id,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor_id,
        event.actor_name,
        event.actor_role,
        event.action,
        event.subject_kind,
        event.subject_id,
        event.subject_label,
        event.person_id,
        event.batch_id,
        event.details,
    ]
    canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{before}\n{canonical}".encode()).hexdigest()
