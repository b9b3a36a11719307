from pathlib import Path

from ledger.schema.migrations import HEAD
from tests.ledger.cli.conftest import Proceedings
from tests.ledger.replay.tampering import sql


def test_init_makes_a_ledger_or_says_that_it_is_there(recorded: Proceedings) -> None:
    """A new ledger is made once; one that is there is left as it is."""
    assert "an empty ledger" in recorded("--db", "new.db", "init").out
    assert "an empty ledger" in recorded("--db", "new.db", "init").out
    assert "a ledger of 88 events" in recorded("init").out


def test_the_schema_is_told_and_needs_no_upgrade(recorded: Proceedings) -> None:
    """`db current` says where the database stands; an upgrade of a current one does nothing."""
    assert f"migration {HEAD}; this program expects {HEAD}" in recorded("db", "current").out
    assert "nothing to do" in recorded("db", "upgrade").out
    assert recorded("replay", "--check").code == 0


def test_a_database_of_another_time_is_told_what_to_do(
    recorded: Proceedings, tmp_path: Path
) -> None:
    """A database at another migration is refused, with the way out."""
    sql(tmp_path / "proceedings.db", "UPDATE alembic_version SET version_num = '0000'")
    ran = recorded("view")
    assert ran.code == 4
    assert "`proceedings db upgrade`" in ran.err
