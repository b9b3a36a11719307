"""Which of several sources is followed: a choice of whoever asks, never of the record.

| policy        | keeps                                                                         |
| ------------- | ----------------------------------------------------------------------------- |
| `any`         | every row                                                                     |
| `strict`      | rows neither divergent, nor omitted by a complete version, nor set aside      |
| `prefer=LANG` | what that language's versions say, of all that it speaks of; else every row   |
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ledger.errors import UnusablePolicy
from ledger.projection import Beside, Key, Projection, Weighed, key_of
from ledger.projection.standing import languages
from ledger.replay.query import Known

_PREFER: Final = "prefer="


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose word is taken."""

    kind: Literal["any", "strict", "prefer"] = "any"
    language: str | None = None
    """The language that is preferred."""

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Read `any`, `strict` or `prefer=LANG`; `UnusablePolicy` for anything else."""
        match text:
            case "any" | "strict":
                return cls(text)
            case _ if text.startswith(_PREFER) and text != _PREFER:
                return cls("prefer", text.removeprefix(_PREFER))
            case _:
                raise UnusablePolicy(text, "there are: any, strict, prefer=LANGUAGE")

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{_PREFER}{self.language}" if self.kind == "prefer" else self.kind

    def kept(
        self, projection: Projection[Any, Any], known: Sequence[Known[Any]], beside: Beside
    ) -> list[Known[Any]]:
        """Return the rows that it keeps, of rows that were joined."""
        if self.kind == "any":
            return list(known)
        if projection.joined is None or not issubclass(projection.joined, Weighed):
            raise UnusablePolicy(str(self), f"{projection.name} has no standing to judge by")
        if self.kind == "strict":
            return [one for one in known if _is_agreed(_weight(one))]
        spoken = self._spoken(projection, known, beside)
        return [one for one in known if self._prefers(one, spoken)]

    def _prefers(self, known: Known[Any], spoken: Collection[Key]) -> bool:
        if self.language in languages(known.row.attested_by):
            return True
        return self.language not in _weight(known).speaking and key_of(known.row) not in spoken

    def _spoken(
        self, projection: Projection[Any, Any], known: Sequence[Known[Any]], beside: Beside
    ) -> set[Key]:
        """Return the keys of which the language says something, of those that are disputed."""
        disputed = [one.row for one in known if one.row.divergent]
        first = projection.row.key[0]
        values = sorted({getattr(row, first) for row in disputed})
        rows = beside.rows(projection.name, **{first: values}) if values else ()
        return {key_of(row) for row in rows if self.language in languages(row.attested_by)}


ANY: Final = Policy()
"""Every row, whoever says so."""


def _is_agreed(weighed: Weighed) -> bool:
    return weighed.standing not in ("divergent", "omitted") and weighed.ruling != "set-aside"


def _weight(known: Known[Any]) -> Weighed:
    if not isinstance(known.joined, Weighed):
        raise TypeError("a policy judges rows that were joined")
    return known.joined
