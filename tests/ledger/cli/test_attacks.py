"""Every attack is caught by the command that docs/proofs.md names for it, and the place named.

The attacker owns the database: the file, or PostgreSQL's superuser. The guards are off.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.notes import SigningKey
from tests.ledger.attacking import (
    Run,
    delete,
    edit,
    insert,
    move,
    recompute,
    roll_back,
    swap,
    unguarded,
)
from tests.ledger.cli.conftest import Proceedings, Ran
from tests.ledger.log.moving import fill
from tests.postgres import Cluster

EVENTS = 285
SIZE = EVENTS + 5
KEY = SigningKey("lakes.example/record", bytes(32))
OTHER_ID = "99999999-9999-4999-8999-999999999999"


@dataclass(frozen=True, slots=True)
class Pristine:
    """A ledger of 290 events as a file and as a database to copy, and a checkpoint of each."""

    file: bytes
    database: str
    kept: dict[str, str]


@pytest.fixture(scope="module")
def pristine(
    postgres: Cluster, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pristine]:
    """What each test gets a copy of."""
    file = tmp_path_factory.mktemp("pristine") / "proceedings.db"
    name = f"{postgres_template}_attacked"
    places = {
        "file": str(file),
        "postgres": postgres.create_database(name, template=postgres_template),
    }
    kept: dict[str, str] = {}
    for kind, address in places.items():
        with Ledger.open(address) as ledger:
            fill(ledger, events=EVENTS)
            assert ledger.head == SIZE
            kept[kind] = str(ledger.checkpoint(key=KEY))
    yield Pristine(file.read_bytes(), name, kept)
    postgres.drop_database(name)


@pytest.fixture(params=["file", "postgres"])
def place(
    request: pytest.FixtureRequest, postgres: Cluster, pristine: Pristine, tmp_path: Path
) -> Iterator[str]:
    """A ledger of 290 events; a checkpoint of it is kept in `kept`, and the key in `k.pub`."""
    (tmp_path / "kept").write_text(pristine.kept[request.param])
    (tmp_path / "k.pub").write_text(str(KEY.verifier))
    if request.param == "file":
        file = tmp_path / "proceedings.db"
        file.write_bytes(pristine.file)
        yield str(file)
        return
    name = f"attacked_{uuid.uuid4().hex}"
    yield postgres.create_database(name, template=pristine.database)
    postgres.drop_database(name)


def checked(proceedings: Proceedings, place: str) -> Ran:
    """Verify with the checkpoint that was kept."""
    return proceedings("--db", place, "verify", "--checkpoint", "kept", "--key", "k.pub")


HEADER = {
    "batch": 4,
    "event_id": OTHER_ID,
    "stream": "meeting-other",
    "version": 77,
    "type": "meeting-closed",
    "schema_version": 2,
    "recorded_at": "2001-01-01T00:00:00.000000Z",
    "valid": "2001-01-01",
    "actor": "somebody",
    "causation": OTHER_ID,
    "body_hash": bytes(32),
    "private_hash": bytes(32),
    "leaf_hash": bytes(32),
}


@pytest.mark.parametrize("column", HEADER)
def test_an_edited_column_is_found_by_verify(
    place: str, proceedings: Proceedings, column: str
) -> None:
    """Whichever column of an event's header is edited, the event is named."""
    with unguarded(place) as run:
        edit(run, 100, **{column: HEADER[column]})
    ran = proceedings("--db", place, "verify")
    assert ran.code == 1
    assert "event 100: " in ran.out
    assert "looks as if" in ran.out


def attack_body(run: Run) -> None:
    edit(run, 100, body='{"meeting":"sea-9"}')


def attack_salt(run: Run) -> None:
    edit(run, 100, body_salt=bytes(32))


def attack_private(run: Run) -> None:
    run("UPDATE log_private SET body = ? WHERE position = 2", '{"/head/name":"Mallory"}')


def attack_put_back(run: Run) -> None:
    run("INSERT INTO log_private VALUES (1, ?, ?)", bytes(32), '{"/head/name":"A. N. Other"}')


def attack_deletes_last(run: Run) -> None:
    delete(run, SIZE)


def attack_deletes_middle(run: Run) -> None:
    delete(run, 100)


def attack_deletes_and_closes_the_gap(run: Run) -> None:
    delete(run, 100)
    for later in range(101, SIZE + 1):
        move(run, later, later - 1)


def attack_reorders(run: Run) -> None:
    swap(run, 100, 103)


def attack_inserts(run: Run) -> None:
    insert(run, 100, SIZE)


def attack_index(run: Run) -> None:
    run("DELETE FROM log_subjects WHERE position = 100")


def attack_node(run: Run) -> None:
    run("UPDATE log_nodes SET hash = ?", bytes(32))


def attack_head(run: Run) -> None:
    run("UPDATE log_head SET root = ?", bytes(32))


