"""What people are told, in words: made when shown or sent, from kind and parameters, in the active language.

Public: `Message`, `word_message`, `word_notice`, `word_mail`, `find_subjects`, `name_kind`,
`say_delivery_error`, `TEST_MAIL`. Parameters hold numbers, codes, ISO dates and
file names, or the items of a registered kind. Links are paths inside the organisation; mails put its address before them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.core.components import Tone
from lms.core.wording import say_date, say_number
from lms.imports.importer import find_words
from lms.notifications.kinds import Item, MessageKind, find_kind, find_subject, find_text
from lms.notifications.layout import Block, RenderedMessage, lay_out
from lms.notifications.own_kinds import IMPORT_FINISHED, say_imported
from lms.notifications.templates import OwnWords, Words, render_message, render_words
from lms.notifications.templates import word_notice as word_items
from lms.people.models import User
from lms.tenancy.languages import page_language
from lms.tenancy.links import build_link
from lms.tenancy.models import Tenant

Params = Mapping[str, Any]
# What an owner sends to themselves to see words on their way (L-78); its words travel with it.
TEST_MAIL: Final = "test_mail"


@dataclass(frozen=True, slots=True)
class Message:
    """A message in words. `subject` is also the title of the notice; `links` are (words, path)."""

    subject: str
    paragraphs: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    tone: Tone = "info"


def word_message(kind: str, params: Params) -> Message:
    """Return the shipped words of what somebody is told about an import; a kind that is gone is said as such."""
    worder = _WORDERS.get(kind)
    return worder(params) if worder else Message(_("A notice that this version cannot show"), ())


def word_notice(kind: str, params: Params, *, person: User, tenant: Tenant, today: date, own: OwnWords) -> Message:
    """Return a notice in words: by the organisation's own words where it has some; days are counted from `today`."""
    found, items = _listed(kind, params)
    if found is None or kind == IMPORT_FINISHED:
        return word_message(kind, params)
    title, lines, lead = word_items(found, items, person=person, tenant=tenant, today=today, own=own)
    return Message(title, lines, ((str(lead.words), lead.path),), found.tone)


def word_mail(
    kind: str, params: Params, *, person: User, tenant: Tenant, today: date, own: OwnWords
) -> RenderedMessage:
    """Return a mail in the recipient's language, as it is to be sent on that day."""
    if kind == TEST_MAIL:
        return _word_test(params, person=person, tenant=tenant, today=today)
    found, items = _listed(kind, params)
    if found is not None:
        return render_message(found.key, items, person=person, tenant=tenant, today=today, own=own)
    with translation.override(page_language(person.language, tenant.language)):
        words = word_message(kind, params)
        blocks = [Block("text", (paragraph,)) for paragraph in words.paragraphs]
        blocks += [Block("link", (text,), build_link(tenant, path)) for text, path in words.links]
        return lay_out(
            words.subject,
            blocks=blocks,
            name=person.full_name,
            organisation=tenant.name,
            reason=_("You get it because of this import."),
        )


def find_subjects(messages: Iterable[tuple[str, Params]]) -> set[int]:
    """Return the subjects of messages, given as kind and parameters: `load_words` takes them."""
    listed = (_listed(kind, params) for kind, params in messages)
    return {find_subject(kind, items) for kind, items in listed if kind is not None}


def name_kind(kind: str) -> str:
    """Return what a kind of mail is called in lists."""
    found = find_kind(kind)
    if found is not None:
        return str(found.label)
    names = {
        TEST_MAIL: _("Test mail"),
        "undo_finished": _("Undo finished"),
        "import_waiting": _("Import is waiting"),
        "import_cancelled": _("Import cancelled"),
        "import_needs_you": _("Import needs you"),
    }
    return names.get(kind, kind)


def say_delivery_error(error: str) -> str:
    """Return why a mail was given up, from what delivery has noted: the server's code and the kind of fault."""
    code, _space, _name = error.partition(" ")
    if code.isdecimal() and int(code) >= 500:
        return _("The mail server refuses it (%(code)s). Is the address right?") % {"code": code}
    if code.isdecimal():
        return _("The mail server put it off for two days (%(code)s).") % {"code": code}
    if error in ("ValueError", "KeyError", "LookupError", "TypeError"):
        return _("It could not be written, or the address cannot be used.")
    return _("The mail server could not be reached for two days.")


def _listed(kind: str, params: Params) -> tuple[MessageKind | None, Sequence[Item]]:
    """Return the registered kind and its items; no kind where the words are this module's own."""
    found = find_kind(kind)
    if found is None:
        return None, ()
    if kind == IMPORT_FINISHED:
        is_usual = not (params.get("is_failure") or params.get("is_cancelled"))
        return (found, [params]) if is_usual else (None, ())
    items = params.get("items") or []
    return (found, items) if items else (None, ())


def _word_test(params: Params, *, person: User, tenant: Tenant, today: date) -> RenderedMessage:
    """Return the mail that shows its writer what the words look like (L-78)."""
    found = find_text(params["text"])
    if found is None:
        message = f"there is no text {params['text']!r}"
        raise LookupError(message)
    kind, text = found
    words = Words(params["subject"], params["body"], params["language"], is_own=True)
    items = [{**item, **params.get("sample", {})} for item in kind.sample(text.key, today)]
    if not params.get("is_long"):
        items = items[:1]
    with translation.override(page_language(person.language, tenant.language)):
        note = _("This is a test mail that you have sent to yourself. What it names is made up.")
    return render_words(words, kind=kind, items=items, person=person, tenant=tenant, today=today, notes=[note])


