from pathlib import Path

import pytest

from tests.ledger.cli.conftest import Proceedings


def test_the_demo_answers_from_the_bundled_facts(proceedings: Proceedings) -> None:
    """The demonstration says who attended, what was adopted and what rests on each resolution."""
    out = proceedings("demo").out
    assert "The first meeting: 8 parties, 7 attested by both versions" in out
    assert (
        next(line for line in out.splitlines() if "Pakistan" in line)
        .rstrip()
        .endswith("— the Arabic alone")
    )
    assert "10 positions, 9 of the meeting and 1 of its members; 7 attested by both versions" in out
    assert out.count("— the Arabic alone") == 3
    assert out.count("— the English alone") == 1
    for symbol in ("822", "853", "874", "884"):
        assert f"S/RES/{symbol} (1993): 2 expressions" in out
    assert out.count("statement of Azerbaijan, foreign minister: recalls") == 4
    assert out.count("statement of other members: calls-for") == 4
    assert out.count("no position of the meeting itself cites it") == 4


def test_the_demo_twice_is_the_demo_once(proceedings: Proceedings, tmp_path: Path) -> None:
    """Run again, in a folder it makes itself, the demonstration records nothing new."""
    assert proceedings("demo", "made/here").code == 0
    again = proceedings("demo", "made/here")
    assert "53 entries, 0 of them new; the record ends at 88" in again.out
    assert (tmp_path / "made" / "here" / "proceedings.db").exists()


def test_the_demo_leaves_a_real_ledger_alone(proceedings: Proceedings, tmp_path: Path) -> None:
    """A ledger that is no demonstration is refused, and nothing is added to it."""
    (tmp_path / "r.yaml").write_text("entries:\n  - {event: meeting-convened, meeting: m}\n")
    proceedings("record", "r.yaml")
    ran = proceedings("demo")
    assert ran.code == 2
    assert "somebody's own" in ran.err
    assert len(proceedings("log", "--jsonl").out.splitlines()) == 1


def test_the_demo_never_fills_a_ledger_that_was_there(
    proceedings: Proceedings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty ledger of somebody's is refused, and a folder is stronger than the environment."""
    monkeypatch.setenv("PROCEEDINGS_DB", "real.db")
    proceedings("init")
    assert proceedings("demo").code == 2
    assert proceedings("demo", "elsewhere").code == 0
    assert (tmp_path / "elsewhere" / "proceedings.db").exists()
    assert proceedings("log").out == ""
    assert proceedings("--db", "x.db", "demo", "elsewhere").code == 2
