"""Everybody has so many turns, and gets them back as time goes by."""

from ledger.web.turns import Turns


def test_turns_come_back_with_time() -> None:
    """After a burst there is one turn for each part of a second that passes, and never more."""
    moment = [0.0]
    turns = Turns(2.0, 3.0, now=lambda: moment[0])
    assert [turns.take("a") for _ in range(4)] == [0, 0, 0, 1]
    assert turns.take("b") == 0
    moment[0] = 0.5
    assert [turns.take("a") for _ in range(2)] == [0, 1]
    moment[0] = 100.0
    assert [turns.take("a") for _ in range(4)] == [0, 0, 0, 1]