def _word_import_finished(params: Params) -> Message:
    """E-69 and screens, "Notices and mail at the end"."""
    number, imported, failed = params["number"], params["imported"], params["failed"]
    names = {"number": number, "imported": say_number(imported), "failed": say_number(failed)}
    if params.get("is_failure"):
        return _word_failure(params)
    if params.get("is_cancelled"):
        return _word_stopped(params)
    if failed:
        subject = _("Import %(number)s finished: %(imported)s imported, %(failed)s failed") % names
        done = (
            _(
                "%(imported)s rows imported, %(failed)s failed. Download the failed rows, correct them and upload that "
                "file: only these rows are imported."
            )
            % names
        )
    else:
        subject = _("Import %(number)s finished: %(imported)s imported") % names
        done = say_imported(params)
    paragraphs = [_file_sentence(params), done]
    changed = params.get("changed", 0)
    if changed:
        paragraphs.append(
            ngettext(
                "%(n)s row turned out differently from the check.",
                "%(n)s rows turned out differently from the check.",
                changed,
            )
            % {"n": say_number(changed)}
        )
    if params.get("undo_until"):
        paragraphs.append(_("You can undo this import until %(day)s.") % {"day": _day(params["undo_until"])})
    return Message(
        subject,
        tuple(paragraphs),
        _links(params, (_("See the import"), "imports:batch")),
        "warning" if failed else "success",
    )


def _word_failure(params: Params) -> Message:
    """W16."""
    names = {
        "number": params["number"],
        "reference": params.get("reference", ""),
        "imported": say_number(params["imported"]),
        "left": say_number(params["failed"]),
    }
    return Message(
        _("Import %(number)s could not be finished") % names,
        (
            _file_sentence(params),
            _("We could not finish this import; the fault is ours (reference %(reference)s).") % names,
            _("%(imported)s rows are in, %(left)s are not, none is half done.") % names,
        ),
        _links(params, (_("Go on where it stopped, or undo"), "imports:batch")),
        "danger",
    )


def _word_stopped(params: Params) -> Message:
    """Cancelled while it ran: what is in stays, and can be undone."""
    names = {
        "number": params["number"],
        "imported": say_number(params["imported"]),
        "left": say_number(params["failed"]),
    }
    return Message(
        _("Import %(number)s was cancelled") % names,
        (_file_sentence(params), _("%(imported)s rows are in, %(left)s are not.") % names),
        _links(params, (_("Import the rest, or undo"), "imports:batch")),
    )


def _word_undo_finished(params: Params) -> Message:
    """E-68: undoing runs in the background; who asked for it is told."""
    counts = {name: say_number(params.get(name, 0)) for name in ("removed", "restored", "kept")}
    names = {"number": params["number"]}
    if params.get("is_failure"):
        names["reference"] = params.get("reference", "")
        return Message(
            _("Import %(number)s could not be undone") % names,
            (_("We could not finish undoing it; the fault is ours (reference %(reference)s).") % names,),
            _links(params, (_("Go on where it stopped"), "imports:batch")),
            "danger",
        )
    return Message(
        _("Import %(number)s is undone") % names,
        (_file_sentence(params), str(find_words(params.get("kind", "")).undone) % counts),
        _links(params, (_("See the import"), "imports:batch")),
    )


def _word_import_waiting(params: Params) -> Message:
    """E-18, E-67: the notice the day before."""
    names = {"number": params["number"], "day": _day(params["cancelled_on"])}
    return Message(
        _("Import %(number)s is waiting for you") % names,
        (
            _file_sentence(params),
            _("It has not been confirmed. On %(day)s it is cancelled; nothing of it has been imported.") % names,
        ),
        _links(params, (_("Go on with the import"), "imports:batch")),
        "warning",
    )


def _word_import_cancelled(params: Params) -> Message:
    """E-18, E-67: what became of an import nobody confirmed."""
    names = {"number": params["number"]}
    return Message(
        _("Import %(number)s was cancelled") % names,
        (
            _file_sentence(params),
            _("Nobody confirmed it in time. Nothing of it was imported. You can upload the file again."),
        ),
        _links(params, (_("See the import"), "imports:batch")),
    )


def _word_import_needs_you(params: Params) -> Message:
    """E-70, E-25: an import that was to confirm itself has an open question."""
    names = {"number": params["number"]}
    why = {
        "refused": _("The file cannot be imported as it is."),
        "numbers": _("The numbers have changed since the check."),
        "changed": _("Rows have changed since the check, so nothing was written."),
        "threshold": _("It would change more current results than usual."),
        "question": _("There is a question that only you can answer."),
    }
    return Message(
        _("Import %(number)s needs you") % names,
        (_file_sentence(params), why.get(params.get("why", ""), why["question"]), _("Nothing has been imported yet.")),
        _links(params, (_("Look at the check"), "imports:batch")),
        "warning",
    )


_WORDERS: Final[dict[str, Callable[[Params], Message]]] = {
    "import_finished": _word_import_finished,
    "undo_finished": _word_undo_finished,
    "import_waiting": _word_import_waiting,
    "import_cancelled": _word_import_cancelled,
    "import_needs_you": _word_import_needs_you,
}


def _file_sentence(params: Params) -> str:
    return _("File: %(name)s") % {"name": params.get("file_name", "")}


def _links(params: Params, *links: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the links that exist; a notice outlives the page it leads to."""
    found = []
    for words, name in links:
        try:
            found.append((words, reverse(name, args=[params["number"]])))
        except NoReverseMatch:
            continue
    return tuple(found)


def _day(value: str) -> str:
    return say_date(date.fromisoformat(value))
