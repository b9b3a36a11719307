"""A log goes out as lines and comes in as the same log; whatever is not one is refused."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import Ledger, NewEvent
from ledger.codec.canonical import canonical
from ledger.codec.stored import MAX_BODY
from ledger.errors import InvalidExport
from ledger.events import MeetingConvened, PersonalDataErased
from ledger.formats.log_lines import MAX_LINE, read, write
from ledger.integrity import Frontier, leaf_hash, salted_hash
from ledger.log.read import PAGE
from ledger.mismatch import OtherLog
from ledger.testing import events
from tests.histories import History, contents, histories
from tests.ledger.log.moving import GONE, answers, fill, stored, tables
from tests.postgres import Cluster

KINDS = tuple(contents())
EXAMPLES = settings().max_examples


def exported(ledger: Ledger) -> bytes:
    """Return a ledger's log as lines."""
    out = io.BytesIO()
    with ledger.snapshot() as log:
        head = write(log, out)
    assert head == ledger.state
    return out.getvalue()


def imported(ledger: Ledger, lines: bytes) -> int:
    """Put lines into a ledger; return how many events are new."""
    placed = read(ledger, io.BytesIO(lines), "log.jsonl")
    assert placed.head == ledger.state
    return placed.new


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """The lines of a log with a bit of everything."""
    with Ledger.open("sqlite://", actor="desk-1") as ledger:
        fill(ledger, events=4)
        return exported(ledger).splitlines(keepends=True)


# ----------------------------------------------------------------------------------- the same log


def record(ledger: Ledger, history: History) -> None:
    """Record the batches of a history."""
    for batch in history.batches:
        ledger.append(batch, actor="desk-\u00e9")


@given(histories(KINDS, erasures=True, max_events=14))
def test_a_log_is_the_same_after_export_and_import(history: History) -> None:
    """Any history: the same events and the same root, and its export is the same bytes."""
    with Ledger.open("sqlite://") as source, Ledger.open("sqlite://") as target:
        record(source, history)
        lines = exported(source)
        assert imported(target, lines) == source.head
        assert target.state == source.state
        assert stored(target) == stored(source)
        assert exported(target) == lines
        assert target.verify().intact


@given(st.lists(events(MeetingConvened, *KINDS), min_size=1, max_size=5))
def test_any_text_comes_through(some: list[MeetingConvened]) -> None:
    """Whatever can be recorded can be exported: every script, control and mark."""
    with Ledger.open("sqlite://") as source, Ledger.open("sqlite://") as target:
        source.append(some)
        assert imported(target, exported(source)) == len(some)
        assert stored(target) == stored(source)


