"""Views: rows that answer about a day in the world, as known at a position of the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Generic, TypeVar

from ledger.installed import AnyProjection
from ledger.log import Log
from ledger.others import Others
from ledger.policies import ANY, Policy
from ledger.projection import Beside, Joined, Row
from ledger.reasons import Why, why
from ledger.replay.diff import Diff, diff
from ledger.replay.engine import Engine, Progress, Report, unwatched
from ledger.replay.query import Answer, Known, Question
from ledger.replaying import replayed
from ledger.times import KnownAt, parse_day, parse_known_at
from ledger.tracing import Trace, trace

R = TypeVar("R", bound=Row)


class View(Generic[R]):
    """One view of a ledger: rows that answer on a day, as known at a position."""

    def __init__(self, log: Log, engine: Engine, views: Callable[[str], View[Any]]) -> None:
        self._log = log
        self._engine = engine
        self._views = views

    @property
    def projection(self) -> AnyProjection:
        """What makes the rows."""
        return self._engine.projection

    @property
    def row(self) -> type[R]:
        """The class of its rows."""
        return self.projection.row

    @property
    def joins(self) -> type[Joined] | None:
        """The class of the columns that other views add; None where none does."""
        return self.projection.joined

    @property
    def progress(self) -> Progress:
        """How far the view has read."""
        return self._engine.progress()

    def rows(
        self,
        *,
        as_of: date | str | None = None,
        known_at: KnownAt | str | None = None,
        possible: bool = False,
        order_by: str | Sequence[str] = (),
        limit: int | None = None,
        policy: Policy | str = ANY,
        **fields: Any,
    ) -> list[R]:
        """Return the rows that hold on a day, as known at a position; see `answer`."""
        return self.answer(
            as_of=as_of,
            known_at=known_at,
            possible=possible,
            order_by=order_by,
            limit=limit,
            policy=policy,
            **fields,
        ).rows

    def answer(
        self,
        *,
        as_of: date | str | None = None,
        known_at: KnownAt | str | None = None,
        possible: bool = False,
        order_by: str | Sequence[str] = (),
        limit: int | None = None,
        cursor: str | None = None,
        policy: Policy | str = ANY,
        joined: bool = False,
        **fields: Any,
    ) -> Answer[R]:
        """Bring the view up to the log, and answer.

        `as_of` is a day in the world; without one the rows of all days are given. `known_at` is a
        position or a time of the ledger; without one, now. With `possible`, rows that only possibly
        held on the day are given too. `fields` are columns and the values that they must have, or
        lists of values of which they must have one; a column of several values must contain it.

        Rows come in the order of the columns in `order_by`, downwards where `-` stands before one,
        and then of the key; what is not stated comes last. At most `limit` rows are given: the
        answer's `cursor`, with the same question, gives the next. All pages of such a walk answer
        as known where the first did, whatever is recorded meanwhile.

        `joined` adds what other views say of each row, at the same state of knowledge: how it
        stands among the versions, which are silent of it. `policy` says whose word is taken; the
        rows that it drops make a page shorter.

        Raises `InvalidDate`, `InvalidMoment`, `UnknownColumn`, `UnusableFilter`, `UnusableOrder`,
        `UnusableLimit`, `UnusableCursor` or `UnusablePolicy`.
        """
        question = Question(
            as_of=_day(as_of),
            known_at=_moment(known_at),
            possible=possible,
            fields=fields,
            order_by=(order_by,) if isinstance(order_by, str) else tuple(order_by),
            limit=limit,
            cursor=cursor,
        )
        followed = Policy.parse(policy) if isinstance(policy, str) else policy
        self._reach(question.known_at)
        answer = self._engine.ask(question)
        if not joined and followed == ANY:
            return answer
        beside = Others(self._log, self._views, answer.known_at, answer.as_of)
        known = list(self._joined(answer.known, beside))
        kept = followed.kept(self.projection, known, beside)
        return replace(answer, known=kept, policy=str(followed))

    def _joined(self, known: Sequence[Known[R]], beside: Beside) -> Iterator[Known[R]]:
        if self.projection.joined is None or not known:
            yield from known
            return
        rows = [one.row for one in known]
        for one, joined in zip(known, self.projection.join(rows, beside), strict=True):
            yield replace(one, joined=joined)

    def diff(
        self,
        from_: KnownAt | str,
        to: KnownAt | str | None = None,
        *,
        as_of: date | str | None = None,
        possible: bool = False,
        **fields: Any,
    ) -> Diff[R]:
        """Return which rows two states of knowledge have otherwise, and the events that did it.

        `from_` and `to` are positions or times of the ledger, in either order; without `to`, now.
        `as_of`, `possible` and `fields` choose rows as in `answer`: the diff, applied to what that
        gives known at `from_`, is what it gives known at `to`. Nothing is replayed. Raises what
        `answer` does.
        """
        question = Question(as_of=_day(as_of), possible=possible, fields=fields)
        start, end = _moment(from_), _moment(to)
        self._reach(start, end)
        return diff(self._engine, self._log, question, start, end)

    def why(
        self,
        *,
        as_of: date | str | None = None,
        known_at: KnownAt | str | None = None,
        possible: bool = False,
        **fields: Any,
    ) -> Why[R]:
        """Return, for each row that answers, why it does: its facts, and who says otherwise.

        The question is that of `answer`. Keys of which such a row was known once, and is no more,
        are told of as well. Raises what `answer` does.
        """
        question = Question(
            as_of=_day(as_of), known_at=_moment(known_at), possible=possible, fields=fields
        )
        self._reach(question.known_at)
        return why(self._log, self._engine, question)

    def replayed(
        self,
        until: KnownAt | str,
        *,
        as_of: date | str | None = None,
        possible: bool = False,
        report: Report = unwatched,
        **fields: Any,
    ) -> Answer[R]:
        """Return what the view answers in a ledger of the events until then, built for it anew.

        It is what `answer` gives known at `until`, but made from the log alone: no stored row of
        this view is read, and none is written. The question is that of `answer`.
        """
        reach = min(self._log.position_at(until), self._log.head().size)
        question = Question(_day(as_of), known_at=reach, possible=possible, fields=fields)
        return replayed(self._log.database, self.projection, reach, question, report)

    def trace(self, *key: str, until: KnownAt | str | None = None) -> Trace[R]:
        """Return what each event did to the rows of a key, from the first on.

        `key` are the values of the key's columns. `until` is the last position, or time, that is
        told of; without it, all are. Raises `NoSuchKey` where a key has other columns.
        """
        moment = _moment(until)
        self._reach(moment)
        return trace(self._log, self._engine, key, moment)

    def _reach(self, *known_at: KnownAt | None) -> None:
        """Bring the view up to the log, unless all that is asked about has been read."""
        wanted = (None if one is None else self._log.position_at(one) for one in known_at)
        self._engine.freshen(*wanted)


def _day(given: date | str | None) -> date | None:
    return parse_day(given) if isinstance(given, str) else given


def _moment(given: KnownAt | str | None) -> KnownAt | None:
    return parse_known_at(given) if isinstance(given, str) else given
