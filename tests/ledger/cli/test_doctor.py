"""`doctor` says what is well with a ledger and what is not."""

from contextlib import closing

from ledger.log import Database
from tests.ledger.cli.conftest import Proceedings


def test_the_command_tells_a_person_and_a_program(proceedings: Proceedings) -> None:
    """`doctor` prints a table or JSON, and leaves with 1 where there is danger."""
    assert proceedings("init").code == 0
    ran = proceedings("doctor")
    assert (ran.code, "ok" in ran.out, "0 events" in ran.out) == (0, True, True)
    listed = proceedings("doctor", "--json").json
    assert {"severity", "about", "says", "todo"} == set(listed[0])
    with closing(Database.at("proceedings.db")) as database, database.writing("x") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert proceedings("doctor").code == 1


def test_the_command_wants_a_ledger(proceedings: Proceedings) -> None:
    """Where there is none, it says how to make one."""
    ran = proceedings("doctor")
    assert (ran.code, "proceedings init" in ran.err) == (4, True)
