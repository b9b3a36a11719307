"""Checkpoints that are kept hold the log to what it was."""

import stat
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.checkpoints import Checkpoint
from ledger.errors import AlreadyThere, InvalidNote
from ledger.events import MeetingConvened
from ledger.keeping import newest
from ledger.mismatch import AlteredLog, OtherHistory
from tests.ledger.log.moving import fill, unguarded
from tests.ledger.test_notes import KEY, WITNESS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger of some pages of hashes."""
    made = tmp_path / "ledger.db"
    with Ledger.open(made) as ledger:
        fill(ledger, events=600)
    return made


def grow(ledger: Ledger) -> None:
    """Record something more."""
    ledger.append([MeetingConvened(meeting="sea-9")])


def test_a_checkpoint_says_what_the_log_is(address: str) -> None:
    """Size and root are those of the head, whatever the database; the note can be checked."""
    with Ledger.open(address) as ledger:
        fill(ledger, events=300)
        note = ledger.checkpoint(key=KEY)
        note.expect_signed([KEY.verifier])
        checkpoint = Checkpoint.parse(note.text)
        assert (checkpoint.size, checkpoint.root) == (ledger.state.size, ledger.state.root)
        assert checkpoint.origin == KEY.name
        assert ledger.checkpoint().signatures == ()


def test_a_folder_keeps_all_and_a_file_the_newest(file: Path, tmp_path: Path) -> None:
    """A folder has one for each size, in order; a file has the last."""
    folder, single = tmp_path / "kept", tmp_path / "newest"
    folder.mkdir()
    with Ledger.open(file) as ledger:
        for _ in range(3):
            notes = [ledger.checkpoint(key=KEY, into=place) for place in (folder, single)]
            assert [newest(folder), newest(single)] == notes
            grow(ledger)
    sizes = [int(kept.name.partition(".")[0]) for kept in sorted(folder.iterdir())]
    assert sizes == [605, 606, 607]
    assert stat.S_IMODE(single.stat().st_mode) & 0o444


def test_asking_twice_keeps_one_with_all_signatures(file: Path, tmp_path: Path) -> None:
    """What was signed already stays as it is; a second signature of the same text is added."""
    kept = tmp_path / "newest"
    with Ledger.open(file) as ledger:
        first = ledger.checkpoint(key=KEY, into=kept)
        assert ledger.checkpoint(into=kept, origin=KEY.name) == first
        both = ledger.checkpoint(key=WITNESS, origin=KEY.name, into=kept)
        assert [signature.name for signature in both.signatures] == [KEY.name, WITNESS.name]
        assert ledger.checkpoint(key=KEY, into=kept) == both


def test_a_rewritten_log_gets_no_checkpoint_beside_the_old_ones(file: Path, tmp_path: Path) -> None:
    """A log that is another one, or shorter, than what is kept says so, and nothing is written."""
    kept = tmp_path / "newest"
    with Ledger.open(file) as ledger:
        ledger.checkpoint(key=KEY, into=kept)
    before = kept.read_bytes()
    for events in (600, 10):
        other = tmp_path / f"other-{events}.db"
        with Ledger.open(other) as ledger:
            fill(ledger, events=events)  # the same events, other salts and times
            with pytest.raises(OtherHistory, match="605 events"):
                ledger.checkpoint(key=KEY, into=kept)
    assert kept.read_bytes() == before


def test_what_is_not_a_checkpoint_is_left_alone(file: Path, tmp_path: Path) -> None:
    """No file is overwritten that is something else, and no other log's checkpoints."""
    letter = tmp_path / "letter"
    letter.write_text("Dear colleague")
    with Ledger.open(file) as ledger:
        with pytest.raises(InvalidNote, match="letter"):
            ledger.checkpoint(into=letter)
        ledger.checkpoint(origin="lakes.example", into=tmp_path / "kept")
        with pytest.raises(AlreadyThere, match=r"of lakes\.example"):
            ledger.checkpoint(origin="rivers.example", into=tmp_path / "kept")
    assert letter.read_text() == "Dear colleague"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_head SET root = zeroblob(32)",
        "UPDATE log_nodes SET hash = zeroblob(32) WHERE number = 1",
        "DELETE FROM log_nodes WHERE number = 1",
        "UPDATE log_events SET leaf_hash = zeroblob(32) WHERE position = 600",
        "UPDATE log_events SET leaf_hash = x'00' WHERE position = 600",
        "DELETE FROM log_events WHERE position = 600",
    ],
)
def test_nothing_is_signed_that_the_kept_hashes_do_not_bear_out(file: Path, statement: str) -> None:
    """A head, a node or a late leaf that was altered stops the signing."""
    unguarded(file, statement)
    with Ledger.open(file, create=False) as ledger, pytest.raises(AlteredLog):
        ledger.checkpoint(key=KEY)


def test_each_growth_gets_a_checkpoint(address: str) -> None:
    """Whoever follows gets one at once, and one that covers each append, until all is silent."""
    with Ledger.open(address) as ledger:
        fill(ledger)
        sizes: list[int] = []
        for note in ledger.checkpoints(key=KEY, silence=0.3):
            sizes.append(Checkpoint.parse(note.text).size)
            if len(sizes) < 4:
                grow(ledger)
        assert sizes == [5, 6, 7, 8]
