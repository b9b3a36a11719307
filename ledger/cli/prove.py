"""`prove` and `consistency`: what an outsider can check without the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.cli import address, output
from ledger.cli.asking import fields_of
from ledger.cli.checkpoint import signing_key
from ledger.cli.verify import keys_option, verifier_keys

if TYPE_CHECKING:
    from ledger.api import Ledger
    from ledger.notes import Note, VerifierKey


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--checkpoint", "file", metavar="FILE", type=click.Path(), help="For this one.")
@click.option(
    "--sign", "key_file", metavar="KEYFILE", type=click.Path(), help="For a new one, signed."
)
@click.option("--no-body", is_flag=True, help="That events stand there, not what they say.")
@click.option("--private", is_flag=True, help="With names and words that may have to be erased.")
@click.option("--view", "view", metavar="VIEW", help="The events behind rows: with --FIELD VALUE.")
@click.option("--as-of", metavar="DAY", help="With --view: rows that held on this day.")
@click.option("--known-at", metavar="N|TIME", help="With --view: as the ledger knew it.")
@click.argument("names", nargs=-1, type=click.UNPROCESSED, metavar="[POSITION]…")
@click.pass_context
def prove(
    ctx: click.Context,
    file: str | None,
    key_file: str | None,
    no_body: bool,
    private: bool,
    view: str | None,
    as_of: str | None,
    known_at: str | None,
    names: Sequence[str],
) -> None:
    """Print a bundle: events, by position or event id, and proofs that they stand in the ledger.

    It is one JSON document. Whoever has the public key can check it without the ledger and without
    this program. It is made for a checkpoint that was kept (--checkpoint), or for one of now.

    With --view it holds rows of a view, the events that they rest on, and the hashes of the
    documents that these name.

    \b
    Examples:
      proceedings prove 24 --checkpoint kept/first.checkpoint > event-24.json
      proceedings prove --view attendance --party pk --sign lakes.key > pakistan.json
    """
    from ledger.api import Ledger
    from ledger.checkpoints import Checkpoint
    from ledger.formats import proof
    from ledger.keeping import read_note

    if file is not None and key_file is not None:
        raise click.UsageError("--sign makes a new checkpoint: give it, or --checkpoint")
    if view is None and (as_of or known_at or not names):
        raise click.UsageError("which events? Give positions, or --view NAME --FIELD VALUE")
    if view is not None and no_body:
        raise click.UsageError("rows without what the events say show nothing: no --no-body")
    key = None if key_file is None else signing_key(key_file)
    with Ledger.open(address(ctx), create=False) as ledger:
        note = read_note(Path(file)) if file is not None else ledger.checkpoint(key=key)
        if view is None:
            size = Checkpoint.parse(note.text).size
            proofs = ledger.prove(*map(_name, names), size=size)
            made = proof.bundle(proofs, note, bodies=not no_body, private=private)
        else:
            fields = fields_of(names)
            answer = ledger.view(view).answer(as_of=as_of, known_at=known_at, **fields)
            made = proof.rows_bundle(ledger, answer, note, private=private)
    output.document(made)
    if not note.signatures:
        output.note("nobody signed the checkpoint in it: --sign does, --checkpoint takes one kept")


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@keys_option
@click.pass_context
def consistency(ctx: click.Context, old: str, new: str | None, key_texts: Sequence[str]) -> None:
    """Print a proof that the ledger only grew from OLD to NEW, as one JSON document.

    OLD and NEW are numbers of events, or files with checkpoints; without NEW it is now. Two people
    who were shown different records hold two checkpoints that no such proof joins. The exit code is
    1 if the ledger did not grow from a checkpoint.

    \b
    Examples:
      proceedings consistency kept/first.checkpoint kept/second.checkpoint --key lakes.pub
      proceedings consistency 49
    """
    from ledger.api import Ledger
    from ledger.checkpoints import Checkpoint
    from ledger.formats import proof

    keys = verifier_keys(key_texts)
    with Ledger.open(address(ctx), create=False) as ledger:
        ends = [_end(ledger, given, keys) for given in (old, new)]
        sizes = [
            end if not end or isinstance(end, int) else Checkpoint.parse(end.text).size
            for end in ends
        ]
        grown = ledger.consistency(sizes[0] or 0, sizes[1])
    notes = [None if isinstance(end, int) else end for end in ends]
    output.document(proof.growth(grown, *notes))


def _end(ledger: Ledger, given: str | None, keys: Sequence[VerifierKey]) -> int | Note | None:
    """Read a number of events, or a checkpoint that the ledger must have grown from."""
    from ledger.checkpoints import Checkpoint
    from ledger.keeping import read_note

    if given is None or (given.isascii() and given.isdigit()):
        return None if given is None else int(given)
    note = read_note(Path(given))
    if keys:
        note.expect_signed(keys)
    ledger.expect_grown_from(Checkpoint.parse(note.text))
    return note


def _name(given: str) -> int | str:
    if given.startswith("-"):
        raise click.UsageError(f"{given} is not understood here")
    return int(given) if given.isascii() and given.isdigit() else given
