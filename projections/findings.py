"""Findings: what a proof-reader would mark, in the record and in what it rests on.

Each kind is one function over the other views, so findings too can be asked as of a day and as
known at a position. A finding names the place and the command that would mend it; it accuses
nobody: a report may be right, and the record wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final, Literal, TypeAlias

from ledger.projection import (
    Beside,
    Query,
    Row,
    Words,
    by_key,
    key_of,
    may_coincide,
    may_hold,
    surely_before,
)

Severity: TypeAlias = Literal["error", "warning", "note"]


class FindingRow(Row, key=("kind", "view", "about")):
    """Something to look at."""

    kind: str
    """What was found: `omission`, `divergence`, `unknown-instrument` …"""
    view: str
    """The view whose row it is about."""
    about: str
    """The key of that row."""
    severity: Severity
    """`error`: cannot all be right; `warning`: somebody should look; `note`: may well be so."""
    explanation: str
    """What is found, in a sentence."""
    where: tuple[str, ...]
    """The versions and paragraphs to look at."""
    mend: str
    """The command that would mend it, once somebody has looked."""


Find: TypeAlias = Callable[[Beside], Iterator[FindingRow]]

WEIGHED: Final = ("attendance", "membership", "positions", "statements")
"""The views whose rows say which versions are silent of them."""
CLAIMED: Final = (
    *WEIGHED,
    *("ballots", "commitments", "documents", "groups", "instruments", "meetings", "offices"),
    *("parties", "passages", "rulings", "votes"),
)
"""The views whose rows say whether sources contradict each other."""
MET: Final = ("attendance", "positions", "statements")
"""The views of what belongs to a meeting."""
NAMING: Final[Mapping[str, str]] = {
    "attendance": "party",
    "membership": "party",
    "statements": "speaker",
    "votes": "party",
}
"""View → the column in which it names a party."""


def _omissions(beside: Beside) -> Iterator[FindingRow]:
    """A version of which everything has been entered is silent of what another one says."""
    for view in WEIGHED:
        for row, weighed in beside.joined(view):
            if weighed.standing == "omitted":
                silent = ", ".join(weighed.silent)
                yield _finding(
                    "omission",
                    view,
                    row,
                    severity="warning",
                    explanation=f"{silent} says nothing of it",
                    mend=f"proceedings why {view}{_filters(row)}",
                    where=(*row.attested_by, *weighed.silent),
                )


def _divergences(beside: Beside) -> Iterator[FindingRow]:
    """Sources state what cannot be true together, and no ruling settles it."""
    for view in CLAIMED:
        rows = beside.joined(view, divergent=True)
        disputed = [row for row, joined in rows if getattr(joined, "standing", "") != "settled"]
        for same in by_key(disputed).values():
            named = sorted({name for row in same for name in row.because})
            yield _finding(
                "divergence",
                view,
                same[0],
                severity="error",
                explanation=f"{len(same)} accounts cannot be true together: {_differing(same)}",
                mend=f"proceedings correct {named[0]} --set FIELD=VALUE, or a divergence-settled",
                where=sorted({place for row in same for place in row.attested_by}),
            )


def _strangers(beside: Beside) -> Iterator[FindingRow]:
    """A party attended a group's meeting, and no source makes it a member at any time then."""
    memberships: dict[str, list[Any]] = {}
    for row in beside.rows("membership", kind="membership"):
        memberships.setdefault(row.group, []).append(row)
    for row in beside.rows("attendance", presence="present"):
        members = memberships.get(row.group, [])
        belongs = any(may_hold(one.span, row.span) for one in members if one.party == row.party)
        if members and not belongs and row.capacity in (None, "member"):
            said = row.capacity is not None
            yield _finding(
                "attended-without-membership",
                "attendance",
                row,
                severity="warning" if said else "note",
                explanation=f"{row.party} attended{' as a member' if said else ''}, and was no "
                f"member of {row.group} as far as the record goes",
                mend=f"proceedings view membership --group {row.group} --party {row.party}",
            )


