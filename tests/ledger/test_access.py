"""A token opens what it says, as long as it says, and nothing of it is kept that would open."""

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.access import PREFIX, NoTokens, Scope, Tokens, UnknownToken, UnusableToken
from tests.clocks import SetClock

DAY = timedelta(days=1)


@pytest.fixture
def tokens(tmp_path: Path, clock: SetClock) -> Tokens:
    """An empty file of tokens."""
    return Tokens(tmp_path / "p.tokens", clock=clock)


def test_a_token_opens_until_it_expires(tokens: Tokens, clock: SetClock) -> None:
    """It is held from the moment it is made to the moment before it expires."""
    made, text = tokens.new(actor="desk", scopes=[Scope.READ], lasts=DAY)
    assert tokens.holding(text) is not None
    clock.move(days=1, microseconds=-1)
    assert tokens.holding(text) is not None
    clock.move(microseconds=1)
    assert tokens.holding(text) is None
    assert not tokens.still_opens(made)


def test_a_revoked_token_opens_nothing(tokens: Tokens) -> None:
    """From the moment on in which it is revoked; another stays good."""
    (made, text), (_, other) = (
        tokens.new(actor="desk", scopes=[Scope.READ], lasts=DAY) for _ in range(2)
    )
    tokens.revoke(made.id)
    assert tokens.holding(text) is None
    assert not tokens.still_opens(made)
    assert tokens.holding(other) is not None
    with pytest.raises(UnknownToken):
        tokens.revoke("no-such")


def test_what_is_kept_opens_nothing(tokens: Tokens) -> None:
    """The text is 256 bits after its prefix, and stands nowhere in the file."""
    _, text = tokens.new(actor="desk", scopes=[Scope.READ], lasts=DAY)
    secret = text.removeprefix(PREFIX)
    assert text != secret
    assert len(secret) == 43
    kept = tokens.file.read_bytes()
    assert secret[:20].encode() not in kept
    assert tokens.file.stat().st_mode & 0o077 == 0
    for wrong in (text[:-1], text + "x", secret, "", "cgl_", "\ud800", "a" * 100_000):
        assert tokens.holding(wrong) is None


def test_the_day_of_the_last_use_is_kept(tokens: Tokens, clock: SetClock) -> None:
    """Tokens that nobody uses can be found; no more than the day is noted."""
    _, text = tokens.new(actor="desk", scopes=[Scope.APPEND], lasts=DAY)
    assert [token.last_used for token in tokens.all()] == [None]
    tokens.holding(text)
    assert [token.last_used for token in tokens.all()] == [clock.now.date().isoformat()]


@pytest.mark.parametrize(
    ("actor", "scopes", "lasts"),
    [
        ("desk", [], DAY),
        ("", [Scope.READ], DAY),
        ("a b", [Scope.READ], DAY),
        ("desk", [Scope.READ], timedelta(0)),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(
    tokens: Tokens, actor: str, scopes: list[Scope], lasts: timedelta
) -> None:
    """Without a scope, for nobody or for no time, it is refused."""
    with pytest.raises(UnusableToken):
        tokens.new(actor=actor, scopes=scopes, lasts=lasts)
    assert not tokens.any()


def test_a_file_that_is_none_of_tokens_is_said(tmp_path: Path) -> None:
    """What cannot be read opens nothing, and says so instead of letting anybody in."""
    file = tmp_path / "p.tokens"
    file.write_text("this is no database, and is long enough to be taken for none" * 10)
    with pytest.raises(NoTokens):
        Tokens(file).any()
