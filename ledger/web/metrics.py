"""What the server counts and measures, as Prometheus reads it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from ledger.web.asking import Administered, FeedOf

router: Final = APIRouter(tags=["operation"])

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Labels: TypeAlias = tuple[tuple[str, str], ...]


class Meter:
    """Counts answers and how long they took to begin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[Labels] = Counter()
        self._within: Counter[Labels] = Counter()
        self._seconds: Counter[Labels] = Counter()

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer, by the route that gave it: never by an address, of which are many."""
        route = str(getattr(scope.get("route"), "path", "none"))
        asked: Labels = (("method", scope["method"]), ("route", route))
        with self._lock:
            self._answers[*asked, ("status", str(status))] += 1
            self._seconds[asked] += seconds  # type: ignore[assignment]
            for bound in _BUCKETS:
                if seconds <= bound:
                    self._within[*asked, ("le", str(bound))] += 1
            self._within[*asked, ("le", "+Inf")] += 1

    def lines(self) -> Iterator[str]:
        """Yield what was counted."""
        with self._lock:
            answers, within = dict(self._answers), dict(self._within)
            seconds = dict(self._seconds)
        yield from _family("http_requests_total", "counter", "Answers given.", answers)
        name = "http_request_seconds"
        yield f"# HELP proceedings_{name} Seconds until an answer began."
        yield f"# TYPE proceedings_{name} histogram"
        yield from _samples(f"{name}_bucket", within)
        yield from _samples(f"{name}_sum", seconds)
        counts = {k[:-1]: n for k, n in within.items() if k[-1] == ("le", "+Inf")}
        yield from _samples(f"{name}_count", counts)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus text.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
def read_metrics(request: Request, ledger: Administered, feed: FeedOf) -> Response:
    """What the server counts: answers, seconds, the log, how far each view lags, who follows."""
    meter: Meter = request.app.state.meter
    progress = [ledger.view(name).progress for name in ledger.views]
    lag: dict[Labels, float] = {(("view", p.view),): p.head - p.position for p in progress}
    stopped: dict[Labels, float] = {
        (("view", p.view),): int(p.stopped is not None) for p in progress
    }
    text = [
        *meter.lines(),
        *_family("log_events", "gauge", "Events in the log.", {(): ledger.head}),
        *_family("view_lag_events", "gauge", "Events that a view has not read.", lag),
        *_family("view_stopped", "gauge", "Whether an event stops a view.", stopped),
        *_family("stream_readers", "gauge", "Readers that follow.", {(): feed.readers}),
    ]
    return Response("\n".join([*text, ""]), media_type=MEDIA_TYPE)


def _family(name: str, kind: str, says: str, samples: Mapping[Labels, float]) -> Iterator[str]:
    yield f"# HELP proceedings_{name} {says}"
    yield f"# TYPE proceedings_{name} {kind}"
    yield from _samples(name, samples)


def _samples(name: str, samples: Mapping[Labels, float]) -> Iterator[str]:
    for labels, value in sorted(samples.items()):
        said = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"proceedings_{name}{{{said}}} {value}" if said else f"proceedings_{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