def _absent_speakers(beside: Beside) -> Iterator[FindingRow]:
    """A party spoke at a meeting for which attendance is recorded, and is not recorded there."""
    there: dict[str, set[str]] = {}
    for row in beside.rows("attendance", presence="present"):
        there.setdefault(row.meeting, set()).add(row.party)
    for row in beside.rows("statements"):
        present = there.get(row.meeting or "", set())
        if row.speaker is not None and present and row.speaker not in present:
            yield _finding(
                "spoke-without-attending",
                "statements",
                row,
                severity="note",
                explanation=f"{row.speaker} spoke at {row.meeting}, and no source lists it there",
                mend=f"proceedings view attendance --meeting {row.meeting}",
            )


def _miscounts(beside: Beside) -> Iterator[FindingRow]:
    """The totals that a source states are not those of the votes that are recorded."""
    counted: dict[str, dict[str, int]] = {}
    for row in beside.rows("votes", divergent=False):
        if row.choice is not None:
            totals = counted.setdefault(row.ballot, {})
            totals[row.choice] = totals.get(row.choice, 0) + 1
    stated = {"in_favour": "yes", "against": "no", "abstaining": "abstain"}
    for row in beside.rows("ballots"):
        totals = counted.get(row.ballot, {})
        wrong = [
            f"{name.replace('_', ' ')}: {said} stated, {totals.get(choice, 0)} recorded"
            for name, choice in stated.items()
            if (said := getattr(row, name)) is not None and said != totals.get(choice, 0)
        ]
        if totals and wrong:
            yield _finding(
                "counts-do-not-add-up",
                "ballots",
                row,
                severity="error",
                explanation="; ".join(wrong),
                mend=f"proceedings view votes --ballot {row.ballot}",
            )


def _unknown_instruments(beside: Beside) -> Iterator[FindingRow]:
    """An instrument is cited that nobody registered."""
    known = {row.instrument for row in beside.rows("instruments")}
    for view in ("positions", "statements"):
        for row in beside.rows(view):
            for cited in sorted(set(row.cites) - known):
                yield _finding(
                    "unknown-instrument",
                    view,
                    row,
                    severity="warning",
                    explanation=f"it cites {cited}, which nobody registered",
                    mend=f"record an instrument-registered for {cited}, or proceedings correct "
                    f"{row.because[0]} --set cites=[…]",
                    also=cited,
                )


def _unknown_parties(beside: Beside) -> Iterator[FindingRow]:
    """A party is named that nobody registered."""
    known = {row.party for row in beside.rows("parties")}
    for view, column in NAMING.items():
        for row in beside.rows(view):
            party = getattr(row, column)
            if party is not None and party not in known:
                yield _finding(
                    "unknown-party",
                    view,
                    row,
                    severity="warning",
                    explanation=f"it names {party}, which nobody registered",
                    mend=f"record a party-registered for {party}, or proceedings correct "
                    f"{row.because[0]} --set {column}=…",
                )


def _names_of_other_times(beside: Beside) -> Iterator[FindingRow]:
    """A party is called what it was called at another time."""
    names: dict[tuple[str, str], list[Any]] = {}
    for row in beside.rows("parties", form=["formal", "short"]):
        names.setdefault((row.party, _folded(row.name)), []).append(row)
    for row in beside.rows("attendance"):
        for written in _texts(row.as_written):
            borne = names.get((row.party, _folded(written)), [])
            if borne and not any(may_hold(name.span, row.span) for name in borne):
                yield _finding(
                    "name-not-of-its-time",
                    "attendance",
                    row,
                    severity="note",
                    explanation=f"“{written}” is a name that {row.party} bore at another time",
                    mend=f"proceedings view parties --party {row.party}",
                )


def _clashes(beside: Beside) -> Iterator[FindingRow]:
    """What belongs to a meeting has another group, or another day, than the meeting."""
    meetings: dict[str, list[Any]] = {}
    for row in beside.rows("meetings"):
        meetings.setdefault(row.meeting, []).append(row)
    for view in MET:
        for row in beside.rows(view):
            met = meetings.get(row.meeting or "", [])
            groups = {one.group for one in met} - {None}
            if row.group is not None and groups and row.group not in groups:
                yield _finding(
                    "group-clash",
                    view,
                    row,
                    severity="error",
                    explanation=f"it is said of {row.group}, and {row.meeting} is a meeting of "
                    f"{', '.join(sorted(groups))}",
                    mend=f"proceedings correct {row.because[0]} --set group={min(groups)}",
                )
            if met and not any(may_coincide(one.span, row.span) for one in met):
                yield _finding(
                    "date-clash",
                    view,
                    row,
                    severity="error",
                    explanation=f"its day is none on which {row.meeting} met",
                    mend=f"proceedings correct {row.because[0]} --set valid=DATE",
                )


