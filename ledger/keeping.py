"""Making checkpoints, and keeping them: the newest in a file, or all of them in a folder.

No checkpoint is written beside others that it does not follow from: a ledger that was rewritten or
rolled back gets none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ledger.checkpoints import UNNAMED, Checkpoint
from ledger.errors import AlreadyThere, InvalidNote
from ledger.files import FOR_ANYBODY, whole
from ledger.log import Log
from ledger.log.proofs import expect_grown_from, expect_head
from ledger.log.stored import snapshot
from ledger.notes import MOST_BYTES, Note, SigningKey

_ENDING: Final = ".checkpoint"


def checkpoint(
    log: Log, *, key: SigningKey | None = None, origin: str | None = None, into: Path | None = None
) -> Note:
    """Make a checkpoint of a log as it is, sign it, and keep it in a file or a folder.

    `origin` says whose log it is: that of the key if none is given. Raises `AlteredLog` where the
    kept hashes do not lead to the root, `OtherHistory` where the log did not grow from what is kept
    in `into`, and what `keep` does.
    """
    name = origin or (key.name if key else UNNAMED)
    with snapshot(log.database) as now:
        expect_head(now)
        note = Checkpoint(name, now.head.size, now.head.root).note
        if key is not None:
            note = note.signed(key)
        return note if into is None else keep(into, note, lambda old: expect_grown_from(now, old))


def checkpoints(
    log: Log,
    *,
    key: SigningKey | None = None,
    origin: str | None = None,
    into: Path | None = None,
    silence: float | None = None,
) -> Iterator[Note]:
    """Yield a checkpoint now, and one each time that the log has grown, by whatever process.

    Each is made, signed and kept as `checkpoint` does it; one may cover several appends. Ends when
    the log has not grown for `silence` seconds; never, if None.
    """
    note = checkpoint(log, key=key, origin=origin, into=into)
    yield note
    covered = Checkpoint.parse(note.text).size
    for recorded in log.follow(after=covered, silence=silence):
        if recorded.position > covered:
            note = checkpoint(log, key=key, origin=origin, into=into)
            yield note
            covered = Checkpoint.parse(note.text).size


def read_note(file: Path) -> Note:
    """Read a checkpoint's note from a file. Raises `InvalidNote`, which names the file."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise InvalidNote(f"it has more than {MOST_BYTES:,} bytes")  # noqa: TRY301 - named below
        note = Note.parse(data.decode())
        Checkpoint.parse(note.text)
    except OSError as error:
        raise InvalidNote(error.strerror or str(error), str(file)) from error
    except UnicodeDecodeError as error:
        raise InvalidNote("it is not UTF-8", str(file)) from error
    except InvalidNote as error:
        raise InvalidNote(error.reason, str(file)) from error
    return note


def newest(place: Path) -> Note | None:
    """Return the newest checkpoint that is kept in a file or a folder; None if there is none."""
    if place.is_dir():
        kept = sorted(place.glob(f"*{_ENDING}"))
        return read_note(kept[-1]) if kept else None
    return read_note(place) if place.exists() else None


def keep(place: Path, note: Note, fits: Callable[[Checkpoint], None]) -> Note:
    """Keep a checkpoint in a file or a folder, if it follows from the newest that is kept there.

    `fits` is asked about that one, and raises if the log did not grow from it. If the log is as it
    was, signatures are put together. Returns what is kept. Raises `AlreadyThere` where checkpoints
    of another name are, and `InvalidNote` where something else is.
    """
    before = newest(place)
    if before is not None:
        old, new = Checkpoint.parse(before.text), Checkpoint.parse(note.text)
        fits(old)
        if old.origin != new.origin:
            raise AlreadyThere(str(place), f"here are checkpoints of {old.origin}")
        if old == new:
            note = before.also_signed(note)
    if note != before:
        size = Checkpoint.parse(note.text).size
        file = place / f"{size:012}{_ENDING}" if place.is_dir() else place
        with whole(file, mode=FOR_ANYBODY, replace=True) as part:
            part.write_text(str(note), encoding="utf-8")
    return note
