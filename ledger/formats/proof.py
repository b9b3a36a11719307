"""Bundles of proofs: all that an outsider needs to check events of a ledger, in one JSON file.

`docs/proofs.md` is the specification, and `docs/check_proof.py` another program that checks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

import orjson

from ledger.api import Ledger
from ledger.checkpoints import Checkpoint
from ledger.errors import FalseProof, InvalidBundle, InvalidNote
from ledger.events import LanguageVersionRegistered
from ledger.formats.rows import as_json
from ledger.integrity import check_consistency, check_inclusion, leaf_hash, salted_hash
from ledger.log.proofs import Growth, Proofs, Proven
from ledger.notes import Note, VerifierKey
from ledger.projection import Words
from ledger.replay.query import Answer

FORMAT: Final = "proceedings-proof/1"
GROWTH_FORMAT: Final = "proceedings-growth/1"


def bundle(
    proofs: Proofs, note: Note, *, bodies: bool = True, private: bool = False
) -> dict[str, Any]:
    """Put proofs and the checkpoint that they are made for into one JSON document.

    Without `bodies`, it shows that events stand where they stand, and tells nothing of what they
    say. With `private`, it tells names and words too that may have to be erased one day. Raises
    `FalseProof` if the proofs are made for something else than the checkpoint.
    """
    _expect_same(Checkpoint.parse(note.text), proofs.size, proofs.root)
    return {
        "format": FORMAT,
        "checkpoint": str(note),
        "events": [_event(one, bodies=bodies, private=private) for one in proofs.proven],
    }


def _event(proven: Proven, *, bodies: bool, private: bool) -> dict[str, Any]:
    event = proven.event
    told: dict[str, Any] = {
        "header": proven.header.decode(),
        "proof": [sibling.hex() for sibling in proven.path],
    }
    if bodies:
        told.update(body_salt=event.body_salt.hex(), body=event.body)
    if private and event.private is not None and event.private_salt is not None:
        told.update(private_salt=event.private_salt.hex(), private=event.private)
    return told


def rows_bundle(
    ledger: Ledger, answer: Answer[Any], note: Note, *, private: bool = False
) -> dict[str, Any]:
    """Put rows of a view, and the events that they rest on, into one JSON document.

    With the events come those by which the documents that they name were registered, with the
    hashes of the files. The events are proved; the rows follow from them by the view's definition,
    which is for whoever has this program to repeat. Raises what `Ledger.prove` does.
    """
    rests_on = sorted({event_id for row in answer.rows for event_id in row.because})
    documents = _documents(ledger, rests_on)
    names = [*rests_on, *(one["event_id"] for one in documents)]
    size = Checkpoint.parse(note.text).size
    proofs = ledger.prove(*dict.fromkeys(names), size=size)
    return {
        **bundle(proofs, note, private=private),
        "view": answer.view,
        "as_of": answer.as_of.isoformat() if answer.as_of else None,
        "known_at": answer.known_at,
        "rows": [_row(known, private=private) for known in answer.known],
        "documents": documents,
    }


def _row(known: Any, *, private: bool) -> dict[str, Any]:
    return {
        name: value
        for name, value in as_json(known).items()
        if private or not isinstance(getattr(known.row, name, None), Words)
    }


def _documents(ledger: Ledger, event_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return the versions that some events name, where their files' hashes were registered."""
    sources = (ledger.event(event_id).event.source for event_id in event_ids)
    versions = {(s.document, s.language, s.edition) for s in sources if s is not None}
    found: list[dict[str, Any]] = []
    for document in sorted({version[0] for version in versions}):
        subject = f"document:{document}"
        registered = ledger.read(types=["language-version-registered"], subject=subject)
        for one in ledger.beliefs([recorded.event_id for recorded in registered]).values():
            said = one.content
            if not isinstance(said, LanguageVersionRegistered) or one.retraction is not None:
                continue
            if said.sha256 and (said.document, said.language, said.edition) in versions:
                found.append(
                    {
                        "document": said.document,
                        "language": said.language,
                        "edition": said.edition,
                        "sha256": said.sha256,
                        "event_id": one.stands.event_id,
                    }
                )
    return found


