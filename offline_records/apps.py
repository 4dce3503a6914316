"""The offline records app: activities outside of Rollbook, their records, and the importer of records."""

from django.apps import AppConfig


class OfflineRecordsConfig(AppConfig):
    """Offline activities: categories, activities, records of people."""

    name = "offline_records"
    label = "offline_records"

    def ready(self) -> None:
        """Take part in the daily job, say what people are told and what needs attention."""
        from lms.courses.attention import register_attention
        from lms.daily.parts import register_part
        from offline_records.attention import answer_attention
        from offline_records.daily import run_offline_records
        from offline_records.kinds import register_kinds

        register_part("offline_records", run_offline_records)
        register_kinds()
        register_attention(answer_attention)
