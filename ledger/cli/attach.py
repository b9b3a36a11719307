"""`attach`: the file of a document's version, held to the hash that was registered."""

from __future__ import annotations

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, safe, shaped


@click.command()
@click.argument("document")
@click.argument("language")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("--edition", metavar="E", help="Which edition; without it, any that has the hash.")
@click.option(
    "--documents",
    metavar="FOLDER",
    type=click.Path(),
    help="Where to keep it.  [default: beside the ledger's file]",
)
@shaped()
@click.pass_context
def attach(
    ctx: click.Context,
    document: str,
    language: str,
    file: str,
    edition: str | None,
    documents: str | None,
    shape: Shape,
) -> None:
    """Check that FILE is DOCUMENT in LANGUAGE as registered, by its hash, and keep a copy.

    It is kept under its hash, and `verify` looks at it too. A file with another hash is not kept,
    and the exit code is 1.

    \b
    Example:
      proceedings attach oic-cg-azerbaijan-1-report en report.docx
    """
    from ledger.api import Ledger

    with Ledger.open(address(ctx), create=False) as ledger:
        done = ledger.attach(document, language, file, edition=edition, documents=documents)
    if shape.for_people:
        kept = "kept as" if done.new else "was kept before, as"
        version = safe(f"{document} in {language}")
        click.echo(
            f"{safe(file)} is {version}, as registered at position {done.registered.position:,}"
        )
        output.note(f"{kept} {done.kept}")
    else:
        told = {"position": done.registered.position, "sha256": done.sha256}
        output.data(shape, [{**told, "kept": str(done.kept), "new": done.new}])