@settings(
    max_examples=EXAMPLES // 20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=histories(KINDS, erasures=True, min_events=4, max_events=14))
def test_a_log_moves_to_postgresql_and_back(
    history: History, postgres: Cluster, postgres_template: str, tmp_path: Path
) -> None:
    """Any history: every byte of every table, the same answers, there and back again."""
    names = iter(["first", "last"])
    url = postgres.create_database("moving", template=postgres_template)
    first, last = (tmp_path / next(names) for _ in range(2))
    for file in (first, last):
        file.unlink(missing_ok=True)
    try:
        with (
            Ledger.open(first) as source,
            Ledger.open(url) as there,
            Ledger.open(last) as back,
        ):
            record(source, history)
            lines = exported(source)
            assert imported(there, lines) == imported(back, exported(there)) == source.head
            assert exported(there) == exported(back) == lines
            assert answers(there) == answers(back) == answers(source)
            assert there.verify().intact
        assert tables(first) == tables(url) == tables(last)
    finally:
        postgres.drop_database("moving")


def test_a_log_of_some_pages_is_the_same(address: str) -> None:
    """Also past the first page, the first node and the first chunk, on each kind of database."""
    with Ledger.open("sqlite://") as source, Ledger.open(address) as target:
        fill(source, events=2 * PAGE + 77)
        lines = exported(source)
        assert imported(target, lines) == source.head
        assert exported(target) == lines
        assert target.verify().intact
        assert target.append([MeetingConvened(meeting="m")])[0].position == source.head + 1
        assert target.verify().intact


def test_an_empty_log_is_a_log() -> None:
    """Nothing goes out and comes in as nothing."""
    with Ledger.open("sqlite://") as source, Ledger.open("sqlite://") as target:
        assert imported(target, exported(source)) == 0
        assert target.state == source.state


def test_what_was_erased_is_not_exported_and_stays_erased(address: str) -> None:
    """An erased text is in no export, and its event comes in as one whose text was erased."""
    with Ledger.open(address) as source, Ledger.open("sqlite://") as target:
        fill(source)
        lines = exported(source)
        assert GONE.encode() not in lines
        imported(target, lines)
        assert target.event(1).erased
        assert not target.event(2).erased


# ---------------------------------------------------------------------------------- twice is once


def test_importing_twice_is_importing_once(lines: list[bytes], address: str) -> None:
    """The second time nothing is new, and nothing is changed."""
    with Ledger.open(address) as ledger:
        assert imported(ledger, b"".join(lines)) == 9
        before = stored(ledger)
        assert imported(ledger, b"".join(lines)) == 0
        assert stored(ledger) == before


@pytest.mark.parametrize("first", [2, PAGE - 5, PAGE])
def test_a_longer_log_goes_on_where_the_shorter_ends(first: int) -> None:
    """What the ledger has is compared, what it lacks is added, what was erased since goes."""
    with Ledger.open("sqlite://") as source, Ledger.open("sqlite://") as target:
        source.append([MeetingConvened(meeting=f"m-{n}") for n in range(first)])
        fill(source)
        earlier = exported(source)
        imported(target, earlier)
        target.project("attendance")
        source.append([PersonalDataErased(target=source.event(first + 2).event_id)])
        source.append([MeetingConvened(meeting=f"n-{n}") for n in range(PAGE)])
        assert imported(target, exported(source)) == PAGE + 1
        assert stored(target) == stored(source)
        heads = [row.head for row in target.view("attendance").rows(meeting="lakes-2")]
        assert heads == [{"und": "erased"}]
        # The shorter one again: nothing comes back.
        assert imported(target, earlier) == 0
        assert stored(target) == stored(source)


@pytest.mark.parametrize("into", ["longer", "shorter"])
def test_another_log_is_a_conflict(lines: list[bytes], into: str, address: str) -> None:
    """A ledger that went another way keeps its own events, and none of the file's are added."""
    with Ledger.open(address) as ledger, Ledger.open("sqlite://") as source:
        imported(source, b"".join(lines))
        with source.snapshot() as log:
            ledger.place(log.events(until=5))
        ledger.append([MeetingConvened(meeting="m")] * (20 if into == "longer" else 1))
        before = stored(ledger)
        with pytest.raises(OtherLog) as caught:
            imported(ledger, b"".join(lines))
        assert caught.value.position == 6
        assert stored(ledger) == before


# ------------------------------------------------------------------------------- what is no export


def refused(address: str, given: bytes) -> tuple[int, str | None, str]:
    """Return line, field and message of what is refused; nothing of it is imported."""
    with Ledger.open(address) as ledger:
        with pytest.raises(InvalidExport) as caught:
            imported(ledger, given)
        assert ledger.head == 0
        assert not stored(ledger)
    problem = caught.value.problem
    assert problem.file == "log.jsonl"
    assert str(caught.value).endswith("; nothing was imported")
    return problem.line, problem.field, problem.message


def test_a_cut_file_is_refused_wherever_it_was_cut(lines: list[bytes]) -> None:
    """Between lines or inside one, the line is named at which the file ends too soon."""
    whole = b"".join(lines)
    for number in range(len(lines)):
        line, _, message = refused("sqlite://", b"".join(lines[:number]))
        assert (line, message) == (number + 1, "the file ends too soon: it was cut off")
        line, _, message = refused("sqlite://", b"".join(lines[:number]) + lines[number][:-1])
        assert line == number + 1
        assert "in the middle of a line" in message
    assert "nothing may follow" in refused("sqlite://", whole + b"\n")[2]


def test_lines_in_another_order_are_refused(lines: list[bytes]) -> None:
    """A line that was moved, dropped or doubled is named."""
    for number in range(1, len(lines) - 2):
        swapped = [*lines]
        swapped[number], swapped[number + 1] = swapped[number + 1], swapped[number]
        for changed in (
            swapped,
            lines[:number] + lines[number + 1 :],
            lines[: number + 1] + lines[number:],
        ):
            line, field, _ = refused("sqlite://", b"".join(changed))
            assert line in (number + 1, number + 2)
            assert field in ("position", None)


Change = Callable[[dict[str, Any]], object]
THIRD = 3


def changed(lines: Sequence[bytes], number: int, change: Change) -> bytes:
    """Return the file with a change to one line, spelled as `export` spells it."""
    value = orjson.loads(lines[number])
    change(value)
    for name in ("body", "private"):
        if isinstance(value.get(name), dict):
            value[name] = orjson.loads(canonical(value[name]))
    return b"".join([*lines[:number], orjson.dumps(value) + b"\n", *lines[number + 1 :]])


@pytest.mark.parametrize(
    ("number", "change", "field"),
    [
        (3, lambda v: v.update(position=4), "position"),
        (3, lambda v: v.update(batch=2), "batch"),
        (3, lambda v: v.update(event_id="x"), "event_id"),
        (3, lambda v: v.update(stream="meeting-other"), "leaf_hash"),
        (3, lambda v: v.update(version=9), "leaf_hash"),
        (3, lambda v: v.update(type="meeting-opened"), "leaf_hash"),
        (3, lambda v: v.update(schema_version=2), "leaf_hash"),
        (3, lambda v: v.update(recorded_at="2001-01-01T00:00:00.000000Z"), "recorded_at"),
        (3, lambda v: v.update(recorded_at="9"), "recorded_at"),
        (3, lambda v: v.update(valid="2016"), "leaf_hash"),
        (3, lambda v: v.update(actor="somebody"), "leaf_hash"),
        (3, lambda v: v.update(causation=None), "leaf_hash"),
        (3, lambda v: v.update(body_salt="00" * 32), "body_hash"),
        (3, lambda v: v.update(body_hash="00" * 32), "body_hash"),
        (3, lambda v: v.update(leaf_hash="00" * 32), "leaf_hash"),
        (3, lambda v: v.update(private_hash=None), "private_hash"),
        (3, lambda v: v.update(private_salt="00" * 32), "private_hash"),
        (3, lambda v: v["body"].update(reason="other"), "body_hash"),
        (3, lambda v: v["private"].update({"/x": "other"}), "private_hash"),
        (3, lambda v: v.update(subjects=[]), "subjects"),
        (3, lambda v: v["subjects"].append("party:pk"), "subjects"),
        (3, lambda v: v["subjects"].reverse(), "subjects"),
        (2, lambda v: v.update(private=None, private_salt=None), "private"),
        (
            1,
            lambda v: v.update(private={"/head/name": "x"}, private_salt="00" * 32),
            "private_hash",
        ),
    ],
)
def test_a_changed_line_is_refused(
    lines: list[bytes], number: int, change: Change, field: str
) -> None:
    """Whichever field of an event says something else, the line is named, and what is wrong."""
    line, found, _ = refused("sqlite://", changed(lines, number, change))
    assert (line, found) == (number + 1, field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda v: v.update(more=1), "more"),
        (lambda v: v.pop("valid"), "valid"),
        (lambda v: v.pop("private"), "private"),
        (lambda v: v.update(position="3"), "position"),
        (lambda v: v.update(position=True), "position"),
        (lambda v: v.update(position=3.0), "position"),
        (lambda v: v.update(position=None), "position"),
        (lambda v: v.update(version=0), "version"),
        (lambda v: v.update(version=-1), "version"),
        (lambda v: v.update(schema_version=2**31), "schema_version"),
        (lambda v: v.update(stream=None), "stream"),
        (lambda v: v.update(stream=["x"]), "stream"),
        (lambda v: v.update(actor="a\0b"), "actor"),
        (lambda v: v.update(actor="e\u0301"), "actor"),
        (lambda v: v.update(body_hash="0"), "body_hash"),
        (lambda v: v.update(body_hash="0" * 63 + "g"), "body_hash"),
        (lambda v: v.update(body_hash=None), "body_hash"),
        (lambda v: v.update(leaf_hash=v["leaf_hash"].upper()), None),
        (lambda v: v.update(body=None), "body"),
        (lambda v: v.update(body=[]), "body"),
        (lambda v: v.update(body={"x": 1.5}), "body/x"),
        (lambda v: v.update(body={"x": "x" * MAX_BODY}), "body"),
        (lambda v: v.update(private={"x": "x" * MAX_BODY}), "private"),
        (lambda v: v.update(private=None), "private_salt"),
        (lambda v: v.update(private_salt=None), "private_salt"),
        (lambda v: v.update(subjects="x"), "subjects"),
        (lambda v: v.update(subjects=[1]), "subjects"),
    ],
)
def test_a_line_of_another_shape_is_refused(
    lines: list[bytes], change: Change, field: str | None
) -> None:
    """A field that is unknown, missing or of another type is named."""
    value = orjson.loads(lines[3])
    change(value)
    given = [*lines[:3], json.dumps(value, separators=(",", ":")).encode() + b"\n", *lines[4:]]
    assert refused("sqlite://", b"".join(given))[:2] == (4, field)


