"""The API asked whatever its own document allows, and whatever it does not: `schemathesis`.

    python -m tests.ledger.web.fuzzing 10000

tries about so many requests of each kind and prints how many; without a number, ten thousand.
"""

import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    not_a_server_error,
)
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ledger.api import Ledger
from ledger.records import read, record
from ledger.samples import SAMPLES, sample
from ledger.web.settings import Settings
from tests.golden.openapi import described
from tests.ledger.web.serving import serving

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDLESS = "/api/events/stream"


def fuzz(ledger: Ledger, requests: int, paths: Collection[str] = ()) -> int:
    """Ask routes, with what is allowed and what is not; return how many requests were made."""
    asked = 0
    calm = Settings("unused", trusting=True, rate=10_000.0, burst=100_000.0)
    with serving(ledger, calm) as base:
        schema = schemathesis.openapi.from_dict(described())
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        operations = [
            one for one in operations if one.path != ENDLESS and (not paths or one.path in paths)
        ]
        each = max(1, requests // len(operations) // len(GenerationMode))
        for operation in operations:
            for mode in GenerationMode:
                asked += _ask(operation, base, mode, each)
    return asked


def _ask(operation: Any, base: str, mode: GenerationMode, examples: int) -> int:
    asked = 0

    @seed(4711)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        nonlocal asked
        asked += 1
        case.validate_response(case.call(base_url=base), checks=CHECKS)

    try:
        ask()
    except Exception as error:
        # There is nothing to send that this operation does not take.
        if "Unsatisfiable" not in type(error).__name__:
            raise
    return asked


def main(requests: int) -> None:
    """Ask about so many times, and say how many it were."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "p.db") as ledger,
    ):
        for name in SAMPLES:
            record(ledger, read(sample(name), name))
        asked = fuzz(ledger, requests)
        intact = ledger.verify().intact
    sys.stdout.write(f"{asked:,} requests, no failure; the log is intact: {intact}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
