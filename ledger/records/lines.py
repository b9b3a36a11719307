"""Events as JSON Lines: an envelope a line, as `log --jsonl` prints them."""

from __future__ import annotations

from codecs import BOM_UTF8

from ledger.errors import Problem
from ledger.log import NewEvent
from ledger.records import envelope
from ledger.records.entries import Entry
from ledger.records.envelope import Mistakes
from ledger.records.identity import derived_id


def read(data: bytes, file: str) -> tuple[list[Entry], list[Problem]]:
    """Read the lines of a file: the events, and every mistake with its line."""
    found: list[Entry] = []
    problems: list[Problem] = []
    for number, line in enumerate(data.removeprefix(BOM_UTF8).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(Entry(_event(line), file, number))
        except Mistakes as mistakes:
            problems += [
                Problem(file, number, name, said.replace(": line 1 ", ": "))
                for name, said in mistakes.said
            ]
    if not found and not problems:
        problems.append(Problem(file, 1, None, "there is nothing to record here"))
    return found, problems


def _event(line: bytes) -> NewEvent:
    event, event_id, causation, ref = envelope.read(envelope.parsed(line))
    return NewEvent(event, event_id or derived_id(event, ref), causation)
