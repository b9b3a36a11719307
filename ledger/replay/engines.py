"""The engines of one ledger: one a view, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.errors import CannotSkip
from ledger.installed import AnyProjection, installed_projections, projection_called
from ledger.log.database import Database
from ledger.replay.engine import Engine, Progress
from ledger.replay.skips import Skip


class Engines:
    """What keeps the installed views, and those that a caller has brought along."""

    def __init__(self, database: Database, *, hidden: frozenset[str] = frozenset()) -> None:
        self._database = database
        self._hidden = hidden
        self._engines: dict[type[AnyProjection], Engine] = {}

    def engine(self, view: AnyProjection | str) -> Engine:
        """Return what keeps a view, by projection or by stored name; raises `UnknownView`."""
        projection = projection_called(view) if isinstance(view, str) else view
        kind = type(projection)
        if kind not in self._engines:
            self._engines[kind] = Engine(self._database, projection, hidden=self._hidden)
        return self._engines[kind]

    def named(self, views: Iterable[str]) -> list[Engine]:
        """Return what keeps some views, or all installed ones if none is named."""
        return [self.engine(name) for name in list(views) or installed_projections()]

    def forget(self) -> None:
        """Let no view, no unfinished build and no file of the database keep what was erased."""
        for engine in self.named(()):
            engine.abandon()
            if engine.progress().built:
                engine.catch_up()
        self._database.leave_no_trace()

    def skip(self, view: str, skip: Skip) -> Progress:
        """Let a view pass by the event that stops it, and go on; raises `CannotSkip`."""
        if not skip.reason.strip():
            raise CannotSkip(view, skip.position, "say why, for whoever reads the view later")
        engine = self.engine(view)
        engine.catch_up()
        engine.skip(skip)
        return engine.catch_up()

    def unskip(self, view: str, position: int) -> Progress:
        """Let a view skip an event no longer, and build it anew; raises `NotSkipped`."""
        engine = self.engine(view)
        engine.unskip(position)
        return engine.catch_up()
