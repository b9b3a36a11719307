# ruff: noqa: S608 - the names in these statements are our own
"""The three roles on PostgreSQL: what a writer, a reader and an eraser may do, and nothing more.

Every login here is a member of one role, on a server that nobody else uses.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger import Ledger
from ledger.cli import run
from ledger.errors import InvalidRecord, ReadOnly
from ledger.events import AttendanceRecorded, MeetingConvened, Person, PersonalDataErased
from ledger.formats import proof
from ledger.log import Database, NewEvent
from ledger.log.database import upgrade
from ledger.log.manners import Severity
from ledger.records import read
from ledger.schema.roles import ERASER, READER, READING_LIMIT, WRITER
from tests.ledger.log.stored import TABLES, everything
from tests.ledger.test_notes import KEY
from tests.postgres import Cluster, Server

TARGET = "11111111-1111-4111-8111-111111111111"
NAMED = NewEvent(
    AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="A. N. Other")), TARGET
)
CONVENED = MeetingConvened(meeting="lakes-1", group="lakes", place="Nairobi")
LOGINS = {"desk_1": WRITER, "desk_2": WRITER, "visitor": READER, "registrar": ERASER}

As: TypeAlias = Callable[[str], Ledger]
"""Opens the ledger as one of the logins."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server on which there is a role for everybody, and nobody else's ledger."""
    with Server(durable=False) as server:
        Database.open(server.create_database("first"), create=True).close()
        with closing(server.connect()) as admin:
            for login, role in LOGINS.items():
                tell(admin, f"CREATE ROLE {login} LOGIN IN ROLE {role}")
        yield server


@pytest.fixture
def name(server: Server) -> Iterator[str]:
    """A database with two events in its ledger, and a view of them that the superuser built."""
    name = f"test_{uuid.uuid4().hex}"
    with Ledger.open(server.create_database(name)) as ledger:
        ledger.append([CONVENED, NAMED])
        ledger.view("attendance").rows()
    yield name
    server.drop_database(name)


@pytest.fixture
def as_(server: Server, name: str) -> Iterator[As]:
    """Opens that ledger as one of the logins, and closes it in the end."""
    opened: list[Ledger] = []

    def open_as(login: str) -> Ledger:
        opened.append(Ledger.open(url(server, login, name), create=False, actor=login))
        return opened[-1]

    yield open_as
    for ledger in opened:
        ledger.close()


def url(server: Cluster, login: str, database: str) -> str:
    """Return the URL of a database for a login."""
    address = server.address.set(drivername="postgresql", username=login, database=database)
    return address.render_as_string(hide_password=False)


def contents(server: Server, name: str) -> dict[str, list[Any]]:
    """Return all that a ledger's log holds."""
    with closing(Database.open(server.url(name), create=False)) as database:
        return everything(database)


def tell(connection: psycopg.Connection[Any], statement: str) -> psycopg.Cursor[Any]:
    """Run a statement as it stands."""
    return connection.execute(statement.encode())


def denied(server: Server, login: str, name: str, *statements: str) -> None:
    """Run statements as a login, each of which it may not."""
    with closing(psycopg.connect(url(server, login, name), autocommit=True)) as connection:
        for statement in statements:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                tell(connection, statement)


def alterations(*tables: str) -> Iterator[str]:
    """Yield what nobody may do to a table but its owner."""
    for table in tables:
        yield f"TRUNCATE {table}"
        yield f"ALTER TABLE {table} DISABLE TRIGGER ALL"
        yield f"ALTER TABLE {table} ADD COLUMN more text"
        yield f"DROP TABLE {table}"
        yield f"CREATE TRIGGER of_mine BEFORE INSERT ON {table} EXECUTE FUNCTION log_refuses('x')"
        yield f"CREATE RULE of_mine AS ON INSERT TO {table} DO INSTEAD NOTHING"
        yield f"CREATE TABLE child () INHERITS ({table})"


NOT_MINE = (
    "DROP FUNCTION log_refuses CASCADE",
    "CREATE OR REPLACE FUNCTION log_refuses() RETURNS trigger AS 'BEGIN END' LANGUAGE plpgsql",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
    "UPDATE alembic_version SET version_num = '9999'",
)


