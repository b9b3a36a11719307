"""What was ever released is read for ever, and what is written today is what was released."""

from typing import Any

import pytest
from pydantic import BaseModel

from ledger.codec.declare import declaration, declarations
from ledger.codec.stored import ERASED, decode, encode
from tests.golden import Sample, samples

SAMPLES = samples()
WRITE = "run `python -m tests.golden.write`, and commit what it writes"
EXCLUDED = {
    "dissociation-declared": {"position"},
    "position-adopted": {"wording_from"},
    "position-explained": {"instrument"},
    "reservation-entered": {"instrument"},
    "statement-delivered": {"collective"},
}
"""Fields that others in their sample leave no room for, or that came after it."""

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.stem)


def read(sample: Sample) -> BaseModel:
    """Decode a sample as the log would."""
    private = sample.private.encode() if sample.private is not None else None
    event = decode(sample.type, sample.schema_version, sample.body.encode(), private)
    assert isinstance(event, BaseModel)
    return event


def read_sparse(sample: Sample) -> BaseModel:
    """Decode the lesser event of a sample, its private texts being erased if it has some."""
    body = sample.sparse_body.encode()
    event = decode(sample.type, sample.schema_version, body, None, missing=ERASED)
    assert isinstance(event, BaseModel)
    return event


def test_every_version_ever_released_has_a_sample() -> None:
    """Versions 1 to the present one of every declared type are kept, and nothing undeclared is."""
    released = {
        (declared.name, version)
        for declared in declarations()
        for version in range(1, declared.version + 1)
    }
    assert {(sample.type, sample.schema_version) for sample in SAMPLES} == released, WRITE


@each_sample
def test_a_sample_is_read_as_ever(sample: Sample) -> None:
    """Bytes that were once written are read as the same event as on the day they were."""
    assert read(sample).model_dump(mode="json") == sample.event


@each_sample
def test_what_a_body_leaves_out_is_read_as_ever(sample: Sample) -> None:
    """A field that was left out because it had its default still has the value of that day."""
    assert read_sparse(sample).model_dump(mode="json") == sample.sparse_event


@each_sample
def test_the_present_version_is_written_as_ever(sample: Sample) -> None:
    """An event of its type's present version is encoded to the very bytes of its sample."""
    if sample.schema_version < declaration(sample.type).version:
        pytest.skip("an old version is only read")
    stored = encode(read(sample))
    assert stored.body.decode() == sample.body
    assert (stored.private and stored.private.decode()) == sample.private
    assert encode(read_sparse(sample)).body.decode() == sample.sparse_body


@each_sample
def test_a_sample_gives_every_field_a_value(sample: Sample) -> None:
    """No field of an event has its default in the sample, so none can change unseen."""
    event = read(sample)
    unused = {
        name
        for name, info in type(event).model_fields.items()
        if not info.is_required() and getattr(event, name) == info.default
    }
    assert unused == EXCLUDED.get(sample.type, set()), WRITE


@each_sample
def test_a_sample_stands_in_the_file_of_its_name(sample: Sample) -> None:
    """`events/<type>.v<version>.json` holds that type and version, and is never written over."""
    assert sample.path.exists()
    before = sample.path.read_bytes()
    with pytest.raises(FileExistsError):
        sample.write()
    assert sample.path.read_bytes() == before


def test_samples_hold_private_texts_of_every_depth() -> None:
    """Texts by language, a person's, a quotation's and a replacement's are all in some sample."""
    private: dict[str, Any] = {}
    for sample in SAMPLES:
        private |= dict.fromkeys((sample.private or "").split('"'))
    assert private.keys() >= {
        "/summaries/ar",
        "/person/name",
        "/head/title",
        "/source/quote",
        "/replacement/event/person/name",
        "/replacement/event/summaries/en",
        "/replacement/event/source/quote",
    }
