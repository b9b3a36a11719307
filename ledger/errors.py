"""What can go wrong, one class a fact, its values as attributes.

`LedgerError` is the base of all. Four branches below it tell an edge what kind of answer it is:
`BadInput` (mend the input), `Conflict` (somebody else was there before), `DatabaseProblem` (the
record cannot be reached or read) and `Disproved` (what was checked does not hold). Messages say
where, what was expected, what was found and what to do next.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple


class LedgerError(Exception):
    """Base of every error that this library raises on purpose."""

    event_id: str | None = None
    """The event of a batch that it is about, where it is about one."""


class BadInput(LedgerError, ValueError):
    """What was handed in cannot be accepted as it is."""


class Conflict(LedgerError):
    """The record is not where the writer believed it to be."""


class DatabaseProblem(LedgerError):
    """The database cannot be reached, read or written."""


class Disproved(LedgerError):
    """What was to be checked does not hold. That is a finding, not a failure."""


class InvalidDate(BadInput):
    """A date is not in the part of EDTF that this record speaks.

    `text` is what was given, `reason` what is wrong with it, `write` what to write instead.
    """

    EDTF = (
        "a day (2016-09-19), a month (2016-09), a year (2016), a span (2016-04-15/2016-09-19) or a "
        "window for one day ([2016-04-15..2016-09-19])"
    )

    def __init__(self, text: str, reason: str, *, write: str = EDTF) -> None:
        self.text = text
        self.reason = reason
        self.write = write
        super().__init__(f"{text!r} is not a date this record can read: {reason}. Write {write}.")


class InvalidMoment(BadInput):
    """A text names no state of the ledger: no position, and no moment at which one was recorded.

    `text` is what was given, `reason` what is wrong with it.
    """

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        self.reason = reason
        super().__init__(
            f"{text!r} names no state of the record: {reason}. Write a position (42), a time with "
            "its zone (2026-11-23T17:05:00Z) or a date, meaning its end in UTC (2026-11-23)."
        )


class OutsideDomain(BadInput):
    """A value cannot be written as canonical JSON.

    `path` is the JSON pointer of the value, `reason` what is wrong with it.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path or 'the value itself'}: {reason}")


class UnknownEventType(BadInput):
    """No event of this stored name is declared.

    `type` is the name, `did_you_mean` the nearest that exists, if any is near.
    """

    def __init__(self, type_name: str, *, did_you_mean: str | None = None) -> None:
        self.type = type_name
        self.did_you_mean = did_you_mean
        hint = f"; did you mean {did_you_mean!r}?" if did_you_mean else ""
        super().__init__(
            f"no event type is called {type_name!r}{hint} (`proceedings schema` lists them all)"
        )


class TooLarge(BadInput):
    """An event has more bytes than the record takes. `size` and `limit` count bytes."""

    def __init__(self, type_name: str, *, size: int, limit: int) -> None:
        self.type = type_name
        self.size = size
        self.limit = limit
        super().__init__(
            f"a {type_name} of {size:,} bytes is over the limit of {limit:,}: keep the text in its "
            "document and a summary here"
        )


class UnreadableEvent(BadInput):
    """Stored or given JSON is not an event of the type that it says it is.

    `type` and `schema_version` are what it says, `reason` is what does not fit.
    """

    def __init__(self, type_name: str, schema_version: int, reason: str) -> None:
        self.type = type_name
        self.schema_version = schema_version
        self.reason = reason
        super().__init__(f"{type_name} (version {schema_version}): {reason}")


class UnknownTarget(BadInput):
    """A directive names an event that is neither in the log nor earlier in its batch."""

    def __init__(self, directive: str, target: str) -> None:
        self.directive = directive
        self.target = target
        super().__init__(
            f"{directive} names event {target}, which is neither in the record nor earlier in the "
            "batch (`proceedings log` lists the events)"
        )


class WrongTarget(BadInput):
    """A directive cannot be about the event that it names. `reason` says why."""

    def __init__(self, directive: str, target: str, reason: str) -> None:
        self.directive = directive
        self.target = target
        self.reason = reason
        super().__init__(f"{directive} of event {target}: {reason}")


class WrongExpectedVersion(Conflict):
    """A stream is not at the version that the writer believed it to be at; nothing was appended."""

    def __init__(self, stream: str, *, expected: int, found: int) -> None:
        self.stream = stream
        self.expected = expected
        self.found = found
        super().__init__(
            f"{stream} was expected at version {expected} and is at {found}: read what came since, "
            "and decide again"
        )


class EventIdTaken(Conflict):
    """An event id is in the record already, with other content; nothing was appended.

    `position` is where the recorded one stands (None: in the same batch).
    """

    def __init__(self, event_id: str, *, type_name: str, position: int | None) -> None:
        self.event_id = event_id
        self.type = type_name
        self.position = position
        where = f"at position {position}" if position is not None else "in the same batch"
        super().__init__(
            f"event {event_id} ({type_name}) stands {where} with other content: what is recorded "
            "is never changed; record a correction of it"
        )