# --------------------------------------------------------------------------------------- writer


def test_a_writer_appends_and_builds_views(as_: As) -> None:
    """A writer appends, alone and in long batches, and builds, reads and rebuilds every view."""
    ledger = as_("desk_1")
    assert ledger.record(CONVENED).position == 3
    assert ledger.append([CONVENED] * 30)[-1].position == 33
    assert all(progress.position == 33 for progress in ledger.project())
    assert ledger.rebuild() == ledger.check() == []
    assert [row.meeting for row in ledger.view("meetings").rows(place="Nairobi")] == ["lakes-1"]


def test_a_view_that_one_made_another_rebuilds(as_: As) -> None:
    """Whoever built a view, superuser or writer, any writer catches it up and rebuilds it."""
    one, other = as_("desk_1"), as_("desk_2")
    one.project("meetings")
    for ledger in (other, one, other):
        ledger.append([CONVENED, AttendanceRecorded(meeting="lakes-1", party="tz")])
        assert len(ledger.view("attendance").rows()) == 2
        assert ledger.rebuild("attendance", "meetings") == []
    assert as_("visitor").view("attendance").rows() == one.view("attendance").rows()


def test_a_writer_changes_nothing_that_is_recorded(server: Server, name: str) -> None:
    """The rights of a writer end at the log's past, before any guard is asked."""
    changes = [f"UPDATE {table} SET {key} = {key}" for table, key in KEYS if table != "log_head"]
    deletions = [f"DELETE FROM {table}" for table in TABLES]
    denied(server, "desk_1", name, *changes, *deletions, *alterations(*TABLES), *NOT_MINE)


KEYS = (
    ("log_head", "size"),
    ("log_events", "position"),
    ("log_private", "position"),
    ("log_subjects", "position"),
    ("log_nodes", "number"),
)


@pytest.mark.parametrize("more", [0, 30], ids=["brief", "long"])
def test_a_writer_erases_nothing(server: Server, name: str, as_: As, more: int) -> None:
    """An erasure by a writer is refused, with the role that it wants: nothing is recorded."""
    ledger = as_("desk_1")
    before = contents(server, name)
    told = f"permission denied for table log_private; only a member of {ERASER} erases"
    with pytest.raises(ReadOnly, match=told):
        ledger.append([PersonalDataErased(target=TARGET), *[CONVENED] * more])
    assert contents(server, name) == before
    assert ledger.record(CONVENED).position == 3


# --------------------------------------------------------------------------------------- eraser


def test_an_eraser_erases_and_appends(as_: As) -> None:
    """An eraser does what a writer does, and erases: in the log and in every view of it."""
    as_("desk_1").project("attendance", "meetings")
    ledger = as_("registrar")
    ledger.record(PersonalDataErased(target=TARGET))
    ledger.record(CONVENED)
    assert [event.private for event in ledger.read()] == [None] * 4
    [row] = ledger.view("attendance").rows()
    assert "A. N. Other" not in repr(row)
    assert ledger.check("attendance", "meetings") == []


def test_what_an_eraser_erased_is_swept_from_its_page(server: Server, name: str, as_: As) -> None:
    """An eraser may sweep the table of private parts: no dead row of it is left in its page."""
    as_("registrar").record(PersonalDataErased(target=TARGET))
    with closing(server.connect(name)) as admin:
        tell(admin, "CREATE EXTENSION pageinspect")
        page = "heap_page_items(get_raw_page('log_private', 0))"
        # The table was truncated to no page at all, or its page holds nothing of the row.
        pages = tell(admin, "SELECT pg_relation_size('log_private')").fetchone()
        left = [] if pages == (0,) else tell(admin, f"SELECT t_data FROM {page}").fetchall()
    assert not any(data for (data,) in left)


def test_an_eraser_changes_nothing_else(server: Server, name: str) -> None:
    """An eraser has no other right over the log than a writer has, and asks the guards."""
    others = [table for table in TABLES if table != "log_private"]
    deletions = [f"DELETE FROM {table}" for table in others]
    changes = [f"UPDATE {table} SET {key} = {key}" for table, key in KEYS if table != "log_head"]
    denied(server, "registrar", name, *deletions, *changes, *alterations(*TABLES), *NOT_MINE)
    with (
        closing(psycopg.connect(url(server, "registrar", name), autocommit=True)) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="personal-data-erased"),
    ):
        tell(connection, "DELETE FROM log_private")


