"""What each action of the audit history is called on screen. An action without words here is shown as its code."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from lms.core.components import Words

ACTIONS: Final[dict[str, Words]] = {
    "people.person.created": _("Person created"),
    "people.person.changed": _("Person changed"),
    "people.person.promoted": _("Team role given"),
    "people.person.demoted": _("Team role taken away"),
    "people.promotion.domains_changed": _("User domains of a team role changed"),
    "people.team.created": _("Team created"),
    "people.team.changed": _("Team changed"),
    "people.permission.changed": _("Permission changed"),
    "courses.course.created": _("Course created"),
    "courses.course.changed": _("Course changed"),
    "courses.settings.changed": _("Compliance and due dates changed"),
    "courses.people.assigned": _("People assigned to a course"),
    "courses.person.withdrawn": _("Assignment to a course removed"),
    "courses.team.assigned": _("Courses assigned to a team"),
    "courses.team.withdrawn": _("Courses taken away from a team"),
    "certifications.certification.created": _("Certification created"),
    "certifications.certification.changed": _("Certification changed"),
    "certifications.messages.switched": _("Messages of a certification switched on or off"),
    "certifications.people.assigned": _("People assigned to a certification"),
    "certifications.person.withdrawn": _("Assignment to a certification removed"),
    "certifications.team.assigned": _("Certifications assigned to a team"),
    "certifications.team.withdrawn": _("Certifications taken away from a team"),
    "offline_records.category.created": _("Offline category created"),
    "offline_records.category.changed": _("Offline category changed"),
    "offline_records.activity.created": _("Offline activity created"),
    "offline_records.activity.changed": _("Offline activity changed"),
    "people.domain.created": _("User domain created"),
    "people.domain.changed": _("User domain changed"),
    "tenancy.tenant.created": _("Organisation created"),
    "tenancy.settings.changed": _("Settings changed"),
    "imports.batch.uploaded": _("File uploaded"),
    "imports.batch.kind_chosen": _("Kind of an import chosen"),
    "imports.batch.checked": _("Import checked"),
    "imports.batch.refused": _("Import refused"),
    "imports.batch.rows_left_out": _("Rows of an import left out"),
    "imports.batch.confirmed": _("Import confirmed"),
    "imports.batch.applied": _("Import finished"),
    "imports.batch.failed": _("Import failed on our side"),
    "imports.batch.cancelled": _("Import cancelled"),
    "imports.batch.continued": _("Import gone on with"),
    "imports.batch.messages_withdrawn": _("Messages of an import withdrawn"),
    "imports.batch.undo_requested": _("Undo asked for"),
    "imports.batch.undone": _("Import undone"),
    "imports.batch.purged": _("Import details deleted"),
    "completions.completion.added": _("Completions entered by hand"),
    "completions.settings.pushed": _("Changed settings brought to people"),
    "completions.progress.set": _("Progress set"),
    "completions.retake.opened": _("People moved to their retake period"),
    "completions.reminder.sent": _("People reminded"),
    "completions.result.reset": _("People reset in a course"),
    "certifications.record.added": _("Completion record entered by hand"),
    "certifications.record.corrected": _("Completion record corrected"),
    "certifications.record.deleted": _("Completion record deleted"),
    "certifications.record.made_current": _("Completion record made current"),
    "offline_records.record.added": _("Offline record entered by hand"),
    "offline_records.record.corrected": _("Offline record corrected"),
    "offline_records.record.removed": _("Offline record removed"),
    "daily.run.finished": _("Daily job run"),
    "notifications.words.changed": _("Words of a message changed"),
    "notifications.words.removed": _("Own words of a message removed"),
    "notifications.kinds.switched": _("Messages switched on or off"),
    "notifications.mail.retried": _("Undelivered mails tried again"),
    "audit.history.exported": _("Audit history downloaded"),
}


def name_action(action: str) -> Words:
    """Return the words for an action."""
    return ACTIONS.get(action, action)
