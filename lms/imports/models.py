"""Tables of the engine: batches, the row log (partitioned by purge date), presets, results files, lanes and work items."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lms.notifications.choices import MessageChoice
from lms.people.models import User
from lms.tenancy.models import TenantForeignKey, TenantOwned


class State(models.TextChoices):
    """States of a batch (spec: engine, "Batch and row"); each change is a compare-and-swap in the database."""

    UPLOADED = "uploaded", _("Waiting for the mapping")
    CHECKING = "checking", _("Checking")
    READY = "ready", _("Waiting for your OK")
    REFUSED = "refused", _("Not imported: errors in the file")
    QUEUED = "queued", _("Waiting for its turn")
    APPLYING = "applying", _("Importing")
    COMPLETED = "completed", _("Finished")
    COMPLETED_WITH_ERRORS = "completed_with_errors", _("Finished with errors")
    FAILED = "failed", _("Failed on our side")
    CANCELLED = "cancelled", _("Cancelled")
    UNDOING = "undoing", _("Undoing")
    UNDONE = "undone", _("Undone")


WORKING_STATES = (State.CHECKING, State.QUEUED, State.APPLYING, State.UNDOING)
WAITING_STATES = (State.UPLOADED, State.READY, State.REFUSED)
FINISHED_STATES = (State.COMPLETED, State.COMPLETED_WITH_ERRORS)


class Outcome(models.TextChoices):
    """What became of a row (E-50). Until the batch is applied it is what would become of it."""

    CREATED = "created", _("Imported")
    UPDATED = "updated", _("Imported, became current")
    ADDED_TO_HISTORY = "added_to_history", _("Added to history")
    EVIDENCE = "evidence", _("Kept as other evidence")
    UNCHANGED = "unchanged", _("Already recorded")
    SKIPPED = "skipped", _("Left out")
    REJECTED = "rejected", _("Failed")
    ERRORED = "errored", _("Failed on our side")
    NOT_PROCESSED = "not_processed", _("Not processed")


IMPORTED = (Outcome.CREATED, Outcome.UPDATED, Outcome.ADDED_TO_HISTORY)
FAILED_OUTCOMES = (Outcome.REJECTED, Outcome.ERRORED, Outcome.NOT_PROCESSED)


class FailureMode(models.TextChoices):
    """What one bad row does to the others (E-58)."""

    IMPORT_GOOD = "import_good", _("Import the good rows")
    STOP_IF_ANY = "stop_if_any", _("Import nothing if any row is bad")


class ImportBatch(TenantOwned):
    """One uploaded file and its life (on screen: import). Its summary stays for ever, its rows until `purge_on`."""

    number = models.PositiveIntegerField()  # per tenant: "Import 41"
    kind = models.CharField(max_length=40)  # key of the importer
    state = models.CharField(max_length=30, choices=State.choices, default=State.UPLOADED)
    failed_in = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=20, blank=True)  # shown to people when the fault is ours

    uploaded_by = TenantForeignKey(User, on_delete=models.PROTECT)
    uploader_name = models.CharField(max_length=210)
    uploader_role = models.CharField(max_length=20)
    uploaded_at = models.DateTimeField()
    note = models.CharField(_("note"), max_length=200, blank=True)
    idempotency_key = models.UUIDField()

    file_name = models.CharField(max_length=255)
    file_key = models.CharField(max_length=300)  # in the file store; empty once deleted
    file_sha256 = models.CharField(max_length=64)
    file_size = models.PositiveBigIntegerField()

    # How the file is read: `readers` Sniffed and ReadOptions as JSON; None until the worker has looked at it.
    sniffed = models.JSONField(null=True)
    read_options = models.JSONField(default=dict)
    # Field key -> column index (0-based) of the file; see `mapping.Mapping`.
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)  # answers to the importer's option form, failure mode included
    # Rows that somebody leaves out after a check (S-39), and who.
    left_out_rows = ArrayField(models.PositiveIntegerField(), default=list, db_default=models.Value("{}"), blank=True)
    left_out_by = models.CharField(max_length=200, blank=True, db_default="")
    problems = models.JSONField(default=list)  # F-codes: [{"code": ..., "params": {...}}]

    phase = models.CharField(max_length=20, blank=True)  # reading, planning, applying, undoing
    progress = models.PositiveIntegerField(default=0)  # rows of the phase that are done
    progress_total = models.PositiveIntegerField(default=0)
    phase_started_at = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    not_before = models.DateTimeField(null=True)
    waiting_because = models.CharField(max_length=60, blank=True)

    data_rows = models.PositiveIntegerField(default=0)  # non-blank rows, the sum of all outcomes
    blank_rows = models.PositiveIntegerField(default=0)
    positions = models.PositiveIntegerField(default=0)  # rows that apply will visit
    checkpoint = models.PositiveIntegerField(default=0)  # last position of the last finished chunk (apply, undo)
    chunk_rows = models.PositiveIntegerField(default=0)  # 0: the setting; smaller after lost chunks (E-63)
    attempts = models.PositiveSmallIntegerField(default=0)  # claims since the last finished chunk
    planned = models.JSONField(default=dict)  # outcome -> rows, from the check
    counts = models.JSONField(default=dict)  # outcome -> rows, as committed so far
    summary = models.JSONField(default=dict)  # what the review shows; distinct values are blanked at purge
    changed_rows = models.PositiveIntegerField(default=0)  # rows that turned out differently from the check (R903)

    checked_at = models.DateTimeField(null=True)
    checked_after = models.BigIntegerField(default=0)  # highest applied sequence of the tenant at the check
    confirm_when_checked = models.JSONField(null=True)  # E-70, E-25: answers to confirm with if nothing is open
    numbers_changed = models.BooleanField(default=False)
    confirmed_by = TenantForeignKey(User, on_delete=models.PROTECT, null=True)  # acts, first asked for the check
    confirmed_at = models.DateTimeField(null=True)
    sequence = models.BigIntegerField(null=True)  # order of application in the tenant
    messages = models.CharField(max_length=10, blank=True, choices=MessageChoice.choices)  # E-60; empty: none to send
    send_at = models.DateTimeField(null=True)  # E-21; None: at once, after the tenant's hold
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    purge_on = models.DateField()
    rows_deleted_on = models.DateField(null=True)
    undone_by = TenantForeignKey(User, on_delete=models.PROTECT, null=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=500, blank=True)
    undo_summary = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "number"], name="imports_batch_number"),
            models.UniqueConstraint(fields=["tenant", "idempotency_key"], name="imports_batch_idempotency"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-uploaded_at", "-id"], name="imports_batch_recent"),
            models.Index(fields=["tenant", "uploaded_by", "-uploaded_at"], name="imports_batch_own"),
            models.Index(fields=["tenant", "kind", "sequence"], name="imports_batch_sequence"),
            models.Index(fields=["tenant", "file_sha256"], name="imports_batch_sha256"),
        ]

    def __str__(self) -> str:
        return f"Import {self.number}"

    def rows(self) -> "QuerySet[ImportRow]":
        """The row log of this batch; always with the partition key, the only way to reach it."""
        return ImportRow.objects.filter(purge_on=self.purge_on, batch_id=self.pk)

    def rows_after_sniff(self, sniffed_rows: int) -> int:
        """The number of data rows after the file was looked at: a check that is there goes on counting its own (E-50)."""
        return self.data_rows if self.planned else sniffed_rows

    @property
    def is_working(self) -> bool:
        """Whether a worker has, or will by itself get, something to do."""
        return self.state in WORKING_STATES or (self.state == State.UPLOADED and self.sniffed is None)

    @property
    def is_all_or_nothing(self) -> bool:
        """Whether a single bad row stops all others, and what is written is written in one transaction (E-58)."""
        return bool(self.options.get("failure_mode") == FailureMode.STOP_IF_ANY)

    @property
    def upload_problems(self) -> list[dict[str, Any]]:
        """What was found when the file came (F008); all else is found anew whenever it is read or checked."""
        return [problem for problem in self.problems if problem["code"] == "F008"]

    @property
    def imported(self) -> int:
        """Rows that are in (created, became current, history) as committed so far."""
        return sum(self.counts.get(outcome, 0) for outcome in IMPORTED)

    @property
    def failed(self) -> int:
        """Rows that failed, by the data's fault or ours, or were never reached."""
        return sum(self.counts.get(outcome, 0) for outcome in FAILED_OUTCOMES)


