"""Engines that are wrong in one thing each, to see that a law finds it out.

Each is a small change to the right one, and names the law that is to catch it.
"""

# ruff: noqa: SLF001 - what is private is what can be wrong

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final, NamedTuple

import pytest
from sqlalchemy import ColumnElement, and_, or_

from ledger.codec.stored import encode
from ledger.events import Event, EventCorrected, EventRetracted
from ledger.log import Log, Receipt, append
from ledger.log.directives import CORRECTED, DIRECTIVES
from ledger.log.recorded import RecordedEvent
from ledger.projection import Fact, Place
from ledger.replay import filters, keeper, keys
from ledger.replay.beliefs import Belief
from ledger.replay.keeper import Keeper
from ledger.replay.keys import KeyState
from ledger.replay.page import Page

Patch = pytest.MonkeyPatch


class Wrong(NamedTuple):
    """What makes an engine wrong, and the law that it breaks."""

    make: Callable[[Patch], None]
    caught_by: str


WRONG: Final[dict[str, Wrong]] = {}
"""The wrong engines by name."""


def breaks(law: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Say which law a wrong engine breaks."""

    def list_it(make: Callable[[Patch], None]) -> Callable[[Patch], None]:
        WRONG[make.__name__] = Wrong(make, law)
        return make

    return list_it


# ------------------------------------------------------------------------------- what was known


@breaks("what_was_known_never_changes_as_events_are_added")
def corrections_reach_the_past(patch: Patch) -> None:
    """A corrected fact is taken to have been known as corrected from the first."""
    follow = Page._follow

    def rewriting(page: Any, recorded: RecordedEvent) -> None:
        follow(page, recorded)
        if recorded.type == CORRECTED:
            root = page._root(recorded).event_id
            for state in page._touched.values():
                if root in state.beliefs:
                    _begin_anew(state)

    patch.setattr(Page, "_follow", rewriting)


def _begin_anew(state: KeyState) -> None:
    fresh = KeyState(state.tables, state.key)
    for belief in sorted(state.beliefs.values(), key=lambda belief: belief.root.position):
        fresh.arrive(belief, belief.root.position)
    for name in ("open", "changed", "_facts", "_walk", "_tail"):
        setattr(state, name, getattr(fresh, name))
    state.rewritten = True


@breaks("a_retraction_undoes_the_recording")
def what_is_no_longer_known_never_was(patch: Patch) -> None:
    """A version that is closed forgets from where it was known."""
    note = KeyState._note

    def forgetting(state: KeyState, rows: Any, candidates: Any, position: int) -> None:
        closed = [state.open[values] for values in candidates if values not in rows]
        note(state, rows, candidates, position)
        for version in closed:
            version.known_to = version.known_from

    patch.setattr(KeyState, "_note", forgetting)


@breaks("asking_in_sql_is_asking_the_span")
def a_position_does_not_count_itself(patch: Patch) -> None:
    """As known at k, the event at k is left out."""
    known = filters.known
    patch.setattr(filters, "known", lambda tables, known_at: known(tables, known_at - 1))


@breaks("a_difference_applied_to_one_state_gives_the_other")
def a_closed_version_is_known_still(patch: Patch) -> None:
    """A row is known from its first position on, whatever came after."""
    patch.setattr(filters, "known", lambda tables, at: tables.rows.c.known_from <= at)


# ---------------------------------------------------------------------------- what is believed


@breaks("the_last_correction_wins")
def the_correction_of_the_latest_date_wins(patch: Patch) -> None:
    """Of several corrections, the one that speaks of the latest day is taken for the last word."""

    def believed(belief: Belief) -> Fact[Any] | None:
        live = belief._live()
        if belief.root.event_id not in live:
            return None
        told = [
            (directive.event_id, directive.event.replacement)
            for directive in belief.directives
            if isinstance(directive.event, EventCorrected) and directive.event_id in live
        ]
        if not told:
            return Fact(
                belief.root.event_id,
                belief.root.event,
                (belief.root.event_id,),
                belief.root.body.encode(),
            )
        name, content = max(told, key=lambda pair: pair[1].when.window.order)
        used = (belief.root.event_id, name)
        return Fact(belief.root.event_id, content, used, encode(content).body)

    patch.setattr(Belief, "_believed", believed)


@breaks("a_retraction_undoes_the_recording")
def a_retracted_retraction_still_counts(patch: Patch) -> None:
    """What was restored stays retracted."""

    def live(belief: Belief) -> set[str]:
        everything = (belief.root, *belief.directives)
        ended = {e.event.target for e in everything if isinstance(e.event, EventRetracted)}
        return {e.event_id for e in everything} - ended

    patch.setattr(Belief, "_live", live)


@breaks("retracting_a_correction_restores_what_was_believed")
def a_retracted_correction_still_counts(patch: Patch) -> None:
    """A correction is believed whatever becomes of it."""
    live = Belief._live

    def all_corrections(belief: Belief) -> set[str]:
        told = {d.event_id for d in belief.directives if d.type == CORRECTED}
        return live(belief) | told

    patch.setattr(Belief, "_live", all_corrections)


@breaks("correcting_to_what_it_says_changes_no_answer")
def a_correction_loses_its_source(patch: Patch) -> None:
    """What is corrected is nobody's word any more."""
    believed = Belief._believed

    def unsaid(belief: Belief) -> Fact[Any] | None:
        fact = believed(belief)
        if fact is None or len(fact.because) == 1:
            return fact
        event = fact.event.model_copy(update={"source": None})
        return Fact(fact.root, event, fact.because, encode(event).body)

    patch.setattr(Belief, "_believed", unsaid)


@breaks("known_at_a_position_is_what_the_model_believes")
def a_moved_fact_leaves_its_row_behind(patch: Patch) -> None:
    """A correction that moves a fact to another key is told to the new key alone."""
    contents = Belief.contents

    def last(belief: Belief) -> Iterator[Event]:
        yield [*contents(belief)][-1]

    patch.setattr(Belief, "contents", last)


@breaks("the_order_of_recording_does_not_show")
def facts_come_in_the_order_of_recording(patch: Patch) -> None:
    """Facts have no order of their own."""

    def nowhere(_projection: Any, _fact: Fact[Any]) -> Place:
        return (date.min, date.max), 0, b"", ""

    patch.setattr(keys, "place", nowhere)


@breaks("a_view_that_takes_steps_knows_what_the_fold_gives")
def a_step_is_taken_out_of_order(patch: Patch) -> None:
    """A fact that falls between others is taken for one that comes last."""
    arrive = KeyState.arrive

    def at_the_end(state: KeyState, belief: Belief, position: int) -> None:
        fact = belief.fact
        if fact is None or not state.tables.projection.steps:
            arrive(state, belief, position)
            return
        state.beliefs[belief.root.event_id] = belief
        before = state._tail
        finished = state._step(fact)
        state._note({**finished, **state._tail}, before, position)

    patch.setattr(KeyState, "arrive", at_the_end)


@breaks("known_at_a_position_is_what_the_model_believes")
def erased_texts_stay_in_old_versions(patch: Patch) -> None:
    """An erasure reaches only what is known now."""
    patch.setattr(KeyState, "rewrite", lambda _state: None)


# ---------------------------------------------------------------------------------- asking


Bounds = tuple[ColumnElement[bool], ColumnElement[bool]]


@breaks("asking_in_sql_is_asking_the_span")
def certain_and_possible_are_swapped_at_the_beginning(patch: Patch) -> None:
    """What may have begun is certain; what has surely begun is possible."""

    def on(tables: Any, day: date | None) -> Bounds:
        if day is None:
            return _held(tables, day)
        c = tables.rows.c
        return (
            and_(c.began_earliest <= day, or_(c.ended_earliest.is_(None), c.ended_earliest > day)),
            and_(c.began_latest <= day, or_(c.ended_latest.is_(None), c.ended_latest > day)),
        )

    patch.setattr(filters, "held", on)


@breaks("a_state_holds_from_its_first_day_to_before_its_end")
def the_end_is_included(patch: Patch) -> None:
    """The first day out is taken for the last day in."""

    def on(tables: Any, day: date | None) -> Bounds:
        if day is None:
            return _held(tables, day)
        c = tables.rows.c
        return (
            and_(c.began_latest <= day, or_(c.ended_earliest.is_(None), c.ended_earliest >= day)),
            and_(
                or_(c.began_earliest.is_(None), c.began_earliest <= day),
                or_(c.ended_latest.is_(None), c.ended_latest >= day),
            ),
        )

    patch.setattr(filters, "held", on)


_held: Final = filters.held


@breaks("narrowing_a_date_only_settles")
def a_state_of_unknown_beginning_is_certain(patch: Patch) -> None:
    """Whatever may have begun by a day and has not ended is taken for certain."""

    def on(tables: Any, day: date | None) -> Bounds:
        _, possible = _held(tables, day)
        return possible, possible

    patch.setattr(filters, "held", on)


# ------------------------------------------------------------------------------- page by page


@breaks("catching_up_in_any_pages_is_a_rebuild")
def a_page_drops_the_directive_at_its_end(patch: Patch) -> None:
    """A page that ends in a directive ends before it, and the next begins after it."""

    def short(
        database: Any, connection: Any, tables: Any, events: Any, *more: Any, **how: Any
    ) -> Page:
        if len(events) > 1 and events[-1].type in DIRECTIVES:
            events = events[:-1]
        return Page(database, connection, tables, events, *more, **how)

    patch.setattr(keeper, "Page", short)


@breaks("a_catch_up_that_is_cut_off_goes_on_where_it_stood")
def progress_is_written_before_the_rows(patch: Patch) -> None:
    """How far a view has read is committed first, and then what it made of it."""
    write, writing = Page.write, Keeper.writing
    waiting: list[Any] = []

    @contextmanager
    def twice(kept: Keeper) -> Generator[Any]:
        waiting.clear()
        with writing(kept) as connection:
            yield connection
        for page in waiting:
            with writing(kept) as afterwards:
                write(page, afterwards)

    def later(page: Page, _connection: Any) -> None:
        waiting.append(page)

    patch.setattr(Page, "write", later)
    patch.setattr(Keeper, "writing", twice)


@breaks("a_catch_up_that_is_cut_off_goes_on_where_it_stood")
def what_is_kept_outlives_a_rollback(patch: Patch) -> None:
    """What was known of keys is kept through a page that failed, and was changed by it."""

    class Kept(dict[str, Any]):
        def pop(self, name: str, *_: Any) -> Any:
            return self.get(name)

    begin = Keeper.__init__

    def keeping(view: Any, *given: Any, **how: Any) -> None:
        begin(view, *given, **how)
        view._kept = Kept()

    patch.setattr(Keeper, "__init__", keeping)


# ------------------------------------------------------------------------------------ the log


@breaks("another_event_under_the_same_id_is_refused")
def an_id_stands_for_any_content(patch: Patch) -> None:
    """An event whose id is there already is never looked at."""

    def unseen(_given: Any, recorded: Any) -> dict[str, Receipt]:
        return {row[1]: Receipt._make((*row[:5], False)) for row in recorded}

    patch.setattr(append, "_already_there", unseen)
    patch.setattr(append, "_same", lambda *_: True)


@breaks("each_event_takes_the_next_place")
def the_clock_is_believed(patch: Patch) -> None:
    """A clock that goes back takes the recorded time with it."""
    patch.setattr(append, "max", lambda now, _last: now, raising=False)


@breaks("a_refused_command_appends_nothing")
def a_batch_is_appended_one_by_one(patch: Patch) -> None:
    """What comes before the event that is refused is kept."""
    whole = Log.append

    def one_by_one(log: Log, events: Any, **how: Any) -> list[Any]:
        return [receipt for event in events for receipt in whole(log, [event], **how)]

    patch.setattr(Log, "append", one_by_one)