def attack_stray(run: Run) -> None:
    run("INSERT INTO log_subjects (subject, position) VALUES ('party:pk', 9999)")


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        (attack_body, "event 100: body_hash: {} (looks as if its body was edited)"),
        (attack_salt, "event 100: body_hash: {}"),
        (attack_private, "event 2: private_hash: {} (looks as if its private part was edited)"),
        (attack_put_back, "event 1: private: {} (looks as if a private part was deleted, or put"),
        (attack_deletes_last, "the log: size: {} (looks as if the newest events were deleted)"),
        (attack_deletes_middle, "event 101: position: {} (looks as if events before it were del"),
        (attack_deletes_and_closes_the_gap, "event 100: place: {} (looks as if events were reor"),
        (attack_reorders, "event 100: place: expected position 103, found position 100"),
        (attack_inserts, "event 101: place: expected position 100, found position 101"),
        (attack_index, "event 100: subjects: {} (looks as if the index of subjects was edited)"),
        (attack_node, "the log: node 0 at level 8: {} (looks as if a kept hash was edited)"),
        (attack_head, "the log: root: {}"),
        (attack_stray, "the log: log_subjects: {} (looks as if rows were put in"),
    ],
)
def test_what_leaves_the_hashes_is_found_by_verify(
    place: str, proceedings: Proceedings, attack: Callable[[Run], None], says: str
) -> None:
    """An edit, a deletion, another order, an event in the past: `verify` names the place."""
    with unguarded(place) as run:
        attack(run)
    ran = proceedings("--db", place, "verify")
    assert ran.code == 1
    begins, _, ends = says.partition("{}")
    found = [line.strip() for line in ran.out.splitlines()]
    assert any(line.startswith(begins) and ends in line for line in found), ran.out
    assert checked(proceedings, place).code == 1


def forge_body(run: Run) -> None:
    edit(run, 100, body='{"meeting":"sea-3","place":"elsewhere"}')


def forge_actor(run: Run) -> None:
    edit(run, 100, actor="somebody")


def forge_last(run: Run) -> None:
    edit(run, SIZE, actor="somebody")


@pytest.mark.parametrize("forge", [forge_body, forge_actor, forge_last])
def test_what_recomputes_all_hashes_is_found_with_a_checkpoint(
    place: str, proceedings: Proceedings, forge: Callable[[Run], None]
) -> None:
    """A log that was rewritten contradicts itself nowhere; it contradicts what was kept."""
    with unguarded(place) as run:
        forge(run)
        recompute(run)
    assert proceedings("--db", place, "verify").code == 0
    ran = checked(proceedings, place)
    assert ran.code == 1
    assert f"the log: root of the first {SIZE} events: expected " in ran.out
    assert "rewritten with all their hashes" in ran.out


def test_an_older_backup_is_found_with_a_checkpoint(place: str, proceedings: Proceedings) -> None:
    """A log that was rolled back is intact in itself, and shorter than what was kept."""
    with unguarded(place) as run:
        roll_back(run, 260)
    assert proceedings("--db", place, "verify").code == 0
    ran = checked(proceedings, place)
    assert ran.code == 1
    assert f"the log: size: expected {SIZE} events or more, found 260" in ran.out
    assert proceedings("--db", place, "checkpoint", "--into", "kept").code == 1


def test_another_database_is_found_with_a_checkpoint(
    place: str, proceedings: Proceedings, tmp_path: Path
) -> None:
    """A ledger that says the same, made elsewhere, is not the one that was kept."""
    del place
    with Ledger.open(tmp_path / "swapped.db") as ledger:
        fill(ledger, events=EVENTS)
    assert proceedings("--db", "swapped.db", "verify").code == 0
    ran = checked(proceedings, "swapped.db")
    assert ran.code == 1
    assert f"root of the first {SIZE} events" in ran.out


def test_two_histories_are_found_by_comparing_checkpoints(
    place: str, proceedings: Proceedings, tmp_path: Path
) -> None:
    """Whoever was shown another history holds a signed checkpoint that no proof joins to ours."""
    with Ledger.open(tmp_path / "for-them.db") as ledger:
        fill(ledger, events=EVENTS + 10)
        ledger.checkpoint(key=KEY, into=tmp_path / "theirs")
    assert proceedings("--db", "for-them.db", "consistency", "theirs").code == 0
    ran = proceedings("--db", "for-them.db", "consistency", "kept", "theirs", "--key", "k.pub")
    assert (ran.code, ran.out) == (1, "")
    assert "did not grow from the checkpoint of lakes.example/record at 290 events" in ran.err
    assert proceedings("--db", place, "consistency", "kept", "theirs").code == 1


def test_what_came_after_the_newest_checkpoint_is_found_by_the_next(
    place: str, proceedings: Proceedings, tmp_path: Path
) -> None:
    """Nothing tells of it before; the documentation says so."""
    with Ledger.open(place) as ledger:
        fill_one(ledger)
        old = (tmp_path / "kept").read_text()
        ledger.checkpoint(key=KEY, into=tmp_path / "kept")
    newer = (tmp_path / "kept").read_text()
    with unguarded(place) as run:
        edit(run, SIZE + 1, actor="somebody")
        recompute(run)
    (tmp_path / "kept").write_text(old)
    assert checked(proceedings, place).code == 0
    (tmp_path / "kept").write_text(newer)
    assert checked(proceedings, place).code == 1


def fill_one(ledger: Ledger) -> None:
    """Record one event more."""
    ledger.append([ledger.event(6).event])
