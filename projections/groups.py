"""Groups: what each is, who set it up, when it existed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ledger.events import GroupDissolved, GroupEstablished
from ledger.projection import (
    Fact,
    Key,
    Projection,
    Row,
    Words,
    attested_by,
    because,
    episodes,
    stated,
    words,
)

Handled: TypeAlias = GroupEstablished | GroupDissolved


class GroupRow(Row, key=("group",), lasts=True):
    """A group, over the span of its existence."""

    group: str
    """The group."""
    names: Words
    """Its name, by language."""
    parent: str | None
    """The organization within which it was set up."""
    established_by: str | None
    """The instrument that set it up."""
    level: str | None
    """The level at which it is to meet."""
    dissolved_by: str | None
    """The instrument that ended it."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _stated(event: Handled) -> dict[str, str | None]:
    if isinstance(event, GroupDissolved):
        return {"dissolved_by": event.dissolved_by}
    return {
        "parent": event.parent,
        "established_by": event.established_by,
        "level": stated(event.level),
    }


class Groups(Projection[GroupRow, Handled]):
    """What each group is, who set it up and when, and whether it still exists."""

    name = "groups"
    version = 2
    row = GroupRow
    handles = (GroupDissolved, GroupEstablished)

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a group."""
        yield (event.group,)

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[GroupRow]:
        """Pair establishment and dissolution."""
        established = [fact for fact in facts if isinstance(fact.event, GroupEstablished)]
        dissolved = [fact for fact in facts if isinstance(fact.event, GroupDissolved)]
        for episode in episodes(established, dissolved, _stated):
            values = episode.began.values if episode.began else {}
            ended = episode.ended.values if episode.ended else {}
            yield GroupRow(
                group=key[0],
                names=words(
                    episode.facts, lambda e: e.names if isinstance(e, GroupEstablished) else {}
                ),
                parent=values.get("parent"),
                established_by=values.get("established_by"),
                level=values.get("level"),
                dissolved_by=ended.get("dissolved_by"),
                divergent=episode.divergent,
                attested_by=attested_by(episode.facts),
                span=episode.span,
                because=because(episode.facts),
            )
