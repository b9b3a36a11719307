"""A clock that tells what it is told."""

from datetime import UTC, datetime, timedelta


class SetClock:
    """Tells `now`, which a test sets; it stands still until then."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 17, 5, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the moment."""
        return self.now

    def move(self, **by: float) -> None:
        """Go forward by a `timedelta`'s arguments, or back by negative ones."""
        self.now += timedelta(**by)