@pytest.mark.parametrize(
    ("spelled", "says"),
    [
        (lambda line: b"\xff\xfe" + line, "not JSON"),
        (lambda line: line.replace(b"desk-1", b"desk-\xe9"), "not JSON"),
        (lambda line: line.replace(b"desk-1", b"\\ud800"), "not JSON"),
        (lambda _: b"\n", "not JSON"),
        (lambda _: b"[1]\n", "a JSON object is wanted"),
        (lambda _: b"[" * 100_000 + b"\n", "not JSON"),
        (lambda line: line.replace(b'"version":', b'"version":7,"version":'), "not spelled"),
        (lambda line: line.replace(b'"body":{', b'"body":{"a":1,"a":1,'), "not spelled"),
        (lambda line: line.replace(b",", b", ", 1), "not spelled"),
        (lambda line: b" " + line, "not spelled"),
        (lambda line: line[:-1] + b"\r\n", "not spelled"),
        (lambda line: line.replace(b"desk", b"\\u0064esk"), "not spelled"),
        (lambda line: line[:-1] + b" " * MAX_LINE + b"\n", "at most"),
    ],
)
def test_a_line_that_is_spelled_in_another_way_is_refused(
    lines: list[bytes], spelled: Callable[[bytes], bytes], says: str
) -> None:
    """There is one spelling, so nothing can hide in another: no second key, no broken text."""
    given = [*lines[:2], spelled(lines[2]), *lines[3:]]
    assert given != lines
    line, _, message = refused("sqlite://", b"".join(given))
    assert line == 3
    assert says in message


