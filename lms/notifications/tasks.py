"""The mail worker's task. A wake-up: what is due stands in the database."""

from celery import shared_task

from lms.notifications.delivery import deliver_due


@shared_task(name="mail.deliver")
def deliver_mail() -> None:
    """Send what is due."""
    deliver_due()