def growth(grown: Growth, old: Note | None, new: Note | None) -> dict[str, Any]:
    """Put a consistency proof into one JSON document, with the checkpoints that it joins."""
    return {
        "format": GROWTH_FORMAT,
        "old": {"size": grown.old, "root": grown.old_root.hex()},
        "new": {"size": grown.new, "root": grown.new_root.hex()},
        "proof": [value.hex() for value in grown.path],
        "checkpoints": [str(note) for note in (old, new) if note is not None],
    }


# ---------------------------------------------------------------------------------- checking


def check(data: bytes, keys: Sequence[VerifierKey] = ()) -> Checkpoint:
    """Check all that a bundle shows, and return the checkpoint that it is shown for.

    One of `keys` must have signed that, if any are given. Raises `InvalidBundle`, `FalseSignature`
    or `FalseProof`, which names the event.
    """
    try:
        given: Any = orjson.loads(data)
        if given.get("format") != FORMAT:
            raise InvalidBundle(f"its format is not {FORMAT}")
        note = Note.parse(given["checkpoint"])
        checkpoint = Checkpoint.parse(note.text)
        if keys:
            note.expect_signed(keys)
        for event in given["events"]:
            _check_event(event, checkpoint)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        if isinstance(error, InvalidBundle):
            raise
        raise InvalidBundle(str(error)) from error
    return checkpoint


def _check_event(event: dict[str, Any], checkpoint: Checkpoint) -> None:
    header = event["header"].encode()
    said = cast(dict[str, Any], orjson.loads(header))
    position = said["position"]
    try:
        for part in {"body", "private"} & event.keys():
            salt = bytes.fromhex(event[f"{part}_salt"])
            found = salted_hash(salt, event[part].encode()).hex()
            _expect_hash(f"{part}_hash", said[f"{part}_hash"], found)
        path = [bytes.fromhex(value) for value in event["proof"]]
        index = position - 1
        check_inclusion(leaf_hash(header), index, checkpoint.size, checkpoint.root, path)
    except FalseProof as error:
        about = f"event {position}: {error.what}"
        raise FalseProof(about, error.expected, error.found) from error


def _expect_hash(what: str, expected: str, found: str) -> None:
    if expected != found:
        raise FalseProof(what, expected, found)


def check_growth(data: bytes, keys: Sequence[VerifierKey] = ()) -> tuple[int, int]:
    """Check a consistency proof, and the checkpoints in it; return the two sizes.

    Raises `InvalidBundle`, `FalseSignature` or `FalseProof`.
    """
    try:
        given: Any = orjson.loads(data)
        if given.get("format") != GROWTH_FORMAT:
            raise InvalidBundle(f"its format is not {GROWTH_FORMAT}")
        ends = [(end["size"], bytes.fromhex(end["root"])) for end in (given["old"], given["new"])]
        for text in given["checkpoints"]:
            note = Note.parse(text)
            if keys:
                note.expect_signed(keys)
            checkpoint = Checkpoint.parse(note.text)
            _expect_same(checkpoint, *next(end for end in ends if end[0] == checkpoint.size))
        (old, old_root), (new, new_root) = ends
        path = [bytes.fromhex(value) for value in given["proof"]]
        check_consistency(old, old_root, new, new_root, path)
    except InvalidNote:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration) as error:
        if isinstance(error, InvalidBundle):
            raise
        raise InvalidBundle(str(error)) from error
    return old, new


def _expect_same(checkpoint: Checkpoint, size: int, root: bytes) -> None:
    _expect_hash("number of events", str(checkpoint.size), str(size))
    _expect_hash(f"root of {size} events", checkpoint.root.hex(), root.hex())
