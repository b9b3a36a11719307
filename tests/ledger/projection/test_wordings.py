"""Words are kept by language, each wording with the versions that use it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ledger.events import PositionAdopted, Source
from ledger.projection import Fact, Wording, Words, spoken, words

AR, EN, NOTE = (
    Source(document="report", language="ar"),
    Source(document="report", language="en", edition="draft"),
    Source(document="note", language="en"),
)


def said(source: Source | None, **summaries: str) -> Fact[PositionAdopted]:
    return Fact.of(
        PositionAdopted(
            group="lakes",
            position="p1",
            verb="urges",
            verb_as_written=summaries.get("en"),
            summaries=summaries,
            source=source,
        )
    )


def test_each_wording_stands_once_with_the_versions_that_use_it() -> None:
    """Two versions with the same words are one wording of two; a third with others is another."""
    facts = [said(EN, en="Peace."), said(AR, en="Calm.", ar="سلام"), said(NOTE, en="Peace.")]
    assert words(facts, lambda event: event.summaries) == Words(
        {
            "ar": [Wording("سلام", ("report/ar/unmarked",))],
            "en": [
                Wording("Peace.", ("note/en/unmarked", "report/en/draft")),
                Wording("Calm.", ("report/ar/unmarked",)),
            ],
        }
    )


def test_the_keepers_own_words_name_no_version() -> None:
    """What has no source is worded by nobody but the keepers of the record."""
    gathered = words([said(None, en="Peace.")], lambda event: event.summaries)
    assert gathered["en"] == (Wording("Peace."),)


def test_what_is_spoken_is_in_the_language_of_its_version() -> None:
    """A verb as written is in the language of the version that writes it."""
    gathered = spoken([said(AR, en="urged")], lambda event: event.verb_as_written)
    assert dict(gathered) == {"ar": (Wording("urged", ("report/ar/unmarked",)),)}
    assert not spoken([said(AR, ar="حث")], lambda event: event.verb_as_written)


@given(st.permutations([said(EN, en="Peace."), said(AR, en="Calm."), said(NOTE, en="Truce.")]))
def test_the_order_of_facts_does_not_show(facts: list[Fact[PositionAdopted]]) -> None:
    """Wordings come in the order of their versions, however the facts come."""
    gathered = words(facts, lambda event: event.summaries)
    assert gathered.texts("en") == ("Truce.", "Calm.", "Peace.")
    assert gathered.texts("fr") == ()


def test_words_are_plain_json_and_back() -> None:
    """A program gets lists and texts, and the same words can be made of them."""
    kept = words([said(EN, en="Peace."), said(AR, en="Calm.")], lambda event: event.summaries)
    plain = json.loads(json.dumps(kept.as_json()))
    assert plain["en"][1] == {"text": "Peace.", "versions": ["report/en/draft"]}
    assert (Words.from_json(plain), hash(Words.from_json(plain))) == (kept, hash(kept))
