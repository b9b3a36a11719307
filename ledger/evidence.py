"""Evidence: what a ledger shows to whoever does not trust it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ledger.attaching import Attachment, NoFolder, altered, attach, beside
from ledger.checkpoints import Checkpoint
from ledger.keeping import checkpoint, checkpoints
from ledger.log import Log, Verdict, Watch, uncounted
from ledger.log.proofs import Growth, Proofs, expect_grown_from, grow, prove
from ledger.log.stored import snapshot
from ledger.log.verify import verify
from ledger.notes import Note, SigningKey


class Evidence:
    """What can be shown of a log: that it is as recorded, what it was, and what stands in it."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def verify(
        self,
        watch: Watch = uncounted,
        *,
        checkpoints: Iterable[Checkpoint] = (),
        documents: str | Path | None = None,
    ) -> Verdict:
        """Compare the whole log with its own hashes, and say what is not as it was recorded.

        Whoever altered the hashes too is noticed by checkpoints that were kept elsewhere. The files
        of documents that are kept in `documents`, or beside the ledger's file, are looked at too.
        """
        verdict = verify(self._log.database, watch, checkpoints=checkpoints)
        folder = self._documents(documents)
        files = list(altered(folder)) if folder is not None else []
        found = tuple(mismatch for mismatch in files if mismatch is not None)
        return Verdict(verdict.head, verdict.mismatches + found, len(files))

    def attach(
        self,
        document: str,
        language: str,
        file: str | Path,
        *,
        edition: str | None = None,
        documents: str | Path | None = None,
    ) -> Attachment:
        """Check that a file is a version of a document as registered, and keep a copy of it.

        It is kept in the folder `documents`, or beside the ledger's file. Raises `NotRegistered`,
        `OtherFile` or, for a ledger that is in no file, `NoFolder`.
        """
        folder = self._documents(documents)
        if folder is None:
            raise NoFolder(self._log.database.address)
        return attach(self._log, document, language, Path(file), edition=edition, folder=folder)

    def _documents(self, given: str | Path | None) -> Path | None:
        return Path(given) if given is not None else beside(self._log.database)

    def prove(self, *names: int | str, size: int | None = None) -> Proofs:
        """Prove that events, by position or id, stand in the ledger; see `ledger.log.proofs`.

        `size` says in which state of it: when it had so many events; now, if none is given. Raises
        `UnknownEvent`, `NoSuchSize`, `NotYetThere` or `AlteredLog`.
        """
        with snapshot(self._log.database) as log:
            return prove(log, names, size)

    def consistency(self, old: int, new: int | None = None) -> Growth:
        """Prove that the ledger's first `old` events are the beginning of its first `new`.

        Raises `NoSuchSize` or `AlteredLog`.
        """
        with snapshot(self._log.database) as log:
            return grow(log, old, new)

    def expect_grown_from(self, checkpoint: Checkpoint) -> None:
        """Raise `OtherHistory` unless the ledger is what a checkpoint says, or grew from that."""
        with snapshot(self._log.database) as log:
            expect_grown_from(log, checkpoint)

    def checkpoint(
        self,
        *,
        key: SigningKey | None = None,
        origin: str | None = None,
        into: str | Path | None = None,
    ) -> Note:
        """Make a checkpoint: how many events there are, and the root over them.

        It is signed with `key`, if one is given, and kept in the file or folder `into`, if it
        follows from what is kept there; `origin` says whose ledger it is, if no key does. Raises
        `AlteredLog` or `OtherHistory`.
        """
        place = None if into is None else Path(into)
        return checkpoint(self._log, key=key, origin=origin, into=place)

    def checkpoints(
        self,
        *,
        key: SigningKey | None = None,
        origin: str | None = None,
        into: str | Path | None = None,
        silence: float | None = None,
    ) -> Iterator[Note]:
        """Yield a checkpoint now, and one each time that the log has grown, by any process.

        Ends when the log has not grown for `silence` seconds; without, it goes on.
        """
        place = None if into is None else Path(into)
        return checkpoints(self._log, key=key, origin=origin, into=place, silence=silence)
