"""`doctor`: what is well with the ledger, its database and its views, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, safe, shaped

if TYPE_CHECKING:
    from ledger.log.manners import Remark


@click.command()
@shaped()
@click.pass_context
def doctor(ctx: click.Context, shape: Shape) -> None:
    """Say what is well with the ledger and what is not, and what to do about it.

    Looks at the program, the database and its settings, the log and how far each view has read.
    Changes nothing. Leaves with 1 if something endangers what was recorded, or stops a view.

    \b
    Example:
      proceedings doctor
    """
    from ledger.checkup import checkup
    from ledger.log.manners import Severity

    remarks = checkup(address(ctx))
    if shape.for_people:
        output.table(("", "about", "says", "to do"), [_line(remark) for remark in remarks])
    else:
        output.data(shape, map(_as_json, remarks))
    if any(remark.severity is Severity.DANGER for remark in remarks):
        ctx.exit(1)


_SIGNS = ("ok", "note", "DANGER")


def _line(remark: Remark) -> tuple[str, str, str, str]:
    return _SIGNS[remark.severity], safe(remark.about), safe(remark.says), safe(remark.todo or "")


def _as_json(remark: Remark) -> dict[str, Any]:
    return {
        "severity": remark.severity.name.lower(),
        "about": remark.about,
        "says": remark.says,
        "todo": remark.todo,
    }
