"""A file that is whole or not there."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ledger.errors import AlreadyThere

FOR_ITS_OWNER: Final = 0o600
"""For what holds private texts: nobody else can read it."""

FOR_ANYBODY: Final = 0o666
"""As for any new file: less what the umask takes."""

_JOURNALS: Final = ("-journal", "-wal", "-shm")
"""What SQLite may leave beside a file that it was writing, and takes for that of the file there."""


@contextmanager
def whole(file: Path, *, mode: int = FOR_ITS_OWNER, replace: bool = False) -> Generator[Path]:
    """Yield where to write a file, and give it its name once it is written and on the disk.

    Until then nothing is there; if writing fails nothing will be. Raises `AlreadyThere` for a file
    that is there, or a journal that would be taken for its own, also if it came to be meanwhile.
    With `replace`, a file that is there is there until the new one is.
    """
    if os.path.lexists(file) and not replace:
        raise AlreadyThere(str(file), _THERE)
    expect_no_journal(file)
    if not file.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(file.parent))
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield part
        _keep(part)
        expect_no_journal(file)
        if replace:
            part.replace(file)
        else:
            _name(part, file)
    finally:
        for beside in (part, *_journals(part)):
            beside.unlink(missing_ok=True)
    with suppress(OSError):  # not every system lets a folder be opened
        _keep(file.parent)


_THERE: Final = "there is a file of this name"


def expect_no_journal(file: Path) -> None:
    """Raise `AlreadyThere` if a journal lies where SQLite would play it into a new file."""
    if left := left_behind(file):
        raise AlreadyThere(
            str(left),
            f"this was left behind by another database, and SQLite would play it into {file}. It",
            todo="bring that database back, or move what it left elsewhere, or name another place",
        )


def left_behind(file: Path) -> Path | None:
    """Return a journal that lies beside the name of a file, if one does."""
    return next(filter(os.path.lexists, _journals(file)), None)


def _journals(file: Path) -> list[Path]:
    return [Path(f"{file}{suffix}") for suffix in _JOURNALS]


def _keep(path: Path) -> None:
    """See to it that a file, or the names in a folder, outlast a power failure."""
    opened = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _name(part: Path, file: Path) -> None:
    """Give a written file its name, unless another bears it."""
    try:
        os.link(part, file)
    except FileExistsError as error:
        raise AlreadyThere(str(file), _THERE) from error
    except OSError as error:  # a file system without links
        if os.path.lexists(file):
            raise AlreadyThere(str(file), _THERE) from error
        part.rename(file)
