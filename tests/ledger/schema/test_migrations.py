"""A new database and one that was taken through the migrations are the same."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from ledger.events import MeetingConvened
from ledger.log import Database, Log
from ledger.schema import migrations
from ledger.schema.tables import metadata

WAYS = {"created": migrations.create, "upgraded": migrations.upgrade}


@pytest.fixture(params=WAYS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A database made in each way."""
    with build(tmp_path / "proceedings.db", WAYS[request.param]) as connection:
        yield connection


class build:  # noqa: N801 - it reads as a function
    """A database that a function filled, as an open connection."""

    def __init__(self, file: Path, fill: Callable[[Connection], None]) -> None:
        self._engine = create_engine(f"sqlite:///{file}")
        self._fill = fill

    def __enter__(self) -> Connection:
        """Fill it in one transaction, and open another."""
        with self._engine.begin() as connection:
            self._fill(connection)
        self._connection = self._engine.connect()
        return self._connection

    def __exit__(self, *_: object) -> None:
        """Give everything back."""
        self._connection.close()
        self._engine.dispose()


def schema(connection: Connection) -> dict[tuple[str, str], str | None]:
    """Return the statement of every table, index and trigger, whatever its white space."""
    found = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master").all()
    return {(kind, name): normal(sql) for kind, name, sql in found}


def normal(sql: str | None) -> str | None:
    """Return a statement on one line, its brackets without space."""
    return None if sql is None else re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql.split()))


def rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    """Return all rows of a table."""
    return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]  # noqa: S608


def test_created_and_upgraded_are_the_same(tmp_path: Path) -> None:
    """Every table, index and trigger is the same, and so are the first rows."""
    with (
        build(tmp_path / "created.db", migrations.create) as created,
        build(tmp_path / "upgraded.db", migrations.upgrade) as upgraded,
    ):
        assert schema(created) == schema(upgraded)
        for table in ("log_head", "alembic_version", "log_events", "view_progress"):
            assert rows(created, table) == rows(upgraded, table)
        assert len(rows(created, "log_head")) == 1


def test_every_table_is_guarded(made: Connection) -> None:
    """Each table of the log has guards against UPDATE, DELETE and INSERT."""
    found = {name for kind, name in schema(made) if kind == "trigger"}
    assert found == {
        f"{table}_refuses_{operation}"
        for table in ("log_head", "log_events", "log_private", "log_subjects", "log_nodes")
        for operation in ("update", "delete", "insert")
    }


def test_the_code_and_the_database_agree(made: Connection) -> None:
    """Alembic finds no difference between the tables in the code and those in the database."""
    options: dict[str, Any] = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(made, opts=options)
    assert compare_metadata(context, metadata) == []


def test_a_database_stands_at_the_migration_that_the_code_expects(made: Connection) -> None:
    """Either way, a database says that it stands at `HEAD`."""
    assert migrations.current(made) == migrations.HEAD


def test_head_is_the_newest_script() -> None:
    """There is one line of scripts, and the code expects its end."""
    config = Config()
    config.set_main_option("script_location", str(migrations.scripts()))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_an_upgrade_of_a_database_that_stands_at_the_head_changes_nothing(
    made: Connection,
) -> None:
    """Upgrading twice is upgrading once."""
    before = schema(made), rows(made, "log_head")
    migrations.upgrade(made)
    assert (schema(made), rows(made, "log_head")) == before


@pytest.mark.parametrize("way", WAYS)
def test_a_schema_is_made_in_the_callers_transaction(way: str, tmp_path: Path) -> None:
    """If the caller takes its transaction back, nothing is left: no half of a schema."""
    with build(tmp_path / "empty.db", lambda _: None) as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        WAYS[way](connection)
        assert len(schema(connection)) > 20
        connection.rollback()
        assert schema(connection) == {}


def test_a_database_that_was_never_one_of_ours_stands_nowhere(tmp_path: Path) -> None:
    """Where there is no ledger there is no migration."""
    with build(tmp_path / "empty.db", lambda _: None) as connection:
        assert migrations.current(connection) is None


def test_an_upgraded_database_is_a_ledger(tmp_path: Path) -> None:
    """What the migrations make can be opened and appended to."""
    file = tmp_path / "proceedings.db"
    with build(file, migrations.upgrade):
        pass
    with closing(Database.open(file, create=False)) as database:
        log = Log(database)
        assert log.append([MeetingConvened(meeting="lakes-1")], actor="desk-1")[0].position == 1


def test_the_projects_own_scripts_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's `migrations`, first on the path and in the working folder, is never run."""
    decoy = tmp_path / "decoy"
    (decoy / "migrations" / "versions").mkdir(parents=True)
    for name in ("__init__.py", "env.py", "versions/0001_the_log.py"):
        (decoy / "migrations" / name).write_text("raise RuntimeError('a stranger was run')\n")
    (decoy / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    monkeypatch.chdir(decoy)
    monkeypatch.syspath_prepend(str(decoy))
    monkeypatch.delitem(sys.modules, "migrations", raising=False)
    with (
        build(tmp_path / "upgraded.db", migrations.upgrade) as upgraded,
        build(tmp_path / "created.db", migrations.create) as created,
    ):
        assert schema(upgraded) == schema(created)


def test_scripts_come_with_the_package() -> None:
    """The folder of scripts is found from the package, and has the environment and the first."""
    folder = migrations.scripts()
    assert folder.is_absolute()
    assert (folder / "env.py").is_file()
    assert (folder / "versions" / "0001_the_log.py").is_file()


def test_a_ledger_is_not_downgraded(made: Connection) -> None:
    """A record is never taken back: a downgrade is refused, and says what to do."""
    from alembic import command  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations.scripts()))
    config.attributes["connection"] = made
    with pytest.raises(RuntimeError, match="restore a backup"):
        command.downgrade(config, "base")
