"""Whatever is done with a ledger, in whatever order, it says what the plainest model says.

Facts are appended, sent again, corrected, retracted, restored, erased; views catch up in odd pages
and are built anew; the ledger is closed, opened, and moved to another database as lines.
"""

import io
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger import Ledger
from ledger.changes import NotBelieved
from ledger.errors import EventIdTaken, UnknownTarget, WrongExpectedVersion
from ledger.events import (
    AttendanceRecorded,
    Event,
    EventCorrected,
    EventRetracted,
    MembershipBegan,
    MembershipEnded,
    Person,
    PersonalDataErased,
)
from ledger.formats import log_lines
from ledger.log import Condition, NewEvent
from projections.attendance import AttendanceRow
from projections.membership import MembershipRow
from tests.clocks import SetClock
from tests.postgres import Cluster
from tests.properties.plain_model import Attended, Fact, Held, PlainLedger
from tests.world import event_id

VIEWS: Final = ("attendance", "membership")
DAYS: Final = ("2016-04-10", "2016-04-11", "2017-01-01")
ASKED: Final = [date(2016, 4, day) for day in (9, 10, 11, 12)]

_party = st.sampled_from(["ke", "tz"])
_day = st.sampled_from(DAYS)
_level = st.sampled_from(["not-stated", "not-stated", "ministerial", "summit"])
_role = st.sampled_from(["member", "observer"])
_head = st.sampled_from([None, Person(name="Ann"), Person(name="Bob")])
FACTS: Final[dict[type[Event], st.SearchStrategy[Any]]] = {
    AttendanceRecorded: st.builds(
        AttendanceRecorded,
        meeting=st.sampled_from(["m-1", "m-2"]),
        party=_party,
        presence=st.sampled_from(["present", "present", "absent"]),
        level=_level,
        head=_head,
        valid=_day,
    ),
    MembershipBegan: st.builds(
        MembershipBegan, group=st.just("lakes"), party=_party, role=_role, valid=_day
    ),
    MembershipEnded: st.builds(MembershipEnded, group=st.just("lakes"), party=_party, valid=_day),
}
CHANGES: Final[dict[type[Event], st.SearchStrategy[dict[str, Any]]]] = {
    AttendanceRecorded: st.one_of(
        st.fixed_dictionaries({"level": _level}),
        st.fixed_dictionaries({"party": _party, "valid": _day}),
        st.just({"head": None}),
    ),
    MembershipBegan: st.fixed_dictionaries({"role": _role}, optional={"valid": _day}),
    MembershipEnded: st.fixed_dictionaries({}, optional={"valid": _day, "party": _party}),
}
ANY_FACT: Final = st.one_of(list(FACTS.values()))


