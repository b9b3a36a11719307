"""`checkpoint` and `keys`: what the ledger is now, on three lines, signed, to be kept elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, shaped

if TYPE_CHECKING:
    from ledger.notes import Note, SigningKey

_STANDARD = "-"


@click.command()
@click.option(
    "--sign", "key_file", metavar="KEYFILE", type=click.Path(), help="Sign it with this key."
)
@click.option(
    "--into",
    metavar="FILE|FOLDER|-",
    default=_STANDARD,
    type=click.Path(allow_dash=True),
    help="A file for the newest, or a folder for all.  [default: standard output]",
)
@click.option("--origin", metavar="NAME", help="Whose ledger it is.  [default: that of the key]")
@click.option("--follow", is_flag=True, help="Go on: one each time that the ledger has grown.")
@shaped()
@click.pass_context
def checkpoint(
    ctx: click.Context,
    key_file: str | None,
    into: str,
    origin: str | None,
    follow: bool,
    shape: Shape,
) -> None:
    """Make a checkpoint: how many events there are, and the root over them.

    Keep it where nobody can write who can write to the ledger: with a colleague, in a mail, in git,
    on paper. `verify --checkpoint` then tells whether anything before it was altered.

    In a file or a folder nothing is written that does not follow from what is kept there; if the
    ledger was rewritten or rolled back, the exit code is 1.

    \b
    Examples:
      proceedings checkpoint --sign lakes.key --into kept/
      proceedings checkpoint --sign lakes.key --into kept/ --follow
    """
    from ledger.api import Ledger

    key = None if key_file is None else signing_key(key_file)
    if into.endswith("/") and not Path(into).is_dir():
        raise click.UsageError(f"there is no folder {into}")
    place = None if into == _STANDARD else into
    with Ledger.open(address(ctx), create=False) as ledger:
        notes = (
            ledger.checkpoints(key=key, origin=origin, into=place)
            if follow
            else iter([ledger.checkpoint(key=key, origin=origin, into=place)])
        )
        if shape.for_people:
            for note in notes:
                _tell(note, into)
        else:
            output.data(shape, map(_as_json, notes))


@click.group()
def keys() -> None:
    """Look after the keys that checkpoints are signed with.

    \b
    Example:
      proceedings keys new lakes.example/record --into lakes.key
    """


@keys.command()
@click.argument("name")
@click.option(
    "--into",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(),
    help="A new file for the private key, which only you can read.",
)
def new(name: str, file: str) -> None:
    """Make a key called NAME, and print its public half: give that to whoever is to check.

    The private half goes into a new FILE and is never shown. Keep it away from the ledger: who has
    both can sign what was altered.

    \b
    Example:
      proceedings keys new lakes.example/record --into lakes.key
    """
    from ledger.files import whole
    from ledger.notes import SigningKey

    key = SigningKey.new(name)
    with whole(Path(file)) as part:
        part.write_text(f"{key.private_text()}\n", encoding="utf-8")
    click.echo(str(key.verifier))


@keys.command()
@click.argument("file", metavar="KEYFILE", type=click.Path())
def show(file: str) -> None:
    """Print the public half of the key in KEYFILE.

    \b
    Example:
      proceedings keys show lakes.key
    """
    click.echo(str(signing_key(file).verifier))


def signing_key(file: str) -> SigningKey:
    """Read a private key from its file."""
    from ledger.errors import InvalidKey
    from ledger.notes import SigningKey

    try:
        return SigningKey.parse(Path(file).read_text(encoding="utf-8").strip())
    except OSError as error:
        raise InvalidKey(f"{file}: {error.strerror}") from error
    except (InvalidKey, UnicodeDecodeError) as error:
        reason = error.reason if isinstance(error, InvalidKey) else "this is no key"
        raise InvalidKey(f"{file}: {reason}") from error


def _tell(note: Note, into: str) -> None:
    from ledger.checkpoints import Checkpoint

    if into == _STANDARD:
        click.echo(str(note), nl=False)
    else:
        made = Checkpoint.parse(note.text)
        click.echo(f"{into}: {made}, root {made.root.hex()}")


def _as_json(note: Note) -> dict[str, Any]:
    from ledger.checkpoints import Checkpoint

    made = Checkpoint.parse(note.text)
    return {
        "origin": made.origin,
        "size": made.size,
        "root": made.root.hex(),
        "signed_by": [signature.name for signature in note.signatures],
        "note": str(note),
    }