class NoLedger(DatabaseProblem):
    """There is no ledger at an address. `reason` says what is there instead."""

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(f"{address}: {reason}")


class SchemaMismatch(DatabaseProblem):
    """A database stands at another migration than this program expects."""

    def __init__(self, address: str, *, expected: str, found: str) -> None:
        self.address = address
        self.expected = expected
        self.found = found
        super().__init__(
            f"{address} stands at migration {found}, and this program expects {expected}: "
            "`proceedings db upgrade` brings an older database up to date; a newer one needs a "
            "newer program"
        )


class Unreachable(DatabaseProblem):
    """The database did not do what it was asked. `reason` is its own word for it."""

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(f"{address}: {reason}")


class DamagedEvent(DatabaseProblem):
    """An event in the log cannot be read. `position` says which, `reason` why."""

    def __init__(self, position: int, type_name: str, reason: str) -> None:
        self.position = position
        self.type = type_name
        self.reason = reason
        super().__init__(f"event {position} ({type_name}) cannot be read: {reason}")


class UnknownEvent(BadInput):
    """No event stands at a position, or has an id. `name` is the position or the id."""

    def __init__(self, name: int | str) -> None:
        self.name = name
        where = f"at position {name}" if isinstance(name, int) else f"with id {name}"
        super().__init__(f"there is no event {where} (`proceedings log` lists the events)")


class ViewGone(DatabaseProblem):
    """A view's table went away while it was being written; nothing of the log is lost."""

    def __init__(self, view: str) -> None:
        self.view = view
        super().__init__(
            f"the table of view {view!r} went away while it was being written: "
            f"`proceedings replay {view}` builds it anew"
        )


class CannotSkip(BadInput):
    """A view does not pass an event by only because somebody says so."""

    def __init__(self, view: str, position: int, reason: str) -> None:
        self.view = view
        self.position = position
        self.reason = reason
        super().__init__(f"view {view!r} cannot skip event {position}: {reason}")


class NotSkipped(BadInput):
    """A view does not pass this event by."""

    def __init__(self, view: str, position: int, skipped: Sequence[int]) -> None:
        self.view = view
        self.position = position
        self.skipped = tuple(skipped)
        those = f"it skips {', '.join(map(str, skipped))}" if skipped else "it skips none"
        super().__init__(f"view {view!r} does not skip event {position}: {those}")


class DamagedView(DatabaseProblem):
    """A stored row of a view cannot be read; the log is another matter."""

    def __init__(self, view: str, reason: str) -> None:
        self.view = view
        self.reason = reason
        super().__init__(
            f"a row of view {view!r} cannot be read ({reason}): `proceedings replay {view}` builds "
            "it anew"
        )


class UnknownView(BadInput):
    """No installed projection has this name."""

    def __init__(self, name: str, known: list[str], did_you_mean: str | None) -> None:
        self.name = name
        self.known = known
        self.did_you_mean = did_you_mean
        hint = f"; did you mean {did_you_mean!r}?" if did_you_mean else "."
        super().__init__(f"no view is called {name!r}{hint} There are: {', '.join(known)}")


class UnknownColumn(BadInput):
    """A view has no such column."""

    def __init__(self, view: str, name: str, known: list[str], did_you_mean: str | None) -> None:
        self.view = view
        self.name = name
        self.known = known
        self.did_you_mean = did_you_mean
        hint = f"; did you mean {did_you_mean!r}?" if did_you_mean else "."
        super().__init__(f"view {view!r} has no column {name!r}{hint} It has: {', '.join(known)}")


class UnusableFilter(BadInput):
    """A column can never have such a value. `wanted` says what it can have."""

    def __init__(self, view: str, name: str, value: object, wanted: str) -> None:
        self.view = view
        self.name = name
        self.value = value
        self.wanted = wanted
        super().__init__(f"{view}.{name} is {wanted}, and {value!r} is not")


class Problem(NamedTuple):
    """One mistake in a file, and where it is."""

    file: str
    line: int
    """From 1."""
    field: str | None
    message: str

    def __str__(self) -> str:
        """Return it as a compiler would: `file:line: field: what is wrong`."""
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {field}{self.message}"


class InvalidRecord(BadInput):
    """Files to be recorded have mistakes; `problems` has them all, and nothing was appended."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        many = f"{len(self.problems)} mistakes" if len(self.problems) > 1 else "one mistake"
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"{lines}\n{many}; nothing was recorded")


class UnusablePolicy(BadInput):
    """A policy says nothing that can be followed here."""

    def __init__(self, policy: str, reason: str) -> None:
        self.policy = policy
        self.reason = reason
        super().__init__(f"the policy {policy!r} cannot be followed: {reason}")


class UnknownState(BadInput):
    """No state has this code, or it has no name in the languages that were asked for."""

    def __init__(self, code: str, languages: Sequence[str]) -> None:
        self.code = code
        self.languages = tuple(languages)
        super().__init__(
            f"{code!r} is no ISO 3166-1 code of two letters that has a name in "
            f"{', '.join(languages)}: write the registration yourself"
        )


class UnknownTemplate(BadInput):
    """There is no template of this kind."""

    def __init__(self, kind: str, known: Sequence[str]) -> None:
        self.kind = kind
        self.known = tuple(known)
        super().__init__(f"there is no template {kind!r}; there are: {', '.join(known)}")


class InvalidEventId(BadInput):
    """An event id is no UUID in lower case, so no directive could name the event."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        super().__init__(f"{event_id!r} is no event id: give a UUID in lower case, or none")


