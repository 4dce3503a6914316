"""The Celery application. Messages are wake-ups: ids only, early acknowledged; the work itself is a row in PostgreSQL.

Why each setting has its value: docs/decisions/celery.md.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

app = Celery("lms")
app.conf.update(
    broker_url=settings.BROKER_URL,
    result_backend=None,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    result_accept_content=["json"],
    task_acks_late=False,
    task_reject_on_worker_lost=False,
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=True,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "global_keyprefix": settings.BROKER_KEY_PREFIX,
    },
    task_publish_retry=True,
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5},
    task_time_limit=180,
    beat_max_loop_interval=5,
    worker_max_tasks_per_child=200,
    worker_max_memory_per_child=400_000,
    worker_soft_shutdown_timeout=30,
    worker_enable_soft_shutdown_on_idle=True,
    task_always_eager=False,
    task_create_missing_queues=True,
    task_default_queue="maint",
    task_routes={"imports.*": "imports", "mail.*": "mail"},
    beat_schedule={
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in {
            "imports.reconcile": settings.WORK_SWEEP_SECONDS,
            "mail.deliver": 15,
            "audit.seal_events": 600,
            "maint.hourly": 3600,
            "people.delete_old": 3600,
            "completions.push_settings": 120,
            "maint.daily": 300,
        }.items()
    },
    timezone="UTC",
)
app.autodiscover_tasks()


@worker_ready.connect
def sweep_without_beat(sender: Any = None, **_: Any) -> None:
    """Let every worker look for work by itself now and then, so that a dead beat only slows things down (F60)."""
    consumer = sender
    queues = {queue.name for queue in consumer.task_consumer.queues}
    if "imports" in queues:
        consumer.timer.call_repeatedly(
            2 * settings.WORK_SWEEP_SECONDS,
            lambda: app.send_task("imports.wake", ignore_result=True, retry=False),
        )
