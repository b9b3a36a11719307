"""Lines that are not a log as it was exported are refused, with the line, and change nothing."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from ledger import Ledger, NewEvent
from ledger.codec.canonical import canonical
from ledger.codec.stored import MAX_BODY
from ledger.errors import InvalidExport
from ledger.events import MeetingConvened
from ledger.formats.log_lines import MAX_LINE
from ledger.integrity import Frontier, leaf_hash, salted_hash
from tests.ledger.formats.lines import exported, imported
from tests.ledger.log.moving import stored


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
