"""`init` and `db`: a ledger comes to be, and is brought up to date."""

from __future__ import annotations

import click

from ledger.cli import address


@click.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Create the ledger, or say that it is there.

    \b
    Example:
      proceedings --db lakes.db init
    """
    from ledger.api import Ledger

    with Ledger.open(address(ctx)) as ledger:
        size = ledger.head
    click.echo(
        f"{address(ctx)}: a ledger of {size:,} events" if size else _EMPTY.format(address(ctx))
    )


_EMPTY = "{}: an empty ledger. `proceedings template meeting > report.yaml` is a way to begin"


@click.group()
def db() -> None:
    """Look after the database's schema.

    \b
    Example:
      proceedings db current
    """


@db.command()
@click.pass_context
def current(ctx: click.Context) -> None:
    """Say at which migration the database stands, and which this program expects.

    \b
    Example:
      proceedings --db lakes.db db current
    """
    from ledger.log.database import stands_at
    from ledger.schema.migrations import HEAD

    found = stands_at(address(ctx))
    click.echo(f"{address(ctx)}: migration {found}; this program expects {HEAD}")


@db.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring an older database up to the schema of this program. Back it up first.

    \b
    Example:
      proceedings --db lakes.db db upgrade
    """
    from ledger.log.database import upgrade as upgraded
    from ledger.schema.migrations import HEAD

    before = upgraded(address(ctx))
    done = "nothing to do" if before == HEAD else f"brought from {before} to {HEAD}"
    click.echo(f"{address(ctx)}: {done}")
