"""The embedded servers are the real ones, hold what the architecture asks of them, and leave nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from lms.embedded.places import others_can_reach
from lms.embedded.processes import EmbeddedServerError
from lms.embedded.servers import PROJECT, Servers, ensure_servers
from tests.servers import make_reachable_directory

OWN_SERVERS = """
import sys, time
from pathlib import Path
from lms.embedded.servers import ensure_servers
with ensure_servers(directory=Path(sys.argv[1]), durable=False, given={}) as servers:
    print(servers.postgres.pid, servers.valkey.pid, servers.mail.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    made = make_reachable_directory()
    yield made
    shutil.rmtree(made)


def connect(servers: Servers, *, role: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(servers.place.sockets), user=role, dbname="rollbook", autocommit=True)


def is_alive(pid: int) -> bool:
    """Zombies are dead: nobody but the machine's first process could reap them."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pids: list[int], *, seconds: float) -> list[int]:
    give_up_at = time.monotonic() + seconds
    while (alive := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return alive


def test_postgres_has_two_plain_roles_and_the_builtin_locale(private_servers: Servers) -> None:
    with connect(private_servers, role="lms_app") as connection:
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
            " WHERE rolname LIKE 'lms%' ORDER BY rolname"
        ).fetchall()
        database = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding), pg_get_userbyid(datdba), version() ~ ' 18'"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        settings = connection.execute(
            "SELECT current_setting('data_checksums'), current_setting('listen_addresses'), current_setting('TimeZone')"
        ).fetchone()
    assert roles == [("lms_app", False, False, False, False), ("lms_owner", False, False, True, False)]
    assert database == ("b", "C.UTF-8", "UTF8", "lms_owner", True)
    assert settings == ("on", "", "UTC")


def test_application_role_may_not_create_tables_or_databases(private_servers: Servers) -> None:
    with connect(private_servers, role="lms_app") as connection:
        for statement in ("CREATE TABLE t (a int)", "CREATE DATABASE d"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_postgres_keeps_committed_rows_through_a_crash_at_the_same_address(private_servers: Servers) -> None:
    postgres = private_servers.postgres
    assert postgres is not None
    with connect(private_servers, role="lms_owner") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    address = postgres.application_url
    postgres.crash()
    with pytest.raises(psycopg.OperationalError):
        connect(private_servers, role="lms_owner")
    postgres.start()
    with connect(private_servers, role="lms_owner") as connection:
        assert connection.execute("TABLE kept").fetchall() == [(42,)]
    assert postgres.application_url == address


def test_valkey_is_real_never_evicts_and_has_no_port(private_servers: Servers) -> None:
    valkey = private_servers.valkey
    assert valkey is not None
    client = redis.Redis.from_url(valkey.url.replace("redis+socket", "unix").replace("virtual_host", "db"))
    settings = {name: client.config_get(name)[name] for name in ("maxmemory-policy", "port", "appendonly")}
    client.set("a", "1")
    valkey.crash()
    valkey.start()
    assert settings == {"maxmemory-policy": "noeviction", "port": "0", "appendonly": "no"}
    assert client.ping() is True
    client.close()


def test_durable_servers_keep_rows_and_messages_for_the_next_start(directory: Path) -> None:
    with ensure_servers(directory=directory, durable=True, given={}) as servers:
        assert servers.valkey is not None
        with connect(servers, role="lms_owner") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis(unix_socket_path=str(servers.valkey.socket)) as client:
            client.rpush("imports", "wake")
        first = dict(servers.environment)
    with ensure_servers(directory=directory, durable=True, given={}) as servers:
        assert servers.valkey is not None
        with connect(servers, role="lms_owner") as connection:
            rows = connection.execute("TABLE kept").fetchall()
        with redis.Redis(unix_socket_path=str(servers.valkey.socket)) as client:
            messages = client.lrange("imports", 0, -1)
        second = dict(servers.environment)
    assert (rows, messages, second) == ([(42,)], [b"wake"], first)


def test_given_addresses_are_used_and_nothing_is_started(directory: Path) -> None:
    given = {
        "DATABASE_URL": "postgres://app@db/lms",
        "DATABASE_OWNER_URL": "postgres://owner@db/lms",
        "BROKER_URL": "redis://broker/0",
        "EMAIL_URL": "smtp://mail:25",
        "STORAGE_URL": "s3://bucket",
        "SECRET_KEY": "given",
        "DATA_DIR": "/data",
    }
    with ensure_servers(directory=directory, durable=True, given=given) as servers:
        assert (servers.postgres, servers.valkey, servers.mail) == (None, None, None)
        assert dict(servers.environment) == given


def test_one_database_address_without_the_other_is_refused(directory: Path) -> None:
    given = {"DATABASE_URL": "postgres://app@db/lms"}
    with (
        pytest.raises(EmbeddedServerError, match="belong together"),
        ensure_servers(directory=directory, durable=False, given=given),
    ):
        pass


def test_second_run_from_one_directory_is_refused(directory: Path) -> None:
    with (
        ensure_servers(directory=directory, durable=False, with_mail=False, given={}),
        pytest.raises(EmbeddedServerError, match="already runs from"),
        ensure_servers(directory=directory, durable=False, with_mail=False, given={}),
    ):
        pass


@pytest.mark.faults
@pytest.mark.parametrize("with_guards", [False, True], ids=["owner", "owner and guards"])
def test_nothing_survives_kill_9_and_the_next_start_is_clean(directory: Path, *, with_guards: bool) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWN_SERVERS, str(directory)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    servers = [int(pid) for pid in owner.stdout.readline().split()]
    guards = [int(pid) for pid in Path(f"/proc/{owner.pid}/task/{owner.pid}/children").read_text().split()]
    postmaster_children = Path(f"/proc/{servers[0]}/task/{servers[0]}/children").read_text().split()
    everything = [*servers, *guards, *(int(pid) for pid in postmaster_children)]
    assert len(servers) == len(guards) == 3

    for pid in [owner.pid, *(guards if with_guards else [])]:
        os.kill(pid, signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    with ensure_servers(directory=directory, durable=False, given={}) as after:
        assert after.postgres is not None
        assert wait_until_gone(everything, seconds=5) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_in_a_closed_directory_runs_from_a_place_nobody_can_reach(tmp_path: Path) -> None:
    assert not others_can_reach(tmp_path)
    with ensure_servers(directory=tmp_path, durable=False, with_mail=False, given={}) as servers:
        elsewhere = servers.place.server_directory
        assert elsewhere != servers.place.directory
        assert others_can_reach(elsewhere)
        with connect(servers, role="lms_app") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    shutil.rmtree(elsewhere)