# --------------------------------------------------------------------------------------- reader


def test_a_reader_reads_the_log_without_private_parts(server: Server, name: str, as_: As) -> None:
    """A reader sees each event, and of private text only that there is some."""
    ledger = as_("visitor")
    convened, attended = ledger.read()
    assert convened.event == CONVENED
    assert attended.private is None
    for event in (attended, ledger.event(2), ledger.event(TARGET)):
        assert "A. N. Other" not in repr((event, event.event))
        assert isinstance(event.event, AttendanceRecorded)
        assert event.event.head == Person(name="withheld")
        assert (event.withheld, event.erased) == (True, False)
    assert (convened.withheld, convened.erased) == (False, False)
    denied(server, "visitor", name, "SELECT FROM log_private", "COPY log_private TO STDOUT")


def test_a_reader_makes_checkpoints_and_proofs(as_: As) -> None:
    """Whoever holds the key needs a login that only reads; private texts stay withheld."""
    visitor = as_("visitor")
    note = next(visitor.checkpoints(key=KEY))
    note.expect_signed([KEY.verifier])
    told = json.dumps(proof.bundle(visitor.prove(1, 2), note, private=True))
    assert proof.check(told.encode(), [KEY.verifier]).size == 2
    assert "A. N. Other" not in told
    assert visitor.consistency(1).new == 2


def test_erasing_takes_the_eraser(as_: As) -> None:
    """A writer's erasure is refused as a whole; the eraser's leaves every hash as it was."""
    with pytest.raises(ReadOnly, match=ERASER):
        as_("desk_1").erase(TARGET)
    assert as_("desk_1").head == 2
    registrar = as_("registrar")
    before = registrar.consistency(2)
    [erasure] = registrar.erase(TARGET)
    assert erasure.receipt is not None
    assert registrar.event(TARGET).erased
    assert registrar.verify().intact
    assert registrar.consistency(2).old_root == before.new_root