class LedgerAndModel(RuleBasedStateMachine):
    """A ledger, and beside it what was done with it."""

    fresh: Callable[[], str | Path]
    """Makes an empty database, and returns its address."""

    @initialize()
    def begin(self) -> None:
        """Open an empty ledger."""
        self.clock = SetClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.address = type(self).fresh()
        self.ledger = self.opened(self.address)
        self.model = PlainLedger()
        self.facts = 0

    def opened(self, address: str | Path) -> Ledger:
        """Open a ledger."""
        return Ledger.open(address, actor="somebody", clock=self.clock)

    def new(self, event: Event) -> NewEvent:
        """Give an event an id that follows from its number."""
        self.facts += 1
        return NewEvent(event, event_id(self.facts))

    def append(self, *events: NewEvent) -> None:
        """Append events that are new, and are to be taken."""
        size = len(self.model.events)
        receipts = self.ledger.append(events)
        places = [(receipt.position, receipt.appended) for receipt in receipts]
        assert places == [(size + n, True) for n in range(1, len(events) + 1)]
        self.model.events.extend(events)

    def unchanged(self) -> None:
        """See that the log ends where the model does."""
        assert self.ledger.head == len(self.model.events)

    def some(self, data: st.DataObject, *kinds: type[Event]) -> NewEvent:
        """Draw an event of some kinds; of others, nothing can be done now."""
        of_them = [new for new in self.model.events if isinstance(new.event, kinds)]
        assume(of_them)
        return data.draw(st.sampled_from(of_them), label="which")

    def recorded(self) -> bool:
        """Whether there is anything yet."""
        return bool(self.model.events)

    # ----------------------------------------------------------------------------- recording

    @rule(facts=st.lists(ANY_FACT, min_size=1, max_size=4), hours=st.integers(-48, 48))
    def record(self, facts: list[Fact], hours: int) -> None:
        """Record a batch, at any hour."""
        self.clock.move(hours=hours)
        self.append(*map(self.new, facts))

    @precondition(recorded)
    @rule(data=st.data())
    def record_again(self, data: st.DataObject) -> None:
        """What is there already is answered with its place."""
        known = self.some(data, Event)
        receipt = self.ledger.append([known])[0]
        assert self.model.events[receipt.position - 1] == known
        assert not receipt.appended
        self.unchanged()

    @precondition(recorded)
    @rule(data=st.data(), fact=ANY_FACT)
    def refuse(self, data: st.DataObject, fact: Fact) -> None:
        """What cannot be, or was not so, is refused, and all that comes with it."""
        taken = self.some(data, Event)
        if _openly(taken.event) != _openly(fact):
            with pytest.raises(EventIdTaken):
                self.ledger.append([fact, NewEvent(fact, taken.event_id)])
        with pytest.raises(UnknownTarget):
            self.ledger.append([fact, EventRetracted(target=event_id("nobody"))])
        with pytest.raises(WrongExpectedVersion):
            self.ledger.append([fact], expected_version={"meeting-nowhere": 1})
        self.ledger.append([fact], condition=Condition(len(self.model.events)), rehearse=True)
        self.unchanged()

    # ------------------------------------------------------------------------ second thoughts

    @precondition(recorded)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        """A fact that is believed is corrected, if that changes anything."""
        named = self.some(data, *FACTS, EventCorrected)
        root = self.model.root(named.event_id)
        kind = type(self.model.named(root))
        wanted = data.draw(FACTS[kind] | CHANGES[kind], label="to")
        believed = self.model.believed().get(root)
        if believed is None:
            with pytest.raises(NotBelieved):
                self.ledger.correct(named.event_id, wanted)
            self.unchanged()
            return
        carried = self.carried(root, believed.content)
        right = carried.model_copy(update=wanted) if isinstance(wanted, dict) else wanted
        correction = self.ledger.correct(named.event_id, wanted)
        assert correction.replacement == right
        assert correction.receipt.appended == (right != carried)
        if right != carried:
            corrected = EventCorrected(target=root, replacement=right)
            self.model.events.append(NewEvent(corrected, correction.receipt.event_id))
        self.unchanged()

    def carried(self, root: str, content: Fact) -> Fact:
        """Return what a correction begins with: a name that was ever erased is left out."""
        said = [(root, self.model.named(root)), *self.model.corrections(root)]
        erased = {
            new.event.target
            for new in self.model.events
            if isinstance(new.event, PersonalDataErased)
        }
        gone = any(name in erased and getattr(event, "head", None) for name, event in said)
        return content.model_copy(update={"head": None}) if gone else content

    @precondition(recorded)
    @rule(data=st.data())
    def retract(self, data: st.DataObject) -> None:
        """A fact, a correction or a retraction is retracted, unless it is already."""
        named = self.some(data, *FACTS, EventCorrected, EventRetracted)
        live = self.model.live(named.event_id)
        retraction = self.ledger.retract(named.event_id)
        assert retraction.receipt.appended == live
        if live:
            retracted = EventRetracted(target=named.event_id)
            self.model.events.append(NewEvent(retracted, retraction.receipt.event_id))
        root = self.model.root(named.event_id)
        assert retraction.is_believed == (root in self.model.believed())
        self.unchanged()

    @precondition(recorded)
    @rule(data=st.data())
    def direct(self, data: st.DataObject) -> None:
        """A directive of somebody who looked at nothing is taken, needed or not."""
        named = self.some(data, *FACTS, EventCorrected, EventRetracted)
        if isinstance(named.event, EventRetracted) or data.draw(st.booleans(), label="retract"):
            self.append(self.new(EventRetracted(target=named.event_id)))
            return
        root = self.model.root(named.event_id)
        replacement = data.draw(FACTS[type(self.model.named(root))], label="to")
        new = self.new(EventCorrected(target=named.event_id, replacement=replacement))
        self.append(new)
        # Its target is written as the fact.
        right = EventCorrected(target=root, replacement=replacement)
        self.model.events[-1] = NewEvent(right, new.event_id)

    @precondition(recorded)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        """The private text of an event goes, if it has any."""
        named = self.some(data, *FACTS, EventCorrected)
        self.append(self.new(PersonalDataErased(target=named.event_id)))

    # ------------------------------------------------------------------------------- the views

    @rule(page=st.integers(1, 5), view=st.sampled_from(VIEWS))
    def catch_up(self, page: int, view: str) -> None:
        """A view reads on, in small pages."""
        progress = self.ledger.project(view, page=page)[0]
        assert (progress.position, progress.stopped) == (len(self.model.events), None)

    @rule()
    def rebuild(self) -> None:
        """Views built anew are what they were."""
        assert self.ledger.check(*VIEWS) == []
        assert self.ledger.rebuild(*VIEWS) == []

    @rule(data=st.data(), day=st.sampled_from([None, *ASKED]), possible=st.booleans())
    def ask(self, data: st.DataObject, day: date | None, possible: bool) -> None:
        """Both views say what the model says, of any day, as known at any position."""
        k = data.draw(st.integers(0, len(self.model.events)), label="known at")
        self.compare(k, day, possible=possible)

    def compare(self, k: int | None, day: date | None = None, *, possible: bool = False) -> None:
        """Compare both views with the model."""
        asked: dict[str, Any] = {"known_at": k, "as_of": day, "possible": possible}
        attended = map(_attended, self.ledger.view("attendance").rows(**asked))
        held = map(_held, self.ledger.view("membership").rows(**asked))
        for rows, expected in (
            (attended, self.model.attendance(k)),
            (held, self.model.membership(k)),
        ):
            then = [row for row in expected if day is None or row.held(day, possible=possible)]
            assert Counter(rows) == Counter(then)

    # ------------------------------------------------------------------------------ the database

    @rule()
    def reopen(self) -> None:
        """What was recorded is there when the ledger is opened again."""
        before = self.ledger.state
        self.ledger.close()
        self.ledger = self.opened(self.address)
        assert self.ledger.state == before

    @rule()
    def move(self) -> None:
        """The log goes out as lines, and comes into another database as the same log."""
        lines = io.BytesIO()
        with self.ledger.snapshot() as log:
            log_lines.write(log, lines)
        lines.seek(0)
        before = self.ledger.state
        self.ledger.close()
        self.address = type(self).fresh()
        self.ledger = self.opened(self.address)
        log_lines.read(self.ledger, lines, "log.jsonl")
        assert self.ledger.state == before

    def teardown(self) -> None:
        """In the end, all that was ever known is what the model says."""
        if not hasattr(self, "ledger"):
            return
        try:
            for k in (*range(len(self.model.events) + 1), None):
                self.compare(k)
            for day in ASKED:
                self.compare(None, day)
                self.compare(None, day, possible=True)
            assert self.ledger.check(*VIEWS) == []
            assert self.ledger.verify().intact
        finally:
            self.ledger.close()


