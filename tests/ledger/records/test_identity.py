from ledger.events import (
    AttendanceRecorded,
    LanguageVersionRegistered,
    PartyRegistered,
    PositionAdopted,
    Source,
)
from ledger.records.identity import derived_id

REPORT = Source(document="lakes-1-report", language="en")


def attended(**fields: str) -> AttendanceRecorded:
    said = AttendanceRecorded(meeting="lakes-1", party="ke", source=REPORT.at(1))
    return said.model_copy(update=fields)


def test_an_id_follows_from_who_says_what() -> None:
    """The same fact of the same version has the same id, in whatever words, on whatever day."""
    assert derived_id(attended()) == derived_id(attended(valid="2026", as_written="Kenya"))
    moved = attended().model_copy(update={"source": REPORT.at(9, "other words")})
    assert derived_id(moved) == derived_id(attended())


def test_another_version_says_it_as_another_event() -> None:
    """Two language versions, or two editions, that say the same are two events."""
    arabic = attended().model_copy(update={"source": Source(document="lakes-1-report")})
    final = attended().model_copy(
        update={"source": Source(document="lakes-1-report", language="en", edition="final")}
    )
    assert len({derived_id(attended()), derived_id(arabic), derived_id(final)}) == 3


def test_another_fact_is_another_event() -> None:
    """Another party, another type or another ref is another event."""
    ids = {
        derived_id(attended()),
        derived_id(attended(party="ug")),
        derived_id(attended(), "second"),
        derived_id(PositionAdopted(meeting="lakes-1", position="p", verb="urges")),
        derived_id(LanguageVersionRegistered(document="d", language="en")),
        derived_id(LanguageVersionRegistered(document="d", language="ar")),
    }
    assert len(ids) == 6


def test_a_ref_outlives_a_correction_of_the_identifiers() -> None:
    """With a ref, even the party may turn out to be another: the id stays."""
    assert derived_id(attended(), "x") == derived_id(attended(party="ug"), "x")


def test_what_keepers_register_is_one_event_from_any_file() -> None:
    """Two files that register the same party speak of one event."""
    one = PartyRegistered(party="ke", names={"en": "Kenya"})
    assert derived_id(one) == derived_id(PartyRegistered(party="ke", names={"fr": "Kenya"}))
