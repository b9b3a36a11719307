"""Attaching: the files of documents, kept under their hashes beside the ledger.

The record says of a version of a document which SHA-256 its file has. A file that has it is that
version, wherever it comes from; kept here, `verify` looks at it too.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ledger.believed import beliefs
from ledger.errors import BadInput, Disproved
from ledger.events import LanguageVersionRegistered
from ledger.files import whole
from ledger.log import Database, Log, RecordedEvent
from ledger.log.sqlite import file_of
from ledger.mismatch import Mismatch

ENDING = ".documents"
"""After the name of the database's file: the folder beside it."""


class Attachment(NamedTuple):
    """A file that is a version of a document, and where it is kept."""

    registered: RecordedEvent
    """The event by which the version was registered, or corrected."""
    sha256: str
    kept: Path
    new: bool
    """False where it was kept before."""


class NotRegistered(BadInput):
    """The record has no hash of a version of a document. `sha256` is that of the file at hand."""

    def __init__(self, document: str, language: str, sha256: str) -> None:
        self.document = document
        self.language = language
        self.sha256 = sha256
        super().__init__(
            f"the record has no hash of {document} in {language!r}. If the file is that version, "
            "record it: event: language-version-registered, with "
            f"document: {document}, language: {language}, sha256: {sha256}"
        )


class OtherFile(Disproved):
    """A file is not the version of a document that was registered."""

    def __init__(self, file: str, version: str, *, expected: str, found: str) -> None:
        self.file = file
        self.version = version
        self.expected = expected
        self.found = found
        super().__init__(
            f"{file} is not {version} as registered: expected SHA-256 {expected}, found {found}"
        )


class NoFolder(BadInput):
    """A ledger that is in no file has no place beside it for files."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(f"{address} is in no file: name the folder in which documents are kept")


def beside(database: Database) -> Path | None:
    """Return the folder beside a database's file; None where there is no file."""
    if database.engine.dialect.name != "sqlite":
        return None
    file = file_of(database.engine.url)
    return None if file is None else file.with_name(file.name + ENDING)


def attach(
    log: Log, document: str, language: str, file: Path, *, edition: str | None, folder: Path
) -> Attachment:
    """Check that a file is a version of a document, and keep a copy in a folder.

    Raises `NotRegistered`, or `OtherFile` where the hash is another; then nothing is kept.
    """
    found = sha256_of(file)
    registered = list(_registered(log, document, language, edition))
    if not registered:
        raise NotRegistered(document, language, found)
    event, said = next((one for one in registered if one[1].sha256 == found), registered[0])
    if said.sha256 != found:
        version = f"{document}/{language}/{said.edition}"
        raise OtherFile(str(file), version, expected=str(said.sha256), found=found)
    folder.mkdir(exist_ok=True)
    kept = folder / found
    new = not kept.exists() or sha256_of(kept) != found
    if new:
        with whole(kept, replace=True) as part:
            shutil.copyfile(file, part)
    return Attachment(event, found, kept, new)


def _registered(
    log: Log, document: str, language: str, edition: str | None
) -> Iterator[tuple[RecordedEvent, LanguageVersionRegistered]]:
    """Yield what is believed of a version's file."""
    recorded = log.read(types=["language-version-registered"], subject=f"document:{document}")
    for fact in beliefs(log, [each.event_id for each in recorded]).values():
        said = fact.content
        if (
            fact.retraction is None
            and isinstance(said, LanguageVersionRegistered)
            and (said.document, said.language) == (document, language)
            and edition in (None, said.edition)
            and said.sha256 is not None
        ):
            yield fact.stands, said


def altered(folder: Path) -> Iterator[Mismatch | None]:
    """Look at each file that is kept, and yield what is wrong with it, or None."""
    for kept in sorted(folder.iterdir()) if folder.is_dir() else ():
        found = sha256_of(kept) if kept.is_file() else "no file"
        yield None if found == kept.name else Mismatch(None, "document", kept.name, found)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal, however large it is."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
