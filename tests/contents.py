"""Hypothesis strategies for what may be said in a small world, by class of event."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st

from ledger.events import (
    AgendaAdopted,
    AttendanceRecorded,
    BallotHeld,
    CommitmentReported,
    CommitmentUndertaken,
    CorrigendumIssued,
    DissociationDeclared,
    DivergenceSettled,
    DocumentRegistered,
    DocumentTransmitted,
    Event,
    GroupDissolved,
    GroupEstablished,
    IdentitiesLinked,
    IdentitiesUnlinked,
    InstrumentRegistered,
    LanguageVersionRegistered,
    MeetingCancelled,
    MeetingChaired,
    MeetingClosed,
    MeetingConvened,
    MeetingOpened,
    MeetingPostponed,
    MembershipBegan,
    MembershipEnded,
    MembershipResumed,
    MembershipSuspended,
    OfficeAssumed,
    OfficeVacated,
    PartyRegistered,
    PartyRenamed,
    PartySucceeded,
    PassagesAligned,
    PositionAdopted,
    PositionExplained,
    PositionSuperseded,
    ReservationEntered,
    StatementDelivered,
    TranscriptionCompleted,
    VoteIntentionStated,
    VoteRecorded,
)
from tests.world import SMALL, World, dates, people, sources, texts, times

Kind: TypeAlias = type[Event]


class Draw:
    """What the events of one world are drawn from."""

    def __init__(self, world: World) -> None:
        self.group = world.some("group", world.groups)
        self.party = world.some("party", world.parties)
        self.meeting = world.some("meeting", world.meetings)
        self.statement = world.some("statement", world.expressions)
        self.position = world.some("position", world.expressions)
        self.ballot = world.some("ballot", world.expressions)
        self.commitment = world.some("commitment", world.expressions)
        self.instrument = world.some("instrument", world.instruments)
        self.document = world.some("document", world.instruments)
        self.parties = st.lists(self.party, max_size=2).map(tuple)
        self.cites = st.lists(self.instrument, max_size=2).map(tuple)
        self.word = st.sampled_from([None, "as written", "in other words"])
        self.level = st.sampled_from(["not-stated", "ministerial", "summit"])
        self.office = st.sampled_from([None, "chair", "minister"])
        self.event = st.sampled_from([world.name("first"), world.name("second")])
        self.met = {"group": st.none() | self.group, "meeting": self.meeting}


def _build(
    kind: Callable[..., Event], valid: st.SearchStrategy[str | None], /, **fields: Any
) -> st.SearchStrategy[Event]:
    return st.builds(kind, valid=valid, source=sources(), **fields)


Contents: TypeAlias = dict[Kind, st.SearchStrategy[Event]]


@cache
def contents(world: World = SMALL) -> Contents:
    """Return what can be said in a world, by class of event."""
    draw = Draw(world)
    return {
        **_of_parties(draw),
        **_of_groups(draw),
        **_of_meetings(draw),
        **_of_statements_and_positions(draw),
        **_of_ballots(draw),
        **_of_commitments(draw),
        **_of_documents(draw),
        DivergenceSettled: _build(
            DivergenceSettled,
            times(),
            document=draw.document,
            passage=st.none() | st.just("hope"),
            upheld=st.lists(draw.event, max_size=2).map(tuple),
            set_aside=st.lists(draw.event, min_size=1, max_size=2).map(tuple),
            reason=st.sampled_from(["The host says so.", "The list says so."]),
        ),
        # No view handles it: it takes a place in the log, and that is all.
        InstrumentRegistered: _build(
            InstrumentRegistered,
            times(),
            instrument=draw.instrument,
            kind=st.just("resolution"),
            names=texts(),
        ),
    }


def _of_parties(draw: Draw) -> Contents:
    names = texts().filter(bool)
    codes = st.sampled_from([{}, {"iso-3166-1": "KE"}])
    tenure = {"party": draw.party, "office": st.sampled_from(["chair", "minister"])}
    link = {"party": draw.party, "canonical": draw.party}
    return {
        PartyRegistered: _build(
            PartyRegistered,
            times(),
            party=draw.party,
            kind=st.sampled_from(["state", "state", "body"]),
            names=texts(),
            codes=codes,
        ),
        PartyRenamed: _build(
            PartyRenamed,
            dates(),
            party=draw.party,
            form=st.sampled_from(["formal", "short"]),
            names=names,
            codes=codes,
        ),
        PartySucceeded: _build(
            PartySucceeded,
            dates(),
            party=draw.party,
            predecessor=draw.party,
            extent=st.sampled_from(["not-stated", "whole", "part"]),
        ),
        OfficeAssumed: _build(OfficeAssumed, dates(), **tenure, person=people().filter(bool)),
        OfficeVacated: _build(OfficeVacated, dates(), **tenure, person=people()),
        IdentitiesLinked: _build(IdentitiesLinked, dates(), **link),
        IdentitiesUnlinked: _build(IdentitiesUnlinked, dates(), **link),
    }


def _of_groups(draw: Draw) -> Contents:
    membership = {"group": draw.group, "party": draw.party, "as_written": draw.word}
    return {
        GroupEstablished: _build(
            GroupEstablished,
            dates(),
            group=draw.group,
            names=texts(),
            parent=st.none() | draw.party,
            established_by=st.none() | draw.instrument,
            level=draw.level,
        ),
        GroupDissolved: _build(
            GroupDissolved, dates(), group=draw.group, dissolved_by=st.none() | draw.instrument
        ),
        MembershipBegan: _build(
            MembershipBegan,
            dates(),
            **membership,
            role=st.sampled_from(["member", "observer"]),
            how=st.sampled_from(["not-stated", "founding", "accession"]),
        ),
        MembershipEnded: _build(
            MembershipEnded,
            dates(),
            **membership,
            how=st.sampled_from(["not-stated", "withdrawal", "expulsion"]),
        ),
        MembershipSuspended: _build(MembershipSuspended, dates(), **membership),
        MembershipResumed: _build(MembershipResumed, dates(), **membership),
    }


def _of_meetings(draw: Draw) -> Contents:
    presided = {
        **draw.met,
        "party": st.none() | draw.party,
        "office": draw.office,
        "person": people(),
    }
    return {
        MeetingConvened: _build(
            MeetingConvened,
            times(),
            **draw.met,
            number=st.sampled_from([None, 1, 2]),
            place=st.sampled_from([None, "Nairobi", "Kampala"]),
            level=draw.level,
        ),
        MeetingPostponed: _build(MeetingPostponed, times(), **draw.met),
        MeetingCancelled: _build(MeetingCancelled, times(), **draw.met),
        MeetingOpened: _build(MeetingOpened, times(), **presided),
        MeetingChaired: _build(MeetingChaired, times(), **presided),
        MeetingClosed: _build(MeetingClosed, times(), **presided),
        AgendaAdopted: _build(
            AgendaAdopted, times(), **draw.met, items=st.sampled_from([(), ("Opening",)])
        ),
        AttendanceRecorded: _build(
            AttendanceRecorded,
            times(),
            **draw.met,
            party=draw.party,
            presence=st.sampled_from(["present", "present", "absent"]),
            capacity=st.sampled_from(["not-stated", "member", "observer"]),
            level=draw.level,
            head=people(),
            as_written=draw.word,
        ),
    }


def _of_statements_and_positions(draw: Draw) -> Contents:
    speakers: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.builds(dict, speaker=draw.party), st.just({"collective": "other-members"})
    )
    return {
        StatementDelivered: _build(
            lambda who, **said: StatementDelivered(**who, **said),
            times(),
            **draw.met,
            who=speakers,
            statement=draw.statement,
            office=draw.office,
            person=people(),
            on_behalf_of=draw.parties,
            verb=st.sampled_from([None, "urges", "recalls"]),
            verb_as_written=draw.word,
            cites=draw.cites,
            summaries=texts(),
        ),
        PositionAdopted: _build(
            PositionAdopted,
            times(),
            **draw.met,
            position=draw.position,
            voice=st.sampled_from(["meeting", "members"]),
            verb=st.sampled_from(["urges", "condemns"]),
            verb_as_written=draw.word,
            addressees=draw.parties,
            method=st.sampled_from(["not-stated", "consensus", "vote"]),
            cites=draw.cites,
            wording_from=st.lists(draw.position, max_size=1).map(tuple),
            summaries=texts(),
        ),
        PositionSuperseded: _build(
            PositionSuperseded,
            dates(),
            **draw.met,
            position=draw.position,
            superseded_by=st.none() | draw.position,
        ),
        ReservationEntered: _stance(draw, ReservationEntered),
        DissociationDeclared: _stance(draw, DissociationDeclared),
        PositionExplained: _stance(
            draw,
            PositionExplained,
            ballot=st.none() | draw.ballot,
            moment=st.sampled_from(["not-stated", "before", "after"]),
        ),
    }


def _stance(draw: Draw, kind: Callable[..., Event], **more: Any) -> st.SearchStrategy[Event]:
    concerns: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.builds(dict, position=draw.position), st.builds(dict, instrument=draw.instrument)
    )
    return _build(
        lambda concerns, **said: kind(**concerns, **said),
        times(),
        **draw.met,
        concerns=concerns,
        party=draw.party,
        part=st.sampled_from([None, None, "OP1", "OP2"]),
        summaries=texts(),
        **more,
    )


def _of_ballots(draw: Draw) -> Contents:
    balloted = {**draw.met, "ballot": draw.ballot}
    count = st.sampled_from([None, 1, 2])
    return {
        BallotHeld: _build(
            BallotHeld,
            times(),
            **balloted,
            instrument=st.none() | draw.instrument,
            outcome=st.sampled_from(["not-stated", "adopted", "rejected"]),
            in_favour=count,
            against=count,
        ),
        VoteRecorded: _build(
            VoteRecorded,
            times(),
            **balloted,
            party=draw.party,
            choice=st.sampled_from(["yes", "no", "absent"]),
            choice_as_written=draw.word,
            as_written=draw.word,
        ),
        VoteIntentionStated: _build(
            VoteIntentionStated,
            times(),
            **balloted,
            party=draw.party,
            choice=st.sampled_from(["yes", "no"]),
        ),
    }


def _of_commitments(draw: Draw) -> Contents:
    committed = {**draw.met, "commitment": draw.commitment, "summaries": texts()}
    return {
        CommitmentUndertaken: _build(
            CommitmentUndertaken,
            times(),
            **committed,
            by=draw.parties,
            due=times(),
            position=st.none() | draw.position,
        ),
        CommitmentReported: _build(
            CommitmentReported,
            times(),
            **committed,
            party=st.none() | draw.party,
            status=st.sampled_from(["not-stated", "under-way", "fulfilled", "withdrawn"]),
        ),
    }


_PLACES = ({"language": "en", "paragraph": 5}, {"language": "ar", "paragraph": 6})


def _of_documents(draw: Draw) -> Contents:
    version = {
        "document": draw.document,
        "language": st.sampled_from(["en", "ar"]),
        "edition": st.sampled_from(["unmarked", "draft"]),
    }
    return {
        DocumentRegistered: _build(
            DocumentRegistered,
            times(),
            document=draw.document,
            kind=st.sampled_from(["report", "note"]),
            titles=texts(),
            group=st.none() | draw.group,
        ),
        LanguageVersionRegistered: _build(
            LanguageVersionRegistered,
            times(),
            **version,
            authority=st.sampled_from(["not-stated", "original", "translation"]),
            paragraphs=st.sampled_from([None, 9, 10]),
        ),
        TranscriptionCompleted: _build(
            TranscriptionCompleted,
            times(),
            **version,
            about=draw.meeting.map("meeting:{}".format),
            scope=st.sampled_from([("attendance",), ("attendance", "positions")]),
        ),
        DocumentTransmitted: _build(
            DocumentTransmitted,
            times(),
            document=draw.document,
            to=st.sampled_from(["the summit", "the council"]),
            party=st.none() | draw.party,
        ),
        CorrigendumIssued: _build(
            CorrigendumIssued,
            times(),
            document=draw.document,
            corrigendum=st.none() | draw.document,
            languages=st.sampled_from([(), ("en",)]),
        ),
        PassagesAligned: _build(
            PassagesAligned,
            times(),
            document=draw.document,
            passage=st.sampled_from(["hope", "attacks"]),
            places=st.sampled_from([1, 2]).map(lambda count: _PLACES[:count]),
            relation=st.sampled_from(["not-stated", "same", "differs"]),
            kind=st.sampled_from(["not-stated", "strength"]),
            summaries=texts(),
        ),
    }
