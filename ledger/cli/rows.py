"""Rows of any view, for a person.

A person sees what differs: what is the same in every row is said once above the table, what is
empty in all is left out, and a table that would not fit is set row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, cast

import click

from ledger.cli import output
from ledger.cli.output import safe
from ledger.projection import Joined, Row, Words, columns
from ledger.replay.query import Answer

_CITATIONS: Final = "attested_by"
_SILENT: Final = "silent"
_FOR_POLICIES: Final = "speaking"


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    cells: Sequence[str]

    @property
    def common(self) -> bool:
        """Whether every row says the same."""
        return len(set(self.cells)) == 1


def show(answer: Answer[Any]) -> None:
    """Print the rows of an answer for a person."""
    rows: list[Row] = answer.rows
    if not rows:
        output.note(f"{answer.view}: no row")
        return
    key = type(rows[0]).key
    made = [_Column(f.name, [_cell(r, f.name) for r in rows]) for f in columns(type(rows[0]))]
    made.append(_Column("when", [when(row) for row in rows]))
    made += _joined(answer)
    if any(known.certainty == "possible" for known in answer.known):
        made.append(_Column("certainty", [known.certainty or "" for known in answer.known]))
    told = [_attestation(rows) if c.name == _CITATIONS else c for c in made if any(c.cells)]
    one = len(rows) == 1
    common = [c for c in told if c.common and not one and c.name != key[-1]]
    differing = [c for c in told if c not in common]
    for column in common:
        click.echo(f"{column.name.replace('_', ' ')}: {_inline(column.cells[0])}")
    if common:
        click.echo()
    if one or _natural_width(differing) > output.console().width:
        heading, *rest = differing
        output.records(
            (heading.cells[i], [(c.name, c.cells[i]) for c in rest if c.cells[i]])
            for i in range(len(rows))
        )
    else:
        cells = zip(*(column.cells for column in differing), strict=True)
        output.table([column.name for column in differing], cells)


def cells(row: Row) -> dict[str, str]:
    """Return what each column says to a person, and when the row holds; "" for nothing."""
    said = {field.name: _cell(row, field.name) for field in columns(type(row))}
    return {**said, "when": when(row)}


def differing(before: Row | None, after: Row | None) -> Iterator[str]:
    """Say what two rows say differently, or what one of them says that has no counterpart."""
    old, new = (cells(row) if row is not None else {} for row in (before, after))
    key = {name for row in (before, after) if row is not None for name in type(row).key}
    for name in {**old, **new}:
        was, now = old.get(name, ""), new.get(name, "")
        title = name.replace("_", " ")
        if was == now or name in key:
            continue
        if before is None or after is None:
            yield f"{title}: {_inline(was or now)}"
        elif "\n" in was or "\n" in now:
            lines, others = was.splitlines(), now.splitlines()
            yield f"{title}:"
            yield from (f"  - {line}" for line in lines if line not in others)
            yield from (f"  + {line}" for line in others if line not in lines)
        else:
            yield f"{title}: {was or '—'} → {now or '—'}"


def _joined(answer: Answer[Any]) -> Iterator[_Column]:
    """Yield what other views say of each row, but for what only a policy wants to know."""
    joined: list[Any] = [known.joined for known in answer.known if known.joined is not None]
    if not joined:
        return
    for field in fields(joined[0]):
        if field.name == _SILENT:
            yield _Column(field.name, [attested(one.silent) for one in joined])
        elif field.name != _FOR_POLICIES:
            yield _Column(field.name, [_cell(one, field.name) for one in joined])


def when(row: Row) -> str:
    """Say in words when a row holds."""
    span = row.span
    began = _window(span.began_earliest, span.began_latest)
    if span.ended_earliest is not None:
        return f"{began} to before {_window(span.ended_earliest, span.ended_latest)}"
    return f"since {began}, no end recorded" if row.lasts else began


def _window(first: date | None, last: date | None) -> str:
    if first == last:
        return first.isoformat() if first else "unknown"
    if first is None:
        return f"by {last}"
    return f"{first} or later" if last is None else f"{first} … {last}"


def _cell(row: Row | Joined, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, Words):
        return "\n".join(f"{tongue} {line}" for tongue in value for line in worded(value, tongue))
    if isinstance(value, tuple):
        return "\n".join(safe(item) for item in cast(tuple[str, ...], value))
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else safe(str(value))


def worded(words: Words, language: str) -> list[str]:
    """Return the wordings in a language, with whose they are where there are several."""
    wordings = words.get(language, ())
    if len(wordings) == 1:
        return [safe(wordings[0].text)]
    several = len({_version(version)[0] for said in wordings for version in said.versions}) > 1
    whose = (
        ", ".join(_briefly(version, several=several) for version in said.versions)
        for said in wordings
    )
    return [
        f"({who}) {safe(said.text)}" if who else safe(said.text)
        for who, said in zip(whose, wordings, strict=True)
    ]


def _inline(cell: str) -> str:
    return cell.replace("\n", " · ")


def _natural_width(columns: Sequence[_Column]) -> int:
    return sum(output.width_of((column.name, *column.cells)) + 3 for column in columns)


def _attestation(rows: Sequence[Any]) -> _Column:
    """Say who attests each row: the versions briefly, and whether others here are silent of it."""
    every = {_version(citation) for row in rows for citation in row.attested_by}
    documents = {version[0] for version in every}

    def said(row: Any) -> str:
        told = [_briefly(citation, several=len(documents) > 1) for citation in row.attested_by]
        here = {_version(citation) for citation in row.attested_by}
        alone = len(here) == 1 < len(every)
        return ", ".join(told) + (" only" if alone else "")

    return _Column("attested_by", [said(row) for row in rows])


def _version(citation: str) -> tuple[str, ...]:
    return tuple(citation.partition("#")[0].split("/"))


def _briefly(citation: str, *, several: bool) -> str:
    document, language, edition = _version(citation)
    paragraph = citation.partition("#")[2]
    marked = "" if edition == "unmarked" else f" {edition}"
    named = f"{document} " if several else ""
    return safe(f"{named}{language}{marked} {paragraph}".rstrip())


def attested(citations: Iterable[str]) -> str:
    """Say in one line which versions attest something: `ar ¶1, en draft ¶1`."""
    return ", ".join(_briefly(citation, several=False) for citation in citations)
