"""Views that follow from other views: the concordance, and what a proof-reader marks."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import BadInput, UnknownColumn, UnknownView
from ledger.events import (
    AttendanceRecorded,
    BallotHeld,
    CommitmentUndertaken,
    DivergenceSettled,
    DocumentRegistered,
    Event,
    InstrumentRegistered,
    MeetingConvened,
    MembershipBegan,
    MembershipEnded,
    PartyRegistered,
    PartyRenamed,
    PassagesAligned,
    PositionAdopted,
    Source,
    StatementDelivered,
    TranscriptionCompleted,
    VoteRecorded,
)
from ledger.installed import installed_queries
from ledger.projection import Words
from ledger.records import read, record
from ledger.samples import SAMPLES, sample

EN = Source(document="report", language="en").at(1)
AR = Source(document="report", language="ar").at(2)
REPORT = "oic-cg-azerbaijan-1-report"

KE = PartyRegistered(party="ke", names={"en": "Kenya"})
UG = PartyRegistered(party="ug", names={"en": "Uganda"})
MET = MeetingConvened(meeting="lakes-1", group="lakes", number=1, valid="2026-03-12", source=EN)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger.open("sqlite://") as opened:
        yield opened


@pytest.fixture(scope="module")
def report() -> Iterator[Ledger]:
    with Ledger.open("sqlite://") as opened:
        for name in SAMPLES:
            record(opened, read(sample(name), name))
        yield opened


def attended(**fields: Any) -> AttendanceRecorded:
    said = {"meeting": "lakes-1", "group": "lakes", "party": "ke", "valid": "2026-03-12"}
    return AttendanceRecorded.model_validate({"source": EN, **said, **fields})


def member(**fields: Any) -> MembershipBegan:
    return MembershipBegan.model_validate({"group": "lakes", "party": "ke", "source": EN, **fields})


def adopted(**fields: Any) -> PositionAdopted:
    said = {"meeting": "lakes-1", "group": "lakes", "position": "lakes-1.urges", "verb": "urges"}
    return PositionAdopted.model_validate({"source": EN, "valid": "2026-03-12", **said, **fields})


FOUND: dict[str, tuple[list[Event], list[Event]]] = {
    "omission": (
        [
            KE,
            attended(),
            TranscriptionCompleted(
                document="report", language="ar", about="meeting:lakes-1", scope=("attendance",)
            ),
        ],
        [attended(source=AR)],
    ),
    "divergence": (
        [KE, attended(level="ministerial"), attended(level="ambassadorial", source=AR)],
        [],
    ),
    "attended-without-membership": (
        [KE, member(party="ug"), UG, attended()],
        [member(valid="2026-01-01")],
    ),
    "spoke-without-attending": (
        [
            KE,
            UG,
            attended(),
            StatementDelivered(meeting="lakes-1", statement="s", speaker="ug", source=EN),
        ],
        [attended(party="ug")],
    ),
    "counts-do-not-add-up": (
        [
            KE,
            BallotHeld(ballot="b", meeting="lakes-1", in_favour=2, source=EN),
            VoteRecorded(ballot="b", party="ke", choice="yes", source=EN),
        ],
        [
            UG,
            VoteRecorded(ballot="b", party="ug", choice="yes", source=EN),
        ],
    ),
    "unknown-instrument": (
        [adopted(cites=["unsc-822"])],
        [InstrumentRegistered(instrument="unsc-822", kind="resolution")],
    ),
    "unknown-party": ([attended()], [KE]),
    "name-not-of-its-time": (
        [
            KE,
            PartyRenamed(
                party="ke", form="formal", names={"en": "Kenya Colony"}, valid="1920-07-23"
            ),
            PartyRenamed(
                party="ke", form="formal", names={"en": "Republic of Kenya"}, valid="1964-12-12"
            ),
            attended(as_written="Kenya  colony"),
        ],
        [],
    ),
    "group-clash": ([KE, MET, attended(group="rivers")], []),
    "date-clash": ([KE, MET, attended(valid="2026-03-13")], []),
    "ordinal-clash": (
        [MET, MeetingConvened(meeting="lakes-2", group="lakes", number=1, source=EN)],
        [],
    ),
    "duplicate": ([adopted(), adopted(position="lakes-1.also-urges")], []),
    "commitment-overdue": (
        [CommitmentUndertaken(commitment="c", meeting="lakes-1", due="2025", source=EN)],
        [],
    ),
}
"""Kind → events that have just that to be found, and events that mend it, where more facts can."""


@pytest.mark.parametrize("kind", FOUND)
def test_each_kind_is_found_alone_and_is_gone_once_it_is_mended(kind: str, ledger: Ledger) -> None:
    """A finding follows from the facts, and goes with them; what was found stays answerable."""
    wrong, mended = FOUND[kind]
    receipts = ledger.append(wrong)
    (found,) = ledger.computed("findings").rows()
    assert found.kind == kind
    assert found.explanation
    assert found.mend
    assert set(found.because) <= {receipt.event_id for receipt in receipts}
    if mended:
        ledger.append(mended)
    else:
        for name in found.because:
            ledger.retract(name)
    assert [row.kind for row in ledger.computed("findings").rows()] == []
    assert ledger.computed("findings").rows(known_at=len(wrong)) == [found]


def test_a_term_that_ended_before_the_meeting_makes_no_member(ledger: Ledger) -> None:
    """Membership is asked about on the day of the meeting; an imprecise day accuses nobody."""
    ended = MembershipEnded(group="lakes", party="ke", valid="2026-02-01", source=EN)
    ledger.append([KE, member(valid="2025-01-01"), ended, attended()])
    assert [row.kind for row in ledger.computed("findings").rows()] == [
        "attended-without-membership"
    ]
    ledger.correct(4, {"valid": "2026"})
    assert ledger.computed("findings").rows() == []


def test_a_ruling_settles_a_divergence(ledger: Ledger) -> None:
    """What an editor ruled upon is found no more."""
    ledger.append([KE])
    one, other = ledger.append([attended(level="ministerial"), attended(level="summit", source=AR)])
    assert [row.kind for row in ledger.computed("findings").rows()] == ["divergence"]
    ledger.record(
        DivergenceSettled(
            meeting="lakes-1", upheld=(one.event_id,), set_aside=(other.event_id,), reason="So."
        )
    )
    assert ledger.computed("findings").rows() == []


def test_what_is_overdue_depends_on_the_day_that_is_asked_about(ledger: Ledger) -> None:
    """A commitment is overdue from the day after its day, and not before."""
    ledger.record(CommitmentUndertaken(commitment="c", meeting="m", due="2040-05-01", source=EN))
    overdue = {
        day: [row.kind for row in ledger.computed("findings").rows(as_of=day, possible=True)]
        for day in ("2040-05-01", "2040-05-02")
    }
    assert overdue == {"2040-05-01": [], "2040-05-02": ["commitment-overdue"]}


def test_what_a_proof_reader_marks_in_the_report(report: Ledger) -> None:
    """Five omissions in two versions, one participant of no known membership, one guest speaker."""
    rows = report.computed("findings").rows()
    assert Counter(row.kind for row in rows) == {
        "omission": 5,
        "attended-without-membership": 1,
        "spoke-without-attending": 2,
    }
    assert [
        row.about for row in report.computed("findings").rows(kind="omission", view="attendance")
    ] == ["oic-cg-azerbaijan-1 · pk"]
    assert not {row.severity for row in rows} & {"error"}


def test_the_versions_of_the_report_beside_each_other(report: Ledger) -> None:
    """Every fact of the report is there once, with the version that is silent of it."""
    rows = report.computed("concordance").rows(document=REPORT)
    apart = {row.subject: row.silent for row in rows if row.relation != "same"}
    english, arabic = f"{REPORT}/en/draft", f"{REPORT}/ar/unmarked"
    assert apart == {
        "attendance · oic-cg-azerbaijan-1 · pk": (english,),
        "membership · oic-cg-azerbaijan · pk": (english,),
        "positions · oic-cg-azerbaijan-1.agrees-roadmap": (english,),
        "positions · oic-cg-azerbaijan-1.calls-for-recognition": (arabic,),
        "positions · oic-cg-azerbaijan-1.calls-upon-collective-action": (english,),
    }
    assert Counter(row.view for row in rows)["attendance"] == 8
    assert {row.kind for row in rows} == {None, "omission"}
    (gambia,) = report.computed("concordance").rows(
        document=REPORT, subject="attendance · oic-cg-azerbaijan-1 · gm"
    )
    assert set(gambia.wording) == {"ar", "en"}


def test_a_difference_of_substance_is_an_editors_note(ledger: Ledger) -> None:
    """An aligned passage stands beside the facts, with its places, remarks and ruling."""
    ledger.append(
        [
            DocumentRegistered(document="report", meeting="lakes-1"),
            PassagesAligned.model_validate(
                {
                    "document": "report",
                    "passage": "attacks",
                    "places": [
                        {"language": "en", "paragraph": 5},
                        {"language": "ar", "paragraph": 5},
                    ],
                    "relation": "differs",
                    "kind": "strength",
                    "summaries": {"en": "The English version is stronger."},
                }
            ),
        ]
    )
    (row,) = ledger.computed("concordance").rows(document="report")
    assert (row.subject, row.relation, row.kind) == ("passages · attacks", "differs", "strength")
    assert row.places == ("report/ar/unmarked#¶5", "report/en/unmarked#¶5")
    assert row.remarks["en"]
    assert row.settled is None
    ledger.record(DivergenceSettled(document="report", passage="attacks", reason="As drafted."))
    (row,) = ledger.computed("concordance").rows(document="report")
    assert row.settled == "As drafted."


def test_values_that_versions_state_differently_are_told_as_such(ledger: Ledger) -> None:
    """Where both speak and differ, the relation says so; what one alone has, so far, is alone."""
    ledger.append(
        [
            DocumentRegistered(document="report", meeting="lakes-1"),
            attended(level="ministerial"),
            attended(level="summit", source=AR),
            attended(party="ug"),
        ]
    )
    rows = {row.subject: row for row in ledger.computed("concordance").rows(document="report")}
    differs, alone = rows["attendance · lakes-1 · ke"], rows["attendance · lakes-1 · ug"]
    assert (differs.relation, differs.kind) == ("differs", "value")
    assert (alone.relation, alone.kind, alone.silent) == ("only-here", None, ())
    assert differs.wording == Words()


def test_an_answer_is_asked_for_as_any_other(report: Ledger) -> None:
    """Filters, order, limit and both times are those of a stored view."""
    findings = report.computed("findings")
    by_severity = findings.rows(order_by="severity", limit=4)
    assert [row.severity for row in by_severity] == ["note", "note", "note", "warning"]
    assert findings.rows(kind=["omission", "duplicate"]) == findings.rows(kind="omission")
    assert findings.rows(known_at=0) == []
    assert findings.answer(as_of="2016-09-18").known == []
    assert findings.answer(as_of="2016-09-18").known_at == report.head
    with pytest.raises(UnknownColumn, match="did you mean 'kind'"):
        findings.rows(kin="omission")
    for asked in ({"cursor": "x"}, {"policy": "strict"}, {"limit": 0}, {"as_of": "soon"}):
        with pytest.raises(BadInput):
            findings.answer(**asked)


def test_every_view_has_a_name_of_its_own_and_those_that_are_not_there_are_named(
    report: Ledger,
) -> None:
    """A stored view is no computed one, and whoever errs is told what there is."""
    assert not set(installed_queries()) & set(report.views)
    with pytest.raises(UnknownView, match="findings"):
        report.computed("finding")
    with pytest.raises(UnknownView, match="findings"):
        report.view("finding")