def _openly(event: Event) -> Event:
    return event.model_copy(update={"head": None})


def _attended(row: AttendanceRow) -> Attended:
    assert (row.group, row.capacity, row.attested_by) == (None, None, ())
    assert row.span.began_earliest == row.span.began_latest
    day = row.span.began_latest or date.min
    heads = frozenset(row.head.texts("und"))
    return Attended(
        row.meeting, row.party, row.presence, row.level, heads, day, row.divergent, row.because
    )


def _held(row: MembershipRow) -> Held:
    span = row.span
    assert (span.began_earliest, span.ended_earliest) == (span.began_latest, span.ended_latest)
    assert row.kind == "membership"
    return Held(
        row.group,
        row.party,
        row.role,
        span.began_latest,
        span.ended_latest,
        row.divergent,
        row.because,
    )


def kept_to(fresh: Callable[[], str | Path], share: int) -> None:
    """Try it on databases of a kind, on a share of the examples."""

    class Machine(LedgerAndModel):
        pass

    Machine.fresh = staticmethod(fresh)
    how = settings(max_examples=settings().max_examples // share, stateful_step_count=25)
    run_state_machine_as_test(Machine, settings=how)


def test_in_a_file(tmp_path: Path) -> None:
    """A ledger in a file keeps to the model."""
    empty = tmp_path / "empty.db"
    Ledger.open(empty).close()

    def fresh() -> Path:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        return Path(shutil.copy(empty, folder / "proceedings.db"))

    kept_to(fresh, share=4)


def test_on_postgresql(postgres: Cluster, postgres_template: str) -> None:
    """A ledger on PostgreSQL keeps to the model."""
    made: list[str] = []

    def fresh() -> str:
        while len(made) > 1:
            postgres.drop_database(made.pop(0))
        made.append(f"model_{uuid.uuid4().hex}")
        return postgres.create_database(made[-1], template=postgres_template)

    try:
        kept_to(fresh, share=20)
    finally:
        for name in made:
            postgres.drop_database(name)