def _ordinals(beside: Beside) -> Iterator[FindingRow]:
    """Two meetings of a group bear one number, or a later one a lower number."""
    numbered: dict[str, list[Any]] = {}
    for row in beside.rows("meetings"):
        if row.number is not None and row.group is not None:
            numbered.setdefault(row.group, []).append(row)
    for rows in numbered.values():
        for row in rows:
            others = {o.meeting: o for o in rows if o.meeting != row.meeting}
            for other in others.values():
                same = row.number == other.number and row.meeting < other.meeting
                if same or (row.number > other.number and surely_before(row.span, other.span)):
                    says = "is that of" if same else "comes, by its day, before"
                    yield _finding(
                        "ordinal-clash",
                        "meetings",
                        row,
                        severity="warning",
                        explanation=f"its number {row.number} {says} number {other.number}",
                        mend=f"proceedings why meetings --group {row.group}",
                        also=other.meeting,
                    )


def _duplicates(beside: Beside) -> Iterator[FindingRow]:
    """Two identifiers of which the same places of the same versions say the very same."""
    for view in ("positions", "statements"):
        alike: dict[Any, list[Any]] = {}
        for row in beside.rows(view):
            if row.attested_by:
                apart = (*row.key, "because")
                said = tuple(getattr(row, f.name) for f in fields(row) if f.name not in apart)
                alike.setdefault(said, []).append(row)
        for first, *others in alike.values():
            for row in others:
                yield _finding(
                    "duplicate",
                    view,
                    row,
                    severity="note",
                    explanation=f"the same versions say the very same of {_about(first)}",
                    mend=f"proceedings retract {row.because[0]}",
                )


def _overdue(beside: Beside) -> Iterator[FindingRow]:
    """A commitment is open, and its day has passed."""
    for row in beside.rows("commitments", open=True):
        if row.due_by is not None and beside.day is not None and row.due_by < beside.day:
            yield _finding(
                "commitment-overdue",
                "commitments",
                row,
                severity="warning",
                explanation=f"it was due by {row.due_by}, and no source says that it is closed",
                mend="record a commitment-reported, where a source reports on it",
            )


KINDS: Final[tuple[Find, ...]] = (
    *(_omissions, _divergences, _strangers, _absent_speakers, _miscounts, _unknown_instruments),
    *(_unknown_parties, _names_of_other_times, _clashes, _ordinals, _duplicates, _overdue),
)


class Findings(Query[FindingRow]):
    """What a proof-reader would mark: each with its place, and what would mend it."""

    name = "findings"
    row = FindingRow

    def rows(self, beside: Beside, asked: Mapping[str, Any]) -> Iterator[FindingRow]:
        """Look for everything: what one kind costs, another has read already."""
        del asked
        for find in KINDS:
            yield from find(beside)


def _finding(
    kind: str,
    view: str,
    row: Any,
    *,
    severity: Severity,
    explanation: str,
    mend: str,
    where: Iterable[str] | None = None,
    also: str = "",
) -> FindingRow:
    about = _about(row)
    return FindingRow(
        kind=kind,
        view=view,
        about=f"{about} · {also}" if also else about,
        severity=severity,
        explanation=explanation,
        where=tuple(row.attested_by if where is None else where),
        mend=mend,
        span=row.span,
        because=row.because,
    )


def _about(row: Row) -> str:
    return " · ".join(key_of(row))


def _filters(row: Row) -> str:
    return "".join(f" --{name.replace('_', '-')} {getattr(row, name)}" for name in row.key)


def _differing(rows: Sequence[Any]) -> str:
    """Name the columns in which rows differ; when they hold is one."""
    apart = ("because", "attested_by", *rows[0].key)
    names = [field.name for field in fields(rows[0]) if field.name not in apart]
    differ = [name for name in names if len({getattr(row, name) for row in rows}) > 1]
    return ", ".join("when" if name == "span" else name for name in differ) or "what they rest on"


def _texts(words: Words) -> list[str]:
    return [text for language in words for text in words.texts(language)]


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
