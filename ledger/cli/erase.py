"""`erase`: names and words go, and the record shows that they went."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from ledger.cli import address, output
from ledger.cli.edit import described, editing, name_of
from ledger.cli.output import Shape, shaped
from ledger.cli.progress import bring_up

if TYPE_CHECKING:
    from ledger.erasing import Erasure
    from ledger.events import Source


@click.command()
@partial(editing, several=True)
@shaped()
@click.pass_context
def erase(
    ctx: click.Context,
    events: Sequence[str],
    reason: str | None,
    source: Source | None,
    actor: str | None,
    dry_run: bool,
    shape: Shape,
) -> None:
    """Erase the private texts of EVENTs, by position or event id: for good, and everywhere here.

    Persons' names and titles, quotations and summaries read `erased` from then on, at every
    --known-at. The facts stay, and every hash, checkpoint and proof holds as before. On PostgreSQL
    this takes a login with the role proceedings_eraser.

    It reaches just these events: if a fact was corrected, erase its corrections too. It does not
    reach copies that were made before: backups, exports, bundles.

    \b
    Examples:
      proceedings erase 12 --dry-run
      proceedings erase 12 31 --reason "At the person's request."
    """
    from ledger.api import Ledger

    with Ledger.open(address(ctx), create=False, actor=actor or "unnamed") as ledger:
        names = [name_of(event) for event in events]
        done = ledger.erase(*names, reason=reason, source=source, rehearse=dry_run)
        if not dry_run:
            bring_up(ledger)
    if shape.for_people:
        for erasure in done:
            _tell(erasure, dry_run=dry_run)
        if not dry_run and any(erasure.receipt for erasure in done):
            output.note("copies made before still hold these texts: backups, exports, bundles")
        return
    output.data(
        shape,
        (
            {
                **(erasure.receipt._asdict() if erasure.receipt else {}),
                "erases": erasure.named.event_id,
                "erased": erasure.receipt is not None,
                "beside": [other.position for other in erasure.beside],
            }
            for erasure in done
        ),
    )


def _tell(erasure: Erasure, *, dry_run: bool) -> None:
    named = described(erasure.named)
    if erasure.receipt is None:
        gone = "is erased already" if erasure.named.erased else "has no private texts"
        click.echo(f"{named} {gone}: nothing recorded")
    else:
        would = "would be" if dry_run else "are"
        at = f"position {erasure.receipt.position:,}"
        click.echo(f"the private texts of {named} {would} erased, {at}")
    for other in erasure.beside:
        output.note(f"{described(other)} is about the same, and keeps its private texts")
