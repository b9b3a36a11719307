from ledger.events import Person, StatementDelivered
from projections.statements import Statements
from tests.projections.folding import AR, EN, only, told, worded


def test_two_versions_that_say_the_same_are_one_row_attested_by_both() -> None:
    """One statement in two versions is one row: summaries by language, instruments together."""
    row = only(
        Statements,
        StatementDelivered(
            meeting="m1",
            statement="s1",
            speaker="ke",
            cites=("r2", "r1"),
            summaries={"en": "Peace."},
            person=Person(name="A. B."),
            source=EN,
        ),
        StatementDelivered(
            meeting="m1",
            statement="s1",
            speaker="ke",
            cites=("r3",),
            summaries={"ar": "سلام"},
            source=AR,
        ),
    )
    assert row.cites == ("r1", "r2", "r3")
    assert worded(row.summaries) == {"en": ("Peace.",), "ar": ("سلام",)}
    assert worded(row.person) == {"en": ("A. B.",)}
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert (row.because, row.divergent) == (("a", "b"), False)


def test_what_is_not_stated_is_no_claim() -> None:
    """Verb, office and group come from whichever version states them."""
    row = only(
        Statements,
        StatementDelivered(meeting="m1", statement="s1", speaker="ke", verb="recalls", source=EN),
        StatementDelivered(
            meeting="m1", statement="s1", speaker="ke", office="chair", group="lakes", source=AR
        ),
    )
    assert (row.verb, row.office, row.group, row.on_behalf_of) == ("recalls", "chair", "lakes", ())
    assert not row.divergent


def test_two_speakers_of_one_statement_are_divergent() -> None:
    """Versions that give a statement to two speakers stand side by side."""
    rows = told(
        Statements,
        StatementDelivered(meeting="m1", statement="s1", speaker="ke", source=EN),
        StatementDelivered(meeting="m1", statement="s1", speaker="ug", source=AR),
    )
    assert {row.speaker for row in rows} == {"ke", "ug"}
    assert all(row.divergent for row in rows)


def test_those_spoken_for_are_the_same_in_any_order() -> None:
    """A list of parties is a set: two orders of it are one claim."""
    row = only(
        Statements,
        StatementDelivered(
            meeting="m1", statement="s1", speaker="ke", on_behalf_of=("ug", "tz"), source=EN
        ),
        StatementDelivered(
            meeting="m1", statement="s1", speaker="ke", on_behalf_of=("tz", "ug"), source=AR
        ),
    )
    assert (row.on_behalf_of, row.divergent) == (("tz", "ug"), False)


def test_a_collective_has_no_speaker() -> None:
    """What unnamed members said together is nobody's own statement."""
    row = only(
        Statements,
        StatementDelivered(meeting="m1", statement="s1", collective="other-members", source=EN),
    )
    assert (row.speaker, row.collective, row.kind) == (None, "other-members", "statement")


def test_verbs_stand_as_each_version_writes_them() -> None:
    """The normalised verb is one; the words as written are by language."""
    row = only(
        Statements,
        StatementDelivered(
            meeting="m1",
            statement="s1",
            speaker="ke",
            verb="calls-for",
            verb_as_written="called for",
            source=EN,
        ),
        StatementDelivered(
            meeting="m1",
            statement="s1",
            speaker="ke",
            verb="calls-for",
            verb_as_written="دعا إلى",
            source=AR,
        ),
    )
    assert worded(row.verb_as_written) == {"en": ("called for",), "ar": ("دعا إلى",)}
