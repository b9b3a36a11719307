"""What two contents of a fact say differently, and the errors about changing one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

from ledger.errors import BadInput, Conflict, DatabaseProblem

_SHOWN: Final = 20
"""How many changed entries are shown; a person reads no more."""


class Change(NamedTuple):
    """A field that is said differently; None where nothing is said."""

    field: str
    """Its name, dotted where it is within another: `source.paragraph`."""
    old: Any
    new: Any


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], *, within: str = ""
) -> Iterator[Change]:
    """Yield what differs between two contents as JSON; a list differs as a whole."""
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        inner = [cast("dict[str, Any]", side or {}) for side in (was, now)]
        if all(isinstance(side, dict | None) for side in (was, now)):
            yield from differences(*inner, within=f"{within}{name}.")
        else:
            yield Change(f"{within}{name}", was, now)


def shown(value: Any) -> str:
    """Return the value of a field on one line; a dash for nothing."""
    if value is None:
        return "—"
    if isinstance(value, str) and not any(ord(character) < ord(" ") for character in value):
        return value
    return json.dumps(value, ensure_ascii=False)


class UnknownField(BadInput):
    """An event of this type has no such field. `known` are those that it has."""

    def __init__(
        self, type_name: str, field: str, known: Sequence[str], did_you_mean: str | None
    ) -> None:
        self.type = type_name
        self.field = field
        self.known = tuple(known)
        self.did_you_mean = did_you_mean
        hint = f"; did you mean {did_you_mean!r}?" if did_you_mean else "."
        super().__init__(f"{field}: {type_name} has no such field{hint} It has: {', '.join(known)}")


class InvalidReplacement(BadInput):
    """What would take an event's place is no such event; `problems` are (field, what is wrong)."""

    def __init__(self, type_name: str, problems: Sequence[tuple[str | None, str]]) -> None:
        self.type = type_name
        self.problems = tuple(problems)
        said = "\n".join(f"{field}: {wrong}" if field else wrong for field, wrong in problems)
        super().__init__(f"{said}\nthe {type_name} would not be one; nothing was recorded")


class NotBelieved(Conflict):
    """What was to be corrected is retracted: the correction would come to life unseen, later.

    `retraction` is the position of what ended the belief.
    """

    def __init__(self, event_id: str, *, type_name: str, position: int, retraction: int) -> None:
        self.event_id = event_id
        self.type = type_name
        self.position = position
        self.retraction = retraction
        super().__init__(
            f"belief in the {type_name} at position {position} ended with position {retraction}, "
            "so there is nothing to correct: if it is to be believed again, retract the "
            f"retraction (`proceedings retract {retraction}`), then correct it"
        )


class PrivateTextWithheld(DatabaseProblem):
    """This login may not read private texts, and a correction would lose them."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(
            f"event {position} has private texts that this login may not read, and a correction "
            "without them would lose them: correct it as somebody who may"
        )


class ChangedEntry(NamedTuple):
    """An entry of a file that was recorded before and says otherwise."""

    place: str
    """`file:line`."""
    event_id: str
    position: int | None
    """Where that stands which it contradicts; None in the same batch."""
    said: str
    """What is the matter."""
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        """Return it with old and new on lines of their own: words of any direction stay apart."""
        lines = [f"{self.place}: {self.said}"]
        for field, old, new in self.changes:
            lines += [f"  - {field}: {shown(old)}"] if old is not None else []
            lines += [f"  + {field}: {shown(new)}"] if new is not None else []
        return "\n".join(lines)


class EntryChanged(Conflict):
    """Entries were recorded before and say otherwise now; nothing was appended.

    `entries` has them all.
    """

    def __init__(self, entries: Sequence[ChangedEntry], hint: str) -> None:
        self.entries = tuple(entries)
        lines = [str(entry) for entry in self.entries[:_SHOWN]]
        if (more := len(self.entries) - len(lines)) > 0:
            lines.append(f"and {more:,} more")
        many = len(self.entries)
        counted = "one entry has changed" if many == 1 else f"{many:,} entries have changed"
        super().__init__("\n".join([*lines, f"{counted}; nothing was recorded. {hint}"]))
