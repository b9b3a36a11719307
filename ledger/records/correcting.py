"""What a file's entries are to a record that has some of them already.

An entry that is not there is recorded. One that says what is believed of its fact adds nothing. One
that says otherwise is a correction, where corrections are wanted, and else refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ledger.believed import Believed
from ledger.changes import Change, ChangedEntry, EntryChanged, differences
from ledger.editing import correction_of, receipt_of
from ledger.events import Directive
from ledger.fields import changed
from ledger.log import Decision, NewEvent, Receipt
from ledger.records.entries import Entry

_REF: Final = "If an entry is another fact, give it a `ref`."
_CORRECT: Final = "`record --correct` appends a correction."


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a recorder wants to know of an entry whose fact was recorded before."""

    entry: Entry
    kind: Literal["corrected", "overtaken", "retracted"]
    """It became a correction; the fact has another correction since; belief in it ended."""
    fact: Believed
    """What was believed of it."""
    changes: tuple[Change, ...] = ()
    """What the correction changes, field by field."""

    def __str__(self) -> str:
        """Return it as a sentence, with the place of the entry."""
        kind, at = self.fact.root.type, self.fact.root.position
        match self.kind:
            case "retracted":
                since = self.fact.retraction.position if self.fact.retraction else at
                said = (
                    f"{kind}, recorded before at position {at}, and retracted since at position "
                    f"{since}: retract the retraction to restore it"
                )
            case "overtaken":
                since = self.fact.stands.position
                said = (
                    f"{kind}, recorded before at position {at}, and corrected since at position "
                    f"{since}: what is believed says otherwise; --correct would correct it back"
                )
            case _:
                said = f"{kind} at position {self.fact.stands.position} corrected"
        return f"{self.entry.place}: {said}"


class Plan:
    """What becomes of each entry, as long as nobody changes what was believed of its fact.

    Raises `EntryChanged` with every entry that cannot be recorded.
    """

    def __init__(
        self, entries: Sequence[Entry], facts: Mapping[str, Believed], *, correct: bool
    ) -> None:
        self._facts = facts
        self._correct = correct
        self._directed = {
            entry.new.event.target for entry in entries if isinstance(entry.new.event, Directive)
        }
        """What the batch itself corrects, retracts or erases."""
        self.remarks: list[Remark] = []
        self._refused: list[ChangedEntry] = []
        self._corrections: dict[str, NewEvent] = {}
        _expect_one_voice(entries)
        self._outcomes = [self._outcome(entry) for entry in entries]
        """For each entry: what is to be appended, or the receipt of what says so already."""
        if self._refused:
            raise EntryChanged(self._refused, _REF if correct else f"{_CORRECT} {_REF}")
        self._entries = {
            outcome.event_id: entry
            for entry, outcome in zip(entries, self._outcomes, strict=True)
            if isinstance(outcome, NewEvent)
        }

    @property
    def decision(self) -> Decision:
        """What is to be appended, and that what it corrects must not have been changed."""
        new = [outcome for outcome in self._outcomes if isinstance(outcome, NewEvent)]
        held = [self._facts[event_id].condition for event_id in self._corrections]
        return Decision(new, condition=held)

    def receipts(self, appended: Iterable[Receipt]) -> list[Receipt]:
        """Return a receipt for each entry."""
        new = iter(appended)
        return [o if isinstance(o, Receipt) else next(new) for o in self._outcomes]

    def entry(self, event_id: str) -> Entry:
        """Return the entry that an event of the decision came from."""
        return self._entries[event_id]

    def found_free(self, event_id: str) -> bool:
        """Whether nothing had this id when the plan was made."""
        return event_id not in self._facts and not isinstance(
            self.entry(event_id).new.event, Directive
        )

    def _outcome(self, entry: Entry) -> NewEvent | Receipt:
        event = entry.new.event
        fact = self._facts.get(entry.new.event_id)
        if fact is None or type(event) is not type(fact.content):
            return entry.new
        # Where the batch itself has a directive about the fact, that has the last word, not the
        # entry that it is about: or each recording would undo what the one before did.
        told = {fact.root.event_id, *(directive.event_id for directive in fact.directives)}
        directed = not told.isdisjoint(self._directed)
        if fact.says(event):
            if fact.retraction is not None and not directed:
                self.remarks.append(Remark(entry, "retracted", fact))
            return receipt_of(fact.stands)
        corrects = self._correct and fact.retraction is None and not directed
        if not corrects and fact.said(event):
            if not directed:
                believed = fact.retraction is None
                self.remarks.append(Remark(entry, "overtaken" if believed else "retracted", fact))
            return receipt_of(fact.root)
        changes = tuple(differences(fact.spared(fact.content), fact.spared(event)))
        if corrects:
            return self._correction(entry, fact, changes)
        self._refused.append(_refusal(entry, fact, changes))
        return entry.new

    def _correction(self, entry: Entry, fact: Believed, changes: tuple[Change, ...]) -> NewEvent:
        """Return the correction that an entry is; an entry that is repeated is one correction."""
        event_id = entry.new.event_id
        if event_id not in self._corrections:
            fact.carried()  # Raises where what differs cannot be known.
            event = entry.new.event
            kept = changed(type(event), fact.spared(event), {})
            self._corrections[event_id] = correction_of(fact, kept, source=kept.source)
            self.remarks.append(Remark(entry, "corrected", fact, changes))
        return self._corrections[event_id]


def _expect_one_voice(entries: Iterable[Entry]) -> None:
    """Refuse two entries that are one fact of one source and say different things of it."""
    first: dict[str, Entry] = {}
    clashing: list[ChangedEntry] = []
    for entry in entries:
        earlier = first.setdefault(entry.new.event_id, entry)
        if earlier.new.event != entry.new.event:
            said = f"{earlier.place} says otherwise of the same fact of the same source"
            clashing.append(ChangedEntry(entry.place, entry.new.event_id, None, said))
    if clashing:
        raise EntryChanged(clashing, _REF)


def _refusal(entry: Entry, fact: Believed, changes: tuple[Change, ...]) -> ChangedEntry:
    stands = fact.stands.position
    said = f"{fact.root.type} was recorded before, at position {stands}, and says otherwise here:"
    if fact.retraction is not None:
        said = (
            f"{fact.root.type} was recorded before, at position {stands}, and retracted since at "
            f"position {fact.retraction.position}; it says otherwise here. Restore it first, by "
            "retracting the retraction, or take the entry out:"
        )
    return ChangedEntry(entry.place, entry.new.event_id, stands, said, changes)
