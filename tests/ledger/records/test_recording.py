import pytest

from ledger import Ledger
from ledger.changes import EntryChanged
from ledger.errors import InvalidRecord, UnknownTemplate
from ledger.records import TEMPLATES, check, read, record, template

REPORT = """document: d
language: en
entries:
  - event: attendance-recorded
    meeting: m
    party: ke
  - event: attendance-recorded
    meeting: m
    party: %s
    as_written: %s
"""


def test_recording_twice_records_once() -> None:
    """The second time appends nothing, and says where the events stand."""
    entries = read((REPORT % ("ug", "Uganda")).encode(), "r.yaml")
    with Ledger.open("sqlite://") as ledger:
        first, second = record(ledger, entries), record(ledger, entries)
        assert ledger.head == 2
    assert [r.position for r in first] == [r.position for r in second] == [1, 2]
    assert [r.appended for r in second] == [False, False]


def test_checking_appends_nothing() -> None:
    """A check says what recording would, receipts and all, and leaves no trace."""
    entries = read((REPORT % ("ug", "Uganda")).encode(), "r.yaml")
    with Ledger.open("sqlite://") as ledger:
        would = check(ledger, entries)
        assert ledger.head == 0
        did = record(ledger, entries)
    places = [[(r.position, r.event_id, r.version, r.appended) for r in rs] for rs in (would, did)]
    assert places[0] == places[1]


def test_a_changed_entry_is_refused_with_its_line() -> None:
    """An entry that changed since it was recorded is named, and the rest is not recorded."""
    with Ledger.open("sqlite://") as ledger:
        record(ledger, read((REPORT % ("ug", "Uganda")).encode(), "r.yaml"))
        changed = (REPORT % ("ug", "Ouganda")) + "  - {event: meeting-convened, meeting: m}\n"
        with pytest.raises(EntryChanged, match=r"r\.yaml:7: .* position 2,"):
            record(ledger, read(changed.encode(), "r.yaml"))
        assert ledger.head == 2


def test_a_directive_without_its_target_is_refused_with_its_line() -> None:
    """A retraction of what is not in the record is named with its line; nothing is appended."""
    text = """entries:
  - event: meeting-convened
    meeting: m
  - event: event-retracted
    target: 5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10
"""
    with Ledger.open("sqlite://") as ledger:
        with pytest.raises(InvalidRecord) as refusal:
            record(ledger, read(text.encode(), "e.yaml"))
        assert ledger.head == 0
    assert [problem.line for problem in refusal.value.problems] == [4]


def test_every_template_can_be_recorded_as_it_stands() -> None:
    """A person who records a template unchanged sees it work; the editor's corrects the others'."""
    with Ledger.open("sqlite://") as ledger:
        for kind in TEMPLATES:
            receipts = record(ledger, read(template(kind).encode(), f"{kind}.yaml"))
            assert any(receipt.appended for receipt in receipts)


def test_an_unknown_template_names_those_there_are() -> None:
    """Asking for a template that is not there names those that are."""
    with pytest.raises(UnknownTemplate, match="meeting, membership, votes, editor"):
        template("meetings")
