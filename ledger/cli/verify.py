"""`verify`: whether the record is what it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, safe, shaped
from ledger.cli.progress import counting

if TYPE_CHECKING:
    from ledger.checkpoints import Checkpoint
    from ledger.log import Verdict
    from ledger.notes import VerifierKey

T = TypeVar("T", bound=Callable[..., Any])


def keys_option(command: T) -> T:
    """Give a command `--key`; it receives `key_texts`."""
    return click.option(
        "--key",
        "key_texts",
        metavar="VKEY",
        multiple=True,
        help="A public key that is to have signed them, or a file with it.",
    )(command)


@click.command()
@click.option(
    "--checkpoint",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="What the ledger was, kept elsewhere; may be repeated.",
)
@keys_option
@click.option(
    "--documents",
    metavar="FOLDER",
    type=click.Path(),
    help="Where `attach` keeps files.  [default: beside the ledger's file]",
)
@shaped()
@click.pass_context
def verify(
    ctx: click.Context,
    files: Sequence[str],
    key_texts: Sequence[str],
    documents: str | None,
    shape: Shape,
) -> None:
    """Compute every hash of the record anew, and say what is not as it was recorded.

    That finds whatever was changed by somebody who left the hashes alone. Who computed them anew
    too, or rolled the ledger back, or swapped it, is found with a checkpoint that was kept
    elsewhere. The exit code is 1 if anything is found.

    \b
    Examples:
      proceedings verify
      proceedings verify --checkpoint kept/first.checkpoint --key lakes.pub
    """
    from ledger.api import Ledger

    if key_texts and not files:
        raise click.UsageError("--key says who is to have signed: give --checkpoint too")
    checkpoints = [read_checkpoint(file, verifier_keys(key_texts)) for file in files]
    began = time.monotonic()
    with Ledger.open(address(ctx), create=False) as ledger, counting("verifying") as watch:
        verdict = ledger.verify(watch, checkpoints=checkpoints, documents=documents)
    seconds = time.monotonic() - began
    if shape.for_people:
        _tell(address(ctx), verdict, checkpoints, signed=bool(key_texts))
        output.note(f"in {seconds:.1f} s")
    else:
        output.data(shape, [_as_json(verdict, checkpoints)])
    if not verdict.intact:
        ctx.exit(1)


def verifier_keys(texts: Sequence[str]) -> list[VerifierKey]:
    """Read public keys, given as they are or by the name of a file."""
    from ledger.errors import InvalidKey
    from ledger.notes import VerifierKey

    keys: list[VerifierKey] = []
    for text in texts:
        try:
            given = Path(text).read_text(encoding="utf-8") if Path(text).is_file() else text
            keys.append(VerifierKey.parse(given.strip()))
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidKey(f"{text}: this is no key") from error
    return keys


def read_checkpoint(file: str, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Read a checkpoint from a file; where keys are given, one of them must have signed it."""
    from ledger.checkpoints import Checkpoint
    from ledger.errors import FalseSignature
    from ledger.keeping import read_note

    note = read_note(Path(file))
    if keys:
        try:
            note.expect_signed(keys)
        except FalseSignature as error:
            raise FalseSignature(f"{file}: {error.reason}") from error
    return Checkpoint.parse(note.text)


def _tell(name: str, verdict: Verdict, checkpoints: Sequence[Checkpoint], *, signed: bool) -> None:
    head = verdict.head
    if not verdict.intact:
        found = len(verdict.mismatches)
        many = "1 thing" if found == 1 else f"{found:,} things"
        click.echo(f"{safe(name)}: {many} not as recorded")
        for mismatch in verdict.mismatches:
            click.echo(f"  {safe(str(mismatch))}")
        return
    click.echo(f"{safe(name)}: {output.events(head.size)}, every hash as recorded")
    click.echo(f"root {head.root.hex()}")
    if verdict.documents:
        files = "1 file" if verdict.documents == 1 else f"{verdict.documents:,} files"
        click.echo(f"{files} of documents, as registered")
    for checkpoint in checkpoints:
        checked = "" if signed else "; its signature was not checked, for that takes --key"
        click.echo(f"grown from the {safe(str(checkpoint))}{checked}")
    if not checkpoints:
        output.note("who altered the hashes too is found with a checkpoint kept elsewhere")


def _as_json(verdict: Verdict, checkpoints: Sequence[Checkpoint]) -> dict[str, Any]:
    return {
        "intact": verdict.intact,
        "size": verdict.head.size,
        "root": verdict.head.root.hex(),
        "checkpoints": [
            {"origin": one.origin, "size": one.size, "root": one.root.hex()} for one in checkpoints
        ],
        "documents": verdict.documents,
        "mismatches": [
            {**one._asdict(), "looks_like": one.looks_like or None} for one in verdict.mismatches
        ],
    }
