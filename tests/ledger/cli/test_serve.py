"""`serve` and `token`: the back end as a person starts it, and who may ask it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from ledger.access import Tokens
from tests.ledger.cli.conftest import Proceedings


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start a server of the ledger in a folder, on a free port, and say where."""
    command = [sys.executable, "-m", "ledger", "serve", "--port", "0", *options]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        try:
            found = re.search(r"http://[^/]+", running.stderr.readline())
            assert found is not None
            yield found[0], running
        finally:
            running.kill()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_answers_until_it_is_told_to_stop(
    recorded: Proceedings, tmp_path: Path, workers: str
) -> None:
    """It says where it is, answers, and leaves with 0 when it is told to stop."""
    assert recorded("project").code == 0
    with served(tmp_path, "--workers", workers) as (base, running):
        rows = httpx2.get(f"{base}/api/views/attendance?party=pk", timeout=60).json()["rows"]
        assert [row["party"] for row in rows] == ["pk"]
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0


def test_a_token_is_shown_once_and_can_be_taken_back(recorded: Proceedings, tmp_path: Path) -> None:
    """`new` prints it and nothing else; `list` never does; `revoke` ends it."""
    made = recorded("token", "new", "--scope", "read", "--actor", "desk-1", "--expires", "7d")
    text = made.out.strip()
    assert re.fullmatch(r"cgl_[A-Za-z0-9_-]{43}", text)
    (listed,) = recorded("token", "list", "--json").json
    assert (listed["actor"], listed["scopes"], listed["revoked"]) == ("desk-1", ["read"], None)
    assert listed["id"] in made.err
    assert text not in recorded("token", "list").out
    tokens = Tokens(tmp_path / "proceedings.db.tokens")
    assert tokens.holding(text) is not None
    assert recorded("token", "revoke", listed["id"]).code == 0
    assert tokens.holding(text) is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("serve", "--host", "0.0.0.0"), "token"),  # noqa: S104 - it is refused
        (("serve", "--cors", "*"), "an origin is"),
        (("serve", "--cors", "https://desk.example/page"), "an origin is"),
        (("serve", "--host", "203.0.113.1", "--port", "0"), "another --host"),
        (("--db", "sqlite://", "serve"), "--tokens"),
        (("token", "new", "--actor", "a"), "--scope"),
        (("token", "new", "--scope", "read", "--actor", "a", "--expires", "soon"), "90d"),
        (("token", "new", "--scope", "read", "--actor", "a", "--expires", "2001-01-01"), "expired"),
        (("token", "revoke", "x"), "token list"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_would_be_unsafe_or_makes_no_sense_is_refused(
    recorded: Proceedings, arguments: tuple[str, ...], says: str
) -> None:
    """Exit code 2, with a sentence that says what to do."""
    ran = recorded(*arguments)
    assert ran.code == 2
    assert says in ran.err