class ImportRow(models.Model):
    """One non-blank data row of a batch, written once by the check; apply changes only what turned out differently."""

    pk = models.CompositePrimaryKey("purge_on", "batch_id", "row_no")
    purge_on = models.DateField()
    tenant_id = models.IntegerField()
    batch_id = models.BigIntegerField()
    row_no = models.PositiveIntegerField()  # E-51: the row a spreadsheet user sees
    position = models.PositiveIntegerField(null=True)  # 1..n in the order (person, item, day, row); None: nothing to do
    person_id = models.BigIntegerField(null=True)
    item_id = models.BigIntegerField(null=True)
    day = models.DateField(null=True)
    cells = models.JSONField()  # the original cells, in their order
    values = models.JSONField()  # parsed values by field
    outcome = models.CharField(max_length=20)
    problems = models.JSONField()  # [[code, field, {params}], ...]
    plan = models.JSONField()  # what changes, for the results file (E-28) and the review
    target_id = models.BigIntegerField(null=True)  # the record it created or found

    class Meta:
        managed = False  # partitioned; the migration writes the table by hand
        db_table = "imports_importrow"

    def __str__(self) -> str:
        return f"row {self.row_no} of batch {self.batch_id}"


class HeaderMapping(TenantOwned):
    """A remembered mapping for one set of column names: a person's last one, or a preset of the organisation (E-11)."""

    kind = models.CharField(max_length=40)
    person = TenantForeignKey(User, on_delete=models.CASCADE, null=True)  # None: shared with the organisation
    name = models.CharField(max_length=100, blank=True)
    headers_key = models.CharField(max_length=64)  # digest of the normalised column names
    mapping = models.JSONField()
    options = models.JSONField()
    read_options = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "person", "headers_key", "name"],
                name="imports_headermapping_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.name or self.headers_key