@pytest.mark.parametrize(
    ("number", "value", "field"),
    [
        (0, {"format": "other/1", "header": "proceedings/1", "size": 9}, "format"),
        (0, {"format": "proceedings-log/1", "header": "proceedings/2", "size": 9}, "format"),
        (0, {"format": "proceedings-log/1", "header": "proceedings/1", "size": -1}, "size"),
        (0, {"format": "proceedings-log/1", "header": "proceedings/1", "size": True}, "size"),
        (0, {"format": "proceedings-log/1", "header": "proceedings/1"}, "size"),
        (0, {"format": "proceedings-log/1", "header": "proceedings/1", "size": 8}, "root"),
        (0, {"format": "proceedings-log/1", "header": "proceedings/1", "size": 10}, None),
        (10, {"size": 9, "root": "00" * 32}, "root"),
    ],
)
def test_a_wrong_first_or_last_line_is_refused(
    lines: list[bytes], number: int, value: dict[str, Any], field: str | None
) -> None:
    """What a file promises at its beginning and at its end has to be what is in it."""
    given = [*lines]
    given[number] = orjson.dumps(value) + b"\n"
    line, found, _ = refused("sqlite://", b"".join(given))
    assert found == field
    assert line == (1 if number == 0 and field in ("format", "size") else line)
    assert line in (1, 10, 11)


