"""States by their ISO 3166-1 codes: what each is usually called, from the Unicode CLDR.

What a state calls itself, and since when, comes from documents, as `party-renamed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from ledger.errors import UnknownState
from ledger.events import PartyRegistered

LANGUAGES: Final = ("ar", "en", "fr")
"""The languages in which states are named unless others are asked for."""
_CODES: Final = "iso-3166-1"


def usual_name(code: str, language: str) -> str | None:
    """Return what the CLDR calls a state in a language (a BCP 47 tag); None where it has no name.

    >>> usual_name("GM", "fr"), usual_name("gm", "ar"), usual_name("XY", "en")
    ('Gambie', 'غامبيا', None)
    """
    if language.partition("-")[0] == "und":
        return None  # where it would take the likeliest language, which is English
    # It has data for hundreds of languages, and most commands name no state.
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        territories = cast(Mapping[str, str], Locale.parse(language, sep="-").territories)
    except (UnknownLocaleError, ValueError):
        return None
    return territories.get(code.upper())


def registration(code: str, languages: Sequence[str] = LANGUAGES) -> PartyRegistered:
    """Return a state's registration: its code in small letters, its usual names, its code.

    Raises `UnknownState` where the CLDR has no name for the code in any of the languages.

    >>> registration("TR", ["en"]).names
    {'en': 'Türkiye'}
    """
    named = {language: usual_name(code, language) for language in languages}
    names = {language: name for language, name in named.items() if name is not None}
    if not names or len(code) != len("GM"):
        raise UnknownState(code, languages)
    return PartyRegistered(party=code.lower(), names=names, codes={_CODES: code.upper()})