class HeaderSynonym(TenantOwned):
    """A column name that this organisation uses for a field (E-57, E-43)."""

    kind = models.CharField(max_length=40)
    field = models.CharField(max_length=60)
    header_key = models.CharField(max_length=255)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind", "header_key"], name="imports_headersynonym_once")
        ]

    def __str__(self) -> str:
        return f"{self.header_key} is {self.field}"


class ResultsFile(TenantOwned):
    """A download made from the row log in the background; deleted with the log (E-65)."""

    class Content(models.TextChoices):
        """Which rows it holds."""

        ALL = "all", _("All rows")
        FAILED = "failed", _("Failed rows")

    batch = TenantForeignKey(ImportBatch, on_delete=models.CASCADE)
    content = models.CharField(max_length=10, choices=Content.choices)
    file_format = models.CharField(max_length=4)  # csv, xlsx
    version = models.CharField(max_length=100)  # state of the batch it was made from
    file_key = models.CharField(max_length=300, blank=True)  # empty: still being written
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "batch", "content", "file_format", "version"], name="imports_resultsfile_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.content} of batch {self.batch_id} as {self.file_format}"


class WorkLane(models.Model):
    """One lane per tenant: apply and undo of a tenant run one after the other (E-62). Ids and times only; no wall."""

    tenant_id = models.IntegerField(primary_key=True)
    fencing_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField()
    served_at = models.DateTimeField()
    checks_served_at = models.DateTimeField()
    next_sequence = models.BigIntegerField(default=1)
    next_number = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"lane of tenant {self.tenant_id}"


class WorkItem(models.Model):
    """Something a worker has to do, written in the transaction of what it announces. Ids and times only; no wall."""

    class Kind(models.TextChoices):
        """What is to be done."""

        SNIFF = "sniff"
        CHECK = "check"
        APPLY = "apply"
        UNDO = "undo"
        RESULTS = "results"

    tenant_id = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject_id = models.BigIntegerField()
    sequence = models.BigIntegerField(default=0)
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    fencing_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "subject_id"], name="imports_workitem_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "sequence"], name="imports_workitem_lane", condition=Q(kind__in=["apply", "undo"])
            ),
            models.Index(fields=["not_before", "id"], name="imports_workitem_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