class ViewOfNewerProgram(DatabaseProblem):
    """A view's rows were made by a newer version of its projection than this program has."""

    def __init__(self, view: str, found: int, known: int) -> None:
        self.view = view
        self.found = found
        self.known = known
        super().__init__(
            f"view {view!r} was made by version {found} of its projection, and this program has "
            f"version {known}: use the newer program"
        )


class AmbiguousExpectation(BadInput):
    """One expected version was given for events of several streams."""

    def __init__(self, streams: Sequence[str]) -> None:
        self.streams = tuple(streams)
        super().__init__(
            f"one expected version, and events of {len(self.streams)} streams "
            f"({', '.join(self.streams)}): give a mapping of stream to version"
        )


class ReadOnly(Unreachable):
    """The database can be read and not be written."""


class Interrupted(Unreachable):
    """The database was busy for too long, or went away: what was asked may do at another time.

    An append that ended so may or may not be recorded: append `events` again. They have the ids
    under which they were sent, drawn ones too, so what is recorded is not recorded twice.
    """

    events: Sequence[Any] = ()
    """The batch, as `NewEvent`s: what `append` is to be given again. Empty after anything else."""

    def __str__(self) -> str:
        """Say of an append what became of it, and what to do."""
        told = super().__str__()
        unknown = "It may be recorded or not: append it again, under the same event ids"
        return f"{told}. {unknown}" if self.events else told


class ConditionFailed(Conflict):
    """Something was recorded that a conditional append said there was not; nothing was appended.

    `position` and `type` are the first such event's, `after` the position that the writer had read.
    """

    def __init__(self, *, position: int, type_name: str, after: int, about: str) -> None:
        self.position = position
        self.type = type_name
        self.after = after
        super().__init__(
            f"event {position} ({type_name}) {about} was recorded after position {after}, up to "
            "which the decision was made: read it, and decide again"
        )


class InvalidCondition(BadInput):
    """A condition of an append could never fail, or never be met. `reason` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"this condition guards nothing: {reason}")


class PastTheHead(BadInput):
    """Somebody has read up to a `position` at which there is no event: the log ends at `head`."""

    def __init__(self, position: int, head: int) -> None:
        self.position = position
        self.head = head
        super().__init__(
            f"position {position} is past the end of the record, which is at {head}, so nobody has "
            "read up to it: is this the ledger that was read? (a standby may have to catch up)"
        )


class InvalidExport(BadInput):
    """A file is not a log as it was exported. `problem` names the line; nothing was imported."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem}; nothing was imported")


class AlreadyThere(BadInput):
    """Something is there already where something was to be made anew; it is left alone."""

    def __init__(self, place: str, what: str, *, todo: str = "name another place") -> None:
        self.place = place
        super().__init__(f"{place}: {what}, and is left alone: {todo}")


class FalseProof(Disproved):
    """A proof does not lead where it should. `expected` and `found` say of `what`."""

    def __init__(self, what: str, expected: str, found: str) -> None:
        self.what = what
        self.expected = expected
        self.found = found
        super().__init__(f"this proof does not hold: {what}: expected {expected}, found {found}")


class InvalidKey(BadInput):
    """A key cannot be read, or made. `reason` says why, and nothing of a private key."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class InvalidNote(BadInput):
    """A text is no signed note, or no checkpoint. `reason` says why, `file` where, if in a file."""

    def __init__(self, reason: str, file: str | None = None) -> None:
        self.reason = reason
        self.file = file
        super().__init__(f"{file or 'this'} is no checkpoint that can be read: {reason}")


class FalseSignature(Disproved):
    """A note is not signed by whom it should be. `reason` says what is there instead."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NoSuchSize(BadInput):
    """A log never had so many events. `size` is what was asked for, `found` what it has."""

    def __init__(self, address: str, size: int, found: int) -> None:
        self.address = address
        self.size = size
        self.found = found
        super().__init__(f"{address} has {found:,} events: it never had {size:,}")


class NotYetThere(BadInput):
    """An event came after what a proof is to be made for. `size` is how many events there were."""

    def __init__(self, position: int, size: int) -> None:
        self.position = position
        self.size = size
        super().__init__(
            f"event {position:,} came later: there were {size:,} events. Prove it for a newer "
            "checkpoint"
        )


class InvalidBundle(BadInput):
    """A text is no bundle of proofs. `reason` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"this is no bundle of proofs that can be read: {reason}")
