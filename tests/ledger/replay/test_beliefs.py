import pytest

from ledger.events import AttendanceRecorded, Event, EventCorrected, EventRetracted
from ledger.log import Log, NewEvent
from ledger.replay.beliefs import Belief, history
from tests.world import event_id


def fact(level: str = "expert", party: str = "ke") -> AttendanceRecorded:
    """Say at what level a party attended."""
    said = {"meeting": "m1", "party": party, "level": level}
    return AttendanceRecorded.model_validate(said)


def corrected(level: str, target: str = "fact") -> EventCorrected:
    """Correct the level, or move the fact."""
    return EventCorrected(target=event_id(target), replacement=fact(level))


def retracted(target: str) -> EventRetracted:
    """Retract what a test named."""
    return EventRetracted(target=event_id(target))


def belief(log: Log, **events: Event) -> Belief:
    """Record named events, the first of which is a fact and all others about it."""
    log.append([NewEvent(event, event_id(name)) for name, event in events.items()], actor="a")
    root, *directives = log.read()
    return Belief(root, directives)


def level(believed: Belief) -> str | None:
    """Return the level that is believed, None if nothing is."""
    found = believed.fact
    return found.event.level if found is not None else None


def test_a_fact_alone_is_believed(log: Log) -> None:
    """What was recorded and never touched is believed as it was recorded."""
    found = belief(log, fact=fact()).fact
    assert found is not None
    assert (found.event, found.because) == (fact(), (event_id("fact"),))


@pytest.mark.parametrize("length", range(7))
def test_a_chain_of_retractions_ends_and_restores_belief_in_turn(log: Log, length: int) -> None:
    """A fact at the end of a chain of retractions is believed if their number is even."""
    chain = {f"r{n}": retracted(f"r{n - 1}" if n else "fact") for n in range(length)}
    assert level(belief(log, fact=fact(), **chain)) == (None if length % 2 else "expert")


def test_retracting_twice_takes_two_to_undo(log: Log) -> None:
    """Belief is back only when no retraction of the fact is live."""
    twice = belief(log, fact=fact(), a=retracted("fact"), b=retracted("fact"), undo=retracted("a"))
    assert level(twice) is None


def test_the_last_correction_is_believed(log: Log) -> None:
    """Of two live corrections the later one is used, and named as the reason."""
    found = belief(log, fact=fact(), a=corrected("summit"), b=corrected("ministerial")).fact
    assert found is not None
    assert found.event.level == "ministerial"
    assert found.because == (event_id("fact"), event_id("b"))
    assert found.root == event_id("fact")


def test_a_correction_of_a_correction_is_one_of_the_fact(log: Log) -> None:
    """It stands when the correction that it corrects is retracted."""
    found = belief(
        log,
        fact=fact(),
        a=corrected("summit"),
        b=corrected("ministerial", "a"),
        gone=retracted("a"),
    )
    assert level(found) == "ministerial"


def test_a_retracted_correction_gives_way_to_the_one_before(log: Log) -> None:
    """Belief falls back to the last correction that is live, and in the end to the fact."""
    events: dict[str, Event] = {
        "fact": fact(),
        "a": corrected("summit"),
        "b": corrected("ministerial"),
        "no_b": retracted("b"),
    }
    one = belief(log, **events)
    assert level(one) == "summit"
    assert level(Belief(one.root, one.directives[:2])) == "ministerial"


def test_a_correction_whose_retraction_is_retracted_is_back(log: Log) -> None:
    """A restored correction is the newest again, though others came after its retraction."""
    found = belief(
        log,
        fact=fact(),
        a=corrected("summit"),
        b=corrected("ministerial"),
        no_b=retracted("b"),
        back=retracted("no_b"),
    )
    assert level(found) == "ministerial"


def test_correcting_does_not_restore_a_retracted_fact(log: Log) -> None:
    """Only the retraction's own retraction brings belief back, and then as corrected."""
    events: dict[str, Event] = {
        "fact": fact(),
        "no": retracted("fact"),
        "a": corrected("summit"),
        "yes": retracted("no"),
    }
    whole = belief(log, **events)
    assert level(Belief(whole.root, whole.directives[:2])) is None
    assert level(whole) == "summit"


def test_contents_are_all_that_was_ever_said(log: Log) -> None:
    """Root and corrections, live or not, in order: the keys that may have to be folded again."""
    told = belief(log, fact=fact(), a=corrected("summit"), no=retracted("a"), b=corrected("expert"))
    assert list(told.contents()) == [fact(), fact("summit"), fact("expert")]


def test_history_is_in_order_of_position(log: Log) -> None:
    """The events about several facts come as they were recorded, each with its fact."""
    ids = [event_id(n) for n in range(4)]
    events: list[Event] = [
        fact(),
        fact(party="ug"),
        EventRetracted(target=ids[0]),
        EventRetracted(target=ids[1]),
    ]
    log.append([NewEvent(e, i) for e, i in zip(events, ids, strict=True)], actor="a")
    one, other, no_one, no_other = log.read()
    told = history([Belief(other, [no_other]), Belief(one, [no_one])])
    assert [(event.position, about.root.position) for event, about in told] == [
        (1, 1),
        (2, 2),
        (3, 1),
        (4, 2),
    ]
