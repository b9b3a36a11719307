"""How a row stands among the versions of what it rests on.

| standing        | says                                                                        |
| --------------- | --------------------------------------------------------------------------- |
| `settled`       | versions disagree, and an editor ruled                                       |
| `divergent`     | versions state what cannot be true together                                  |
| `omitted`       | a version of which everything has been entered is silent                     |
| `single-source` | one version says so, and no other is known to be silent                      |
| `concordant`    | several versions say so, and none of them is silent                          |

Silence is a finding only once a version's transcription is complete: until then, nothing follows
from what it does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, TypeAlias

from ledger.projection.beside import Beside, Joined

Standing: TypeAlias = Literal["concordant", "single-source", "omitted", "divergent", "settled"]
Scope: TypeAlias = Literal["attendance", "statements", "positions", "membership"]


class Weighed(Joined):
    """How a row stands among the versions."""

    standing: Standing
    """concordant, single-source, omitted, divergent or settled."""
    silent: tuple[str, ...]
    """The versions that are silent of it, though everything in them has been entered."""
    speaking: tuple[str, ...]
    """The languages in which everything that a version says of the matter has been entered."""
    ruling: Literal["upheld", "set-aside"] | None
    """What an editor ruled of it."""
    ruled_because: str | None
    """Why."""


def weigh(
    rows: Sequence[Any], about: Callable[[Any], str | None], scope: Scope, beside: Beside
) -> Iterator[Weighed]:
    """Yield how each row stands, in order.

    `about` gives the meeting or group that a row is about, as transcriptions name it:
    `meeting:lakes-1`. Rows have `divergent`, `attested_by` and `because`.
    """
    matters = sorted({matter for row in rows if (matter := about(row)) is not None})
    complete: dict[str, list[Any]] = {}
    for done in beside.rows("transcriptions", about=matters, scope=scope):
        complete.setdefault(done.about, []).append(done)
    rulings = _rulings(rows, beside)
    for row in rows:
        entered = complete.get(about(row) or "", [])
        said = versions(row.attested_by)
        silent = tuple(sorted({done.version for done in entered} - said))
        ruling = next((rulings[name] for name in row.because if name in rulings), None)
        yield Weighed(
            standing="settled" if ruling is not None else _standing(row, said, silent),
            silent=silent,
            speaking=tuple(sorted({done.language for done in entered})),
            ruling=None if ruling is None else ruling.ruling,
            ruled_because=None if ruling is None else ruling.reason,
        )


def _rulings(rows: Sequence[Any], beside: Beside) -> dict[str, Any]:
    """Return the rulings that name the events behind some rows; those that clash settle nothing."""
    subjects = sorted({f"event:{name}" for row in rows for name in row.because})
    found = beside.rows("rulings", subject=subjects)
    return {row.subject.removeprefix("event:"): row for row in found if not row.divergent}


def versions(citations: Iterable[str]) -> set[str]:
    """Return the versions that citations name: `document/language/edition`."""
    return {citation.partition("#")[0] for citation in citations}


def languages(citations: Iterable[str]) -> set[str]:
    """Return the languages of the versions that citations name."""
    return {version.split("/")[1] for version in versions(citations)}


def _standing(row: Any, said: set[str], silent: Sequence[str]) -> Standing:
    if row.divergent:
        return "divergent"
    if silent:
        return "omitted"
    return "concordant" if len(said) > 1 else "single-source"
