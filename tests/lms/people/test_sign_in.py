"""Signing in and out, and passwords, per tenant."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from lms.people.limits import WINDOW, count_try, delete_old_tries, sign_in_limits
from lms.people.mails import send_soon
from lms.people.middleware import SIGNED_IN
from lms.people.models import Session, SignInAttempt, User
from lms.people.sessions import TENANT
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import PASSWORD, Cast, add_person

SignIn = Callable[[User], Client]
WRONG = "That username and password do not fit together. Check both; capitals count in the password."


def try_sign_in(client: Client, username: str, password: str = PASSWORD, **extra: str) -> tuple[int, list[str]]:
    response = client.post(reverse("sign_in"), {"username": username, "password": password, **extra})
    errors = response.context["form"].non_field_errors() if response.context else []
    return response.status_code, list(errors)


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("profile")).status_code == 200


@pytest.fixture
def outbox() -> Iterator[Callable[[], list[mail.EmailMessage]]]:
    """The mails so far, after those still on their way."""

    def read() -> list[mail.EmailMessage]:
        send_soon([]).result()
        return mail.outbox

    yield read
    send_soon([]).result()


def test_a_person_signs_in_by_username_whatever_its_case(cast: Cast, anonymous_client: Client) -> None:
    response = anonymous_client.post(reverse("sign_in"), {"username": " ALICE", "password": PASSWORD})

    assert (response.status_code, response.headers["Location"]) == (302, reverse("dashboard"))
    assert is_signed_in(anonymous_client)
    session = Session.objects.get()
    assert (session.tenant_id, session.user_id, session.get_decoded()[TENANT]) == (
        cast.acme.pk,
        cast.alice.pk,
        cast.acme.pk,
    )


def test_S37_unknown_wrong_and_deactivated_get_the_same_answer(cast: Cast, anonymous_client: Client) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.carl.pk).update(is_active=False)

    answers = [
        try_sign_in(anonymous_client, "nobody"),
        try_sign_in(anonymous_client, "alice", "wrong password"),
        try_sign_in(anonymous_client, "carl"),
        try_sign_in(anonymous_client, "charlie"),
    ]

    assert answers == [(422, [WRONG])] * 4
    assert not is_signed_in(anonymous_client)


@pytest.mark.usefixtures("real_price")
def test_S37_the_answer_takes_as_long_for_unknown_names(anonymous_client: Client) -> None:
    def measure(username: str) -> float:
        started = time.perf_counter()
        try_sign_in(anonymous_client, username, "wrong password")
        return time.perf_counter() - started

    known = min(measure(name) for name in ("alice", "adam", "lea"))
    unknown = min(measure(name) for name in ("x1", "x2", "x3"))

    assert 0.5 < unknown / known < 2


def test_S37_guessing_is_stopped_and_says_the_same_for_unknown_names(anonymous_client: Client) -> None:
    for name in ("alice", "nobody"):
        answers = [try_sign_in(anonymous_client, name, "wrong password")[0] for _ in range(6)]
        assert answers == [422] * 5 + [429]

    response = anonymous_client.post(reverse("sign_in"), {"username": "alice", "password": PASSWORD})
    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert try_sign_in(anonymous_client, "adam")[0] == 302


def test_S37_nobody_can_lock_somebody_else_out(cast: Cast) -> None:
    known = Client(headers={"host": cast.acme.host}, REMOTE_ADDR="192.0.2.7")
    assert try_sign_in(known, "alice")[0] == 302
    known.post(reverse("sign_out"))
    for number in range(50):
        attack = RequestFactory().post("/sign-in/", REMOTE_ADDR=f"198.51.100.{number % 20}")
        attack.tenant = cast.acme  # type: ignore[attr-defined]
        count_try(sign_in_limits(attack, "alice"))  # type: ignore[arg-type]
    stranger = Client(headers={"host": cast.acme.host}, REMOTE_ADDR="203.0.113.9")

    assert try_sign_in(stranger, "alice")[0] == 429
    assert try_sign_in(stranger, "adam")[0] == 302
    assert try_sign_in(known, "alice")[0] == 302


def test_S37_the_limit_ends_with_its_window(anonymous_client: Client) -> None:
    for _ in range(6):
        try_sign_in(anonymous_client, "alice", "wrong password")

    with time_machine.travel(timezone.now() + WINDOW + timedelta(seconds=1)):
        assert try_sign_in(anonymous_client, "alice")[0] == 302
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert delete_old_tries() > 0
        assert SignInAttempt.objects.count() == 0


def test_S40_a_forged_proxy_header_changes_nothing(cast: Cast) -> None:
    answers = []
    for number in range(6):
        client = Client(headers={"host": cast.acme.host, "x-forwarded-for": f"198.51.100.{number}"})
        answers.append(try_sign_in(client, "alice", "wrong password")[0])

    assert answers == [422] * 5 + [429]


def test_S31_the_session_gets_a_new_key_at_sign_in(anonymous_client: Client) -> None:
    session = anonymous_client.session
    session["before"] = 1
    session.save()
    before = session.session_key

    try_sign_in(anonymous_client, "alice")

    assert anonymous_client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()


@pytest.mark.parametrize(("minutes", "stays"), [(59, True), (61, False)])
def test_S31_an_idle_session_ends(cast: Cast, client_for: SignIn, minutes: int, *, stays: bool) -> None:
    client = client_for(cast.bob)

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        assert is_signed_in(client) is stays


@pytest.mark.parametrize(("seconds", "stays"), [(12 * 3600 - 60, True), (12 * 3600 + 1, False)])
def test_S31_a_busy_session_ends_after_twelve_hours(
    cast: Cast, client_for: SignIn, seconds: int, *, stays: bool
) -> None:
    client = client_for(cast.bob)
    session = client.session
    session[SIGNED_IN] -= seconds
    session.save()

    assert is_signed_in(client) is stays


def test_S31_a_page_that_refreshes_itself_does_not_keep_the_session(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.bob)
    started = timezone.now()
    for minutes in (20, 40, 59):
        with time_machine.travel(started + timedelta(minutes=minutes)):
            client.get(reverse("profile"), headers={"x-poll": "1"})

    with time_machine.travel(started + timedelta(minutes=61)):
        assert not is_signed_in(client)


def test_S31_a_session_of_another_tenant_is_ended(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.charlie)
    assert is_signed_in(client)

    response = client.get(reverse("profile"), headers={"host": cast.acme.host})

    assert response.status_code == 302
    assert not Session.objects.filter(user_id=cast.charlie.pk).exists()


def test_S32_a_deactivated_person_is_out_at_the_next_click(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.bob)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)

    assert not is_signed_in(client)


def test_sign_out_needs_a_post(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.bob)

    assert client.get(reverse("sign_out")).status_code == 405
    assert is_signed_in(client)
    assert client.post(reverse("sign_out")).headers["Location"] == reverse("sign_in")
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("/people/?q=bob", "/people/?q=bob"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://zebra.localhost/", "/"),
        ("", "/"),
    ],
)
def test_G06_sign_in_goes_back_to_the_page_but_never_elsewhere(
    anonymous_client: Client, asked: str, goes_to: str
) -> None:
    response = anonymous_client.post(reverse("sign_in"), {"username": "alice", "password": PASSWORD, "next": asked})

    assert response.headers["Location"] == goes_to


def test_G06_after_a_session_ends_a_form_leads_back_to_its_page(cast: Cast, anonymous_client: Client) -> None:
    page = f"http://{cast.acme.host}/teams/new/?x=1"

    get = anonymous_client.get("/people/?q=bob")
    post = anonymous_client.post("/teams/new/", {"name": "x"}, headers={"referer": page})
    script = anonymous_client.get("/people/", headers={"hx-request": "true", "hx-current-url": page})
    foreign = anonymous_client.post("/teams/new/", headers={"referer": "https://evil.example/x"})

    assert get.headers["Location"] == "/sign-in/?next=/people/%3Fq%3Dbob"
    assert post.headers["Location"] == "/sign-in/?next=/teams/new/%3Fx%3D1"
    assert script.headers["HX-Redirect"] == "/sign-in/?next=/teams/new/%3Fx%3D1"
    assert foreign.headers["Location"] == "/sign-in/?next=/"


def test_S34_a_form_without_its_secret_is_refused_in_words(cast: Cast) -> None:
    client = Client(headers={"host": cast.acme.host}, enforce_csrf_checks=True)

    response = client.post(reverse("sign_in"), {"username": "alice", "password": PASSWORD})

    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


@pytest.mark.usefixtures("cast")
def test_S41_an_unknown_host_is_nobody() -> None:
    response = Client(headers={"host": "nobody.localhost"}).get("/sign-in/")

    assert response.status_code == 404
    assert "Acme" not in response.content.decode()
    assert Client(headers={"host": "evil.example"}).get("/sign-in/").status_code == 400


def test_S41_the_reset_link_stands_on_the_tenants_own_host(
    cast: Cast, anonymous_client: Client, outbox: Callable[[], list[mail.EmailMessage]]
) -> None:
    response = anonymous_client.post(
        reverse("password_forgotten"), {"email": "BOB@acme.example"}, headers={"x-forwarded-host": "evil.example"}
    )

    assert response.headers["Location"] == reverse("password_forgotten_sent")
    (sent,) = outbox()
    assert sent.to == ["bob@acme.example"]
    (link,) = re.findall(r"https?://\S+", str(sent.body))
    assert link.startswith(f"http://{cast.acme.host}/password/set/")


def test_a_shared_mailbox_gets_a_mail_for_each_active_person(
    cast: Cast, anonymous_client: Client, outbox: Callable[[], list[mail.EmailMessage]]
) -> None:
    with tenant_scope(cast.acme.pk):
        for name in ("n1", "n2", "n3"):
            add_person(cast.acme, name, email="station3@acme.example", is_active=name != "n3")

    anonymous_client.post(reverse("password_forgotten"), {"email": "station3@acme.example"})

    assert [re.findall(r"Your username is (\w+)", str(sent.body)) for sent in outbox()] == [["n1"], ["n2"]]


def test_S37_an_unknown_address_gets_the_same_answer(
    anonymous_client: Client, outbox: Callable[[], list[mail.EmailMessage]]
) -> None:
    known = anonymous_client.post(reverse("password_forgotten"), {"email": "bob@acme.example"}, follow=True)
    unknown = anonymous_client.post(reverse("password_forgotten"), {"email": "charlie@zebra.example"}, follow=True)

    strip = re.compile(rb'"X-CSRFToken": "\w+"')
    assert strip.sub(b"", known.content) == strip.sub(b"", unknown.content)
    assert [sent.to for sent in outbox()] == [["bob@acme.example"]]


def test_a_mailbox_gets_at_most_three_reset_mails_in_a_window(
    anonymous_client: Client, outbox: Callable[[], list[mail.EmailMessage]]
) -> None:
    for _ in range(5):
        anonymous_client.post(reverse("password_forgotten"), {"email": "bob@acme.example"})

    assert len(outbox()) == 3


def test_a_password_is_set_once_by_its_link(
    cast: Cast, anonymous_client: Client, client_for: SignIn, outbox: Callable[[], list[mail.EmailMessage]]
) -> None:
    elsewhere = client_for(cast.bob)
    anonymous_client.post(reverse("password_forgotten"), {"email": "bob@acme.example"})
    link = re.findall(r"http://[^/]+(\S+)", str(outbox()[0].body))[0]

    form_page = anonymous_client.get(link)
    assert form_page.status_code == 302
    assert "token" not in form_page.headers["Location"]
    address = form_page.headers["Location"]
    weak = anonymous_client.post(address, {"new_password1": "password", "new_password2": "password"})
    assert weak.status_code == 422
    words = "four-unlikely-words-here"
    done = anonymous_client.post(address, {"new_password1": words, "new_password2": words})

    assert done.headers["Location"] == reverse("sign_in")
    assert not is_signed_in(elsewhere)
    assert try_sign_in(anonymous_client, "bob", words)[0] == 302
    again = Client(headers={"host": cast.acme.host}).get(link)
    assert "does not work any more" in again.content.decode()


def test_S29_a_link_of_one_tenant_is_nothing_at_another(
    cast: Cast, anonymous_client: Client, outbox: Callable[[], list[mail.EmailMessage]]
) -> None:
    anonymous_client.post(reverse("password_forgotten"), {"email": "bob@acme.example"})
    link = re.findall(r"http://[^/]+(\S+)", str(outbox()[0].body))[0]

    at_zebra = Client(headers={"host": cast.zebra.host}).get(link)

    assert "does not work any more" in at_zebra.content.decode()


def test_a_password_is_changed_and_other_sessions_end(cast: Cast, client_for: SignIn) -> None:
    here, elsewhere = client_for(cast.bob), client_for(cast.bob)
    words = "four-unlikely-words-here"
    answers = {"old_password": PASSWORD, "new_password1": words, "new_password2": words}

    assert here.post(reverse("password_change"), answers | {"old_password": "wrong"}).status_code == 422
    assert here.post(reverse("password_change"), answers).status_code == 302

    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, False)


def test_S38_long_passwords_are_refused_before_hashing(anonymous_client: Client) -> None:
    response = anonymous_client.post(reverse("sign_in"), {"username": "alice", "password": "x" * 129})

    assert list(response.context["form"].errors) == ["password"]


def test_S26_the_profile_changes_only_ones_own_habits(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.bob)
    answers = {"date_format": "yyyy-mm-dd", "time_zone": "Asia/Tokyo", "language": "de"}

    response = client.post(reverse("profile"), answers | {"role": "owner", "username": "root", "first_name": "X"})

    assert response.status_code == 302
    with tenant_scope(cast.acme.pk):
        bob = User.objects.get(pk=cast.bob.pk)
    assert (bob.date_format, bob.time_zone, bob.language) == ("yyyy-mm-dd", "Asia/Tokyo", "de")
    assert (bob.role, bob.username, bob.first_name) == ("learner", "bob", "Bob")
    assert client.post(reverse("profile"), {"time_zone": "Moon/Base"}).status_code == 422


def test_S33_S35_headers_of_a_page(anonymous_client: Client) -> None:
    headers = anonymous_client.get(reverse("sign_in")).headers

    assert (
        headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        or headers["Cache-Control"] == "no-store"
    )
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
