from ledger.events import PositionAdopted, StatementDelivered
from projections.resolutions import Resolutions
from tests.projections.folding import AR, EN, only, told, worded


def test_there_is_one_row_for_each_instrument_and_expression() -> None:
    """A position that cites two resolutions and a statement that cites one rely three times."""
    rows = told(
        Resolutions,
        PositionAdopted(
            meeting="m1", position="p1", verb="calls-for", cites=("r1", "r2", "r1"), source=EN
        ),
        StatementDelivered(meeting="m1", statement="s1", speaker="ke", cites=("r1",), source=EN),
    )
    assert [(row.instrument, row.expression) for row in rows] == [
        ("r1", "position:p1"),
        ("r2", "position:p1"),
        ("r1", "statement:s1"),
    ]


def test_each_reliance_is_in_the_voice_of_who_relies() -> None:
    """The meeting, its members, other members and a single party are never confused."""
    rows = told(
        Resolutions,
        PositionAdopted(meeting="m1", position="p1", verb="urges", cites=("r1",), source=EN),
        PositionAdopted(
            meeting="m1", position="p2", verb="hopes", voice="members", cites=("r1",), source=EN
        ),
        StatementDelivered(
            meeting="m1", statement="s1", collective="other-members", cites=("r1",), source=EN
        ),
        StatementDelivered(
            meeting="m1", statement="s2", collective="members", cites=("r1",), source=EN
        ),
        StatementDelivered(meeting="m1", statement="s3", speaker="ke", cites=("r1",), source=EN),
    )
    assert [(row.expression, row.voice, row.party) for row in rows] == [
        ("position:p1", "meeting", None),
        ("position:p2", "members", None),
        ("statement:s1", "other-members", None),
        ("statement:s2", "members", None),
        ("statement:s3", "party", "ke"),
    ]


def test_what_cites_nothing_relies_on_nothing() -> None:
    """A position without instruments has no row here."""
    assert told(Resolutions, PositionAdopted(group="g", position="p1", verb="urges")) == []


def test_two_versions_that_say_the_same_are_one_row_attested_by_both() -> None:
    """One expression in two versions relies once, by the word that each uses."""
    row = only(
        Resolutions,
        PositionAdopted(
            group="g",
            position="p1",
            verb="urges",
            verb_as_written="urged",
            cites=("r1",),
            source=EN,
        ),
        PositionAdopted(
            group="g", position="p1", verb="urges", verb_as_written="حث", cites=("r1",), source=AR
        ),
    )
    assert worded(row.verb_as_written) == {"en": ("urged",), "ar": ("حث",)}
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert (row.because, row.divergent) == (("a", "b"), False)


def test_a_version_that_does_not_cite_the_instrument_does_not_attest_it() -> None:
    """Only the versions in which the expression cites the instrument stand behind its row."""
    row = only(
        Resolutions,
        PositionAdopted(group="g", position="p1", verb="urges", cites=("r1",), source=EN),
        PositionAdopted(group="g", position="p1", verb="urges", source=AR),
    )
    assert row.because == ("a",)


def test_contradicting_verbs_are_two_rows_marked_divergent() -> None:
    """Versions that differ in the verb with which an instrument is invoked are put side by side."""
    rows = told(
        Resolutions,
        PositionAdopted(group="g", position="p1", verb="urges", cites=("r1",), source=EN),
        PositionAdopted(group="g", position="p1", verb="demands", cites=("r1",), source=AR),
    )
    assert {row.verb for row in rows} == {"urges", "demands"}
    assert all(row.divergent for row in rows)
