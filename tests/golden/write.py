"""Write a golden sample for each event type that has none of its present version.

    python -m tests.golden.write

It never overwrites one. The instance comes from `tests/golden/instances.py`: for a new type, or a
new version of one, put one there that gives every field a value, and run this.
"""

import sys
from itertools import chain, combinations
from typing import Any

from pydantic import ValidationError

from ledger.codec.declare import declaration_of, declarations
from ledger.codec.stored import ERASED, decode, encode
from ledger.errors import UnreadableEvent
from ledger.events import Event
from tests.golden import Sample, samples
from tests.golden.instances import INSTANCES


def sample_of(event: Event) -> Sample:
    """Encode an event, and the least of it that is still one."""
    stored = encode(event)
    least = encode(sparse(event))
    read = decode(least.type, least.schema_version, least.body, None, missing=ERASED)
    return Sample(
        type=stored.type,
        schema_version=stored.schema_version,
        body=stored.body.decode(),
        private=stored.private.decode() if stored.private is not None else None,
        event=event.model_dump(mode="json"),
        sparse_body=least.body.decode(),
        sparse_event=read.model_dump(mode="json"),
    )


def sparse(event: Event) -> Event:
    """Keep of an event what its class and its stream require, and the document that says so."""
    model = type(event)
    data = event.model_dump(mode="json", exclude_defaults=True)
    kept: dict[str, Any] = {"source": {"document": data["source"]["document"]}}
    kept |= {name: data[name] for name in data if model.model_fields[name].is_required()}
    sizes = range(len(data) + 1)
    for names in chain.from_iterable(combinations(data, size) for size in sizes):
        more = {name: data[name] for name in names}
        try:
            least = model.model_validate(more | kept)
            encode(least)
        except (ValidationError, UnreadableEvent):
            continue
        return least
    raise AssertionError(event)


def main() -> int:
    """Write what is missing; return 1 if a type has neither a sample nor an instance."""
    present = {(sample.type, sample.schema_version) for sample in samples()}
    instances = {declaration_of(type(event)).name: event for event in INSTANCES}
    without = 0
    for declared in declarations():
        if (declared.name, declared.version) in present:
            continue
        event = instances.get(declared.name)
        if event is None:
            without += 1
            sys.stderr.write(f"{declared.name}: no instance in tests/golden/instances.py\n")
            continue
        sample = sample_of(event)
        sample.write()
        sys.stdout.write(f"{sample.path}\n")
    return 1 if without else 0


if __name__ == "__main__":
    sys.exit(main())