def rewritten(lines: Sequence[bytes], number: int, change: Change) -> bytes:
    """Return a file with one line changed and all hashes computed again, as a forger would."""
    values = [orjson.loads(line) for line in lines]
    change(values[number])
    leaves = []
    for value in values[1:-1]:
        salt = bytes.fromhex(value["body_salt"])
        value["body_hash"] = salted_hash(salt, canonical(value["body"])).hex()
        names = ("body", "private", "private_salt", "body_salt", "leaf_hash", "subjects")
        header = {k: v for k, v in value.items() if k not in names}
        leaf = leaf_hash(canonical({"format": "proceedings/1", **header}))
        value["leaf_hash"] = leaf.hex()
        leaves.append(leaf)
        value["body"] = orjson.loads(canonical(value["body"]))
    values[-1]["root"] = Frontier.empty().extend(leaves)[0].root.hex()
    return b"".join(orjson.dumps(value) + b"\n" for value in values)


def test_a_forger_who_computes_all_anew_is_not_noticed_here(lines: list[bytes]) -> None:
    """Hashes show what does not fit together; whoever kept the root sees that it is another."""
    given = rewritten(lines, 6, lambda value: value["body"].update(place="elsewhere"))
    with Ledger.open("sqlite://") as ledger, Ledger.open("sqlite://") as before:
        imported(before, b"".join(lines))
        assert imported(ledger, given) == 9
        assert ledger.state.root != before.state.root


@pytest.mark.parametrize(
    ("number", "change", "field"),
    [
        (7, lambda v: v.update(version=9), "version"),
        (7, lambda v: v.update(event_id="11111111-1111-4111-8111-111111111111"), "event_id"),
        (3, lambda v: v["body"].update(target="33333333-3333-4333-8333-333333333333"), "target"),
        (4, lambda v: v["body"].update(target=v["event_id"]), "target"),
        (7, lambda v: v.update(subjects=["party:pk"]), "subjects"),
    ],
)
def test_a_forged_log_is_a_log_all_the_same(
    lines: list[bytes], number: int, change: Change, field: str
) -> None:
    """With all hashes right: no id twice, no gap in a stream, no target out of nowhere."""
    line, found, _ = refused("sqlite://", rewritten(lines, number, change))
    assert (line, found) == (number + 1, field)


def test_events_of_a_type_that_is_not_known_come_through(lines: list[bytes]) -> None:
    """A log may hold what a newer program recorded: it is moved as it is."""

    def newer(value: dict[str, Any]) -> None:
        value.update(type="meeting-televised", subjects=["channel:1", "meeting:x"])

    with Ledger.open("sqlite://") as ledger, Ledger.open("sqlite://") as again:
        assert imported(ledger, rewritten(lines, 8, newer)) == 9
        assert ledger.verify().intact
        assert imported(again, exported(ledger)) == 9


def test_a_refused_file_leaves_a_ledger_of_the_log_as_it_was(lines: list[bytes]) -> None:
    """Also where the first events are there already: all of what is new, or nothing."""
    with Ledger.open("sqlite://") as ledger, Ledger.open("sqlite://") as source:
        imported(source, b"".join(lines))
        with source.snapshot() as log:
            ledger.place(log.events(until=5))
        before = stored(ledger)
        with pytest.raises(InvalidExport):
            imported(ledger, b"".join(lines[:-1]))
        assert stored(ledger) == before
        assert imported(ledger, b"".join(lines)) == 4
        assert ledger.append([NewEvent(MeetingConvened(meeting="m"))])[0].position == 10