def test_nobody_takes_what_is_withheld_for_erased(
    server: Server, name: str, as_: As, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines and JSON tell the two apart, and what was withheld is recorded nowhere else."""
    as_("registrar").record(PersonalDataErased(target=TARGET))
    as_("desk_1").append([NAMED.event])

    def printed(login: str, *options: str) -> list[str]:
        assert run(["--db", url(server, login, name), "log", *options]) == 0
        return capsys.readouterr().out.splitlines()

    def missing(login: str) -> list[str]:
        return [line.partition("]")[2].strip() for line in printed(login)]

    assert missing("desk_1") == ["", "(texts erased)", "", ""]
    assert missing("visitor") == ["", "(texts withheld)", "", "(texts withheld)"]
    lines = printed("visitor", "--jsonl")
    told = [(line["erased"], line["withheld"]) for line in map(json.loads, lines)]
    assert told == [(False, False), (False, True), (False, False), (False, True)]
    assert json.loads(lines[3])["event"]["head"] == {"name": "withheld"}
    with pytest.raises(InvalidRecord, match="withheld"):
        read("\n".join(lines).encode(), "lines.jsonl")


def test_a_reader_reads_views_as_far_as_they_are_built(as_: As) -> None:
    """A view that lags answers a reader and says how far it has read; no other does."""
    ledger = as_("visitor")
    as_("desk_1").record(AttendanceRecorded(meeting="lakes-1", party="tz"))
    answer = ledger.view("attendance").answer()
    assert ([row.party for row in answer.rows], answer.known_at, answer.asked) == (["ke"], 2, 3)
    with pytest.raises(ReadOnly, match="permission denied"):
        ledger.view("meetings").rows()
    as_("desk_1").project("attendance", "meetings")
    assert [row.party for row in ledger.view("attendance").rows()] == ["ke", "tz"]
    assert [row.meeting for row in ledger.view("meetings").rows()] == ["lakes-1"]


def test_a_reader_reads_what_is_known_now_whoever_built_it(
    server: Server, name: str, as_: As
) -> None:
    """The SQL view beside a table is a reader's too, after a rebuild by another writer as well."""
    as_("desk_1").project("attendance")
    as_("desk_2").rebuild("attendance")
    as_("desk_1").rebuild("attendance")
    with closing(psycopg.connect(url(server, "visitor", name))) as connection:
        found = tell(connection, "SELECT party FROM view_attendance_now").fetchall()
        skips = tell(connection, "SELECT position FROM view_skips").fetchall()
    assert (found, skips) == ([("ke",)], [])


def test_a_reader_writes_nothing(server: Server, name: str, as_: As) -> None:
    """A reader appends, builds and changes nothing, in the log or in a view."""
    ledger = as_("visitor")
    before = contents(server, name)
    for attempt in (
        lambda: ledger.record(CONVENED),
        lambda: ledger.record(PersonalDataErased(target=TARGET)),
        lambda: ledger.rebuild("attendance"),
        lambda: ledger.check("attendance"),
    ):
        with pytest.raises(ReadOnly, match="permission denied"):
            attempt()
    assert contents(server, name) == before
    tables = (*TABLES, "view_progress", "view_skips", "view_attendance", "view_inbox_attendance")
    writes = [f"DELETE FROM {table}" for table in tables]
    writes += [f"INSERT INTO {table} SELECT * FROM {table}" for table in tables]
    denied(
        server,
        "visitor",
        name,
        *writes,
        *alterations(*tables),
        *NOT_MINE,
        "SELECT FROM log_head FOR UPDATE",
        "CREATE TABLE of_mine (id int)",
    )


def test_a_readers_statement_ends_in_time(server: Server, name: str) -> None:
    """A login as the role itself has a time limit on its statements."""
    with closing(server.connect()) as admin:
        tell(admin, f"ALTER ROLE {READER} LOGIN")
        try:
            with closing(psycopg.connect(url(server, READER, name))) as connection:
                limit = tell(connection, "SHOW statement_timeout").fetchone()
        finally:
            tell(admin, f"ALTER ROLE {READER} NOLOGIN")
    assert limit == (READING_LIMIT,)


# -------------------------------------------------------------------- who may make no roles, or may


def test_a_login_that_may_make_no_roles_keeps_a_ledger() -> None:
    """Without the roles a ledger works for its owner; `doctor` says so, and how to have them."""
    with Server(durable=False) as server, closing(server.connect()) as admin:
        tell(admin, "CREATE ROLE owner LOGIN")
        tell(admin, "CREATE DATABASE lakes OWNER owner")
        address = url(server, "owner", "lakes")
        with Ledger.open(address) as ledger:
            ledger.record(CONVENED)
            assert ledger.rebuild("meetings", "attendance") == []
        assert "`proceedings db upgrade`" in remarks(address)["roles"]
        # Roles come later, by somebody who may make them, with another ledger on the server.
        Database.open(server.create_database("second"), create=True).close()
        tell(admin, f"CREATE ROLE desk_1 LOGIN IN ROLE {WRITER}")
        desk = url(server, "desk_1", "lakes")
        with pytest.raises(ReadOnly):
            Ledger.open(desk, create=False)
        assert f"GRANT {WRITER} TO owner" in remarks(address)["views"]
        tell(admin, f"GRANT {WRITER} TO owner")
        upgrade(address)
        assert remarks(address).keys() == {"login"}
        with Ledger.open(desk, create=False) as ledger:
            assert ledger.record(CONVENED).position == 2
            assert ledger.rebuild("meetings") == []
        assert remarks(desk) == {}


def test_roles_that_somebody_made_before_have_their_rights() -> None:
    """An administrator's roles are given the ledger; what else they lack is told, or mended."""
    with Server(durable=False) as server, closing(server.connect()) as admin:
        for role in (WRITER, READER, ERASER):
            tell(admin, f"CREATE ROLE {role}")
        tell(admin, f"CREATE ROLE owner LOGIN IN ROLE {WRITER}")
        for login, role in LOGINS.items():
            tell(admin, f"CREATE ROLE {login} LOGIN IN ROLE {role}")
        tell(admin, "CREATE DATABASE lakes OWNER owner")
        address = url(server, "owner", "lakes")
        with Ledger.open(address) as ledger:
            ledger.append([CONVENED, NAMED])
        with Ledger.open(url(server, "desk_1", "lakes"), create=False) as ledger:
            ledger.project("attendance")
        with Ledger.open(url(server, "visitor", "lakes"), create=False) as ledger:
            assert len(ledger.view("attendance").rows()) == 1
        # The owner may not say what the roles are; whoever may has it done, or does it.
        told = remarks(address)
        assert told.keys() == {"login", "eraser", "readers"}
        assert told["eraser"] == f"GRANT {WRITER} TO {ERASER}"
        assert f"ALTER ROLE {READER} SET statement_timeout" in told["readers"]
        upgrade(server.url("lakes"))
        assert remarks(address)["readers"] == "ALTER ROLE visitor SET statement_timeout = '30s'"
        tell(admin, remarks(address)["readers"])
        assert remarks(address).keys() == {"login"}
        with Ledger.open(url(server, "registrar", "lakes"), create=False) as ledger:
            ledger.record(PersonalDataErased(target=TARGET))
            assert ledger.event(TARGET).erased
        # A limit that holds for everybody, or in this database, is one.
        tell(admin, f"ALTER ROLE {READER} RESET statement_timeout")
        tell(admin, "ALTER DATABASE lakes SET statement_timeout = '5min'")
        assert remarks(address).keys() == {"login"}
        tell(admin, "ALTER DATABASE lakes SET statement_timeout = 0")
        assert "readers" in remarks(address)


def test_roles_that_were_made_after_the_ledger_are_told_of() -> None:
    """That roles are there, and have no rights on this ledger, is a warning."""
    with Server(durable=False) as server, closing(server.connect()) as admin:
        tell(admin, "CREATE ROLE owner LOGIN")
        tell(admin, "CREATE DATABASE lakes OWNER owner")
        address = url(server, "owner", "lakes")
        Database.open(address, create=True).close()
        Database.open(server.create_database("second"), create=True).close()
        assert remarks(address)["rights"] == "run `proceedings db upgrade` as the owner of the log"
        upgrade(address)
        assert "rights" not in remarks(address)


def test_whoever_may_do_all_is_told_so(server: Server, name: str) -> None:
    """A superuser is warned that no guard holds; an owner, in other words."""
    with closing(Database.open(server.url(name), create=False)) as database:
        [said] = [remark.says for remark in database.remarks() if remark.about == "login"]
    assert said.startswith("postgres is superuser, and could switch off the guards")


def test_an_owner_who_makes_the_roles_shares_its_views() -> None:
    """A login that may make roles and is no superuser hands its views over to the writers."""
    with Server(durable=False) as server, closing(server.connect()) as admin:
        tell(admin, "CREATE ROLE owner LOGIN CREATEROLE")
        tell(admin, "CREATE DATABASE lakes OWNER owner")
        with Ledger.open(url(server, "owner", "lakes")) as ledger:
            ledger.record(CONVENED)
            ledger.project("meetings")
        assert remarks(url(server, "owner", "lakes")).keys() == {"login"}
        for login, role in LOGINS.items():
            tell(admin, f"CREATE ROLE {login} LOGIN IN ROLE {role}")
        with Ledger.open(url(server, "desk_1", "lakes"), create=False) as ledger:
            assert ledger.append([NAMED])[0].position == 2
            assert ledger.rebuild("meetings") == []
        with Ledger.open(url(server, "registrar", "lakes"), create=False) as ledger:
            ledger.record(PersonalDataErased(target=TARGET))
        with Ledger.open(url(server, "visitor", "lakes"), create=False) as ledger:
            assert len(list(ledger.read())) == 3
            assert len(ledger.view("meetings").rows()) == 1


def remarks(address: str) -> dict[str, str]:
    """Return what to do about the warnings of a look at a database, by subject."""
    with closing(Database.open(address, create=False)) as database:
        found = database.remarks()
    return {r.about: str(r.todo) for r in found if r.severity is Severity.WARNING}
