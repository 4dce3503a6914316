"""The catching mail server holds a real SMTP conversation, refusals included."""

import smtplib
import socket
import sys
import time
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from django.core.mail import send_mail

from lms.embedded.mailcatcher import MailCatcher, answers_on, catch_mail, find_free_port
from lms.embedded.processes import GuardedProcess, Program, wait_until_ready
from lms.embedded.servers import PROJECT


def make_message() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Prüfung fällig"
    message["From"] = "no-reply@rollbook.example"
    message["To"] = "joerg@example.com"
    message.set_content("Guten Tag")
    return message


def test_django_sends_to_it(mail_catcher: MailCatcher) -> None:
    send_mail("Prüfung fällig", "Guten Tag", "no-reply@rollbook.example", ["joerg@example.com"])
    caught = [(m.sender, m.recipients, m.message["Subject"], m.message.get_content()) for m in mail_catcher.caught]
    assert caught == [("no-reply@rollbook.example", ("joerg@example.com",), "Prüfung fällig", "Guten Tag\r\n")]


def test_named_recipients_are_refused_for_good_or_for_now() -> None:
    with catch_mail() as catcher, smtplib.SMTP("127.0.0.1", catcher.port) as client:
        catcher.refused |= {"gone@example.com": "550 no such user", "full@example.com": "451 try later"}
        client.ehlo()
        client.mail("no-reply@rollbook.example")
        answers = [client.rcpt(f"{name}@example.com")[0] for name in ("gone", "full", "fine")]
    assert answers == [550, 451, 250]


def test_demo_server_writes_one_file_for_each_mail(tmp_path: Path) -> None:
    port, folder = find_free_port(), tmp_path / "mail"
    command = (sys.executable, "-m", "lms.embedded.mailcatcher", str(folder), str(port))
    process = GuardedProcess(Program(name="mail", command=command, directory=PROJECT, log=tmp_path / "mail.log"))
    process.start()

    wait_until_ready(process, is_ready=lambda: answers_on(port), seconds=20)
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(make_message())
    assert process.stop() == 0
    files = list(folder.iterdir())
    assert [path.name.partition("-")[2] for path in files] == ["joerg@example.com.eml"]
    assert BytesParser(policy=policy.default).parsebytes(files[0].read_bytes())["Subject"] == "Prüfung fällig"


def test_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < find_free_port(preferred=port) <= port + 50


@pytest.mark.parametrize("arguments", [[], ["folder"]])
def test_wrong_arguments_are_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from lms.embedded.mailcatcher import main

    started = time.monotonic()
    assert main(["mailcatcher", *arguments]) == 2
    assert capsys.readouterr().err == "usage: python -m lms.embedded.mailcatcher FOLDER PORT\n"
    assert time.monotonic() - started < 1
