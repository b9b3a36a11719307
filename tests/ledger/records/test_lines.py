import json

import pytest

from ledger import Ledger
from ledger.errors import InvalidRecord
from ledger.records import read, record
from ledger.records.envelope import as_json
from ledger.samples import SAMPLES, sample

LINE = '{"type": "meeting-convened", "event": {"meeting": "m%d"}}\n'


def test_the_log_as_lines_records_the_same_events_again() -> None:
    """What `log --jsonl` prints can be recorded in another ledger: same ids, same contents."""
    with Ledger.open("sqlite://") as one, Ledger.open("sqlite://") as other:
        for name in SAMPLES:
            record(one, read(sample(name), name))
        lines = "".join(json.dumps(as_json(event)) + "\n" for event in one.read())
        record(other, read(lines.encode(), "all.jsonl"))
        told = [[(e.event_id, e.body, e.private) for e in ledger.read()] for ledger in (one, other)]
    assert told[0] == told[1]


def test_a_line_without_an_id_gets_the_one_that_follows_from_it() -> None:
    """Lines without ids are recorded once, however often they are given."""
    with Ledger.open("sqlite://") as ledger:
        for _ in range(2):
            record(ledger, read((LINE % 1).encode(), "a.jsonl"))
        assert ledger.head == 1


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ('{"type": "meeting-convened", "event": {"meeting"', None, "not JSON"),
        ("[1]", None, "an event is"),
        ('{"type": "meeting-convend", "event": {}}', "type", "meeting-convened"),
        ('{"type": "meeting-convened", "event": {"number": 1}}', "meeting", "missing"),
        ('{"type": "meeting-convened", "event": {"meeting": "m", "number": 1.5}}', None, ""),
        ('{"type": "meeting-convened", "event": 3}', "event", "a set of fields"),
        ('{"type": "meeting-convened", "event": {"meeting": "m"}, "x": 1}', "x", "no such"),
        (
            '{"type": "meeting-convened", "event": {"meeting": "m"}, "event_id": "7"}',
            "event_id",
            "no event id",
        ),
        (
            '{"type": "meeting-convened", "event": {"meeting": "m"}, "withheld": true}',
            "withheld",
            "somebody read who may",
        ),
        (
            '{"type": "meeting-convened", "schema_version": 9, "event": {"meeting": "m"}}',
            "schema_version",
            "versions 1 to",
        ),
        ('{"type": "meeting-convened", "event": {"meeting": "m", "place": "\\u0000"}}', None, ""),
        (
            '{"type": "meeting-convened", "event": {"meeting": "m", "meeting": "n"}}',
            "meeting",
            "twice",
        ),
    ],
)
def test_a_broken_line_is_named_and_nothing_is_read(
    line: str, field: str | None, says: str
) -> None:
    """A broken line in the middle of a file is named with its number, and nothing is recorded."""
    text = LINE % 1 + "\n" + line + "\n" + LINE % 2
    with pytest.raises(InvalidRecord) as refusal:
        read(text.encode(), "events.jsonl")
    [problem] = refusal.value.problems
    assert problem.line == 3
    assert says in problem.message
    assert field is None or problem.field == field
