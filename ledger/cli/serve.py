"""`serve` and `token`: the HTTP back end, and who may ask it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, shaped

if TYPE_CHECKING:
    from ledger.events import Distribution

_SCOPES: Final = ("read", "append", "admin")
_DISTRIBUTIONS: Final = ("general", "limited", "restricted")
_TOKENS: Final = click.option(
    "--tokens",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="PROCEEDINGS_TOKENS",
    help="The file of tokens.  [default: beside the SQLite file, with .tokens]",
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes."
)
@click.option(
    "--cors", "origins", metavar="ORIGIN", multiple=True, help="Let pages of an origin ask."
)
@_TOKENS
@click.pass_context
def serve(
    ctx: click.Context,
    host: str,
    port: int,
    workers: int,
    origins: Sequence[str],
    file: Path | None,
) -> None:
    """Serve the ledger over HTTP, until SIGTERM or Ctrl-C.

    As long as there is no token, anybody on this machine may do everything, and no other machine
    can ask: an address that others reach needs a token first. Who appends, and who is refused, is
    written to standard error, a line of JSON each.

    \b
    Examples:
      proceedings serve
      proceedings serve --host 0.0.0.0 --port 80 --workers 2 --cors https://desk.example
    """
    from ledger.access import Tokens
    from ledger.api import Ledger

    try:
        from ledger.web.server import listen
        from ledger.web.server import serve as run
        from ledger.web.settings import LOOPBACK, Settings
    except ImportError as error:
        raise click.UsageError(
            f"{error.name} is missing: pip install 'contact-group-ledger[web]'"
        ) from error
    for origin in origins:
        if not re.fullmatch(r"https?://[^/*?#\s]+", origin):
            raise click.UsageError(
                f"--cors {origin}: an origin is a scheme and a host, as https://desk.example"
            )
    tokens = _file(ctx, file)
    guarded = Tokens(tokens).any()
    with Ledger.open(address(ctx), create=False) as ledger:
        size = ledger.head
    listening = listen(host, port)
    place, number = listening.getsockname()[:2]
    at_home = _is_loopback(place)
    if not at_home and not guarded:
        listening.close()
        raise click.UsageError(
            f"other machines reach {host}, and there is no token: make one with "
            "`proceedings token new`, or leave --host as it is"
        )
    settings = Settings(
        address(ctx),
        tokens=tokens,
        trusting=at_home,
        hosts=LOOPBACK if at_home else frozenset(),
        origins=tuple(origins),
    )
    shown = f"[{place}]" if ":" in place else place
    output.note(f"{output.events(size)} at http://{shown}:{number}/api/openapi.json")
    if not guarded:
        output.note("anybody on this machine may read and append, until there is a token")
    run(settings, listening, workers=workers)


def _is_loopback(place: str) -> bool:
    from ipaddress import ip_address

    return ip_address(place.partition("%")[0]).is_loopback


def _file(ctx: click.Context, chosen: Path | None) -> Path:
    """Return the file of tokens."""
    from ledger.log.database import database_url
    from ledger.log.sqlite import file_of

    if chosen is not None:
        return chosen
    url = database_url(address(ctx))
    file = file_of(url) if url.get_backend_name() == "sqlite" else None
    if file is None:
        raise click.UsageError("this ledger is no file: say where tokens are kept, with --tokens")
    return Path(f"{file}.tokens")


@click.group()
def token() -> None:
    """Look after who may ask the back end.

    \b
    Example:
      proceedings token list
    """


@token.command()
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(_SCOPES),
    multiple=True,
    required=True,
    help="What it opens; may be repeated.",
)
@click.option("--actor", required=True, help="Who records what it appends: an opaque id.")
@click.option(
    "--reads",
    type=click.Choice(_DISTRIBUTIONS),
    default=_DISTRIBUTIONS[0],
    show_default=True,
    help="Up to which distribution of documents.",
)
@click.option("--expires", default="90d", show_default=True, help="A day, or so many days: 90d.")
@_TOKENS
@click.pass_context
def new(
    ctx: click.Context,
    scopes: Sequence[str],
    actor: str,
    reads: Distribution,
    expires: str,
    file: Path | None,
) -> None:
    """Make a token, and print it: this once, for only its hash is kept.

    \b
    Examples:
      proceedings token new --scope read --actor desk-1
      proceedings token new --scope read --scope append --actor desk-2 --expires 2027-01-31
    """
    from ledger.access import Scope, Tokens

    made, text = Tokens(_file(ctx, file)).new(
        actor=actor, scopes=map(Scope, scopes), lasts=_lasts(expires), reads=reads
    )
    click.echo(text)
    opens = " and ".join(sorted(made.scopes))
    until = made.expires[:10]
    output.note(f"token {made.id}: {opens}, {reads} documents, until {until}; shown this once")


def _lasts(expires: str) -> timedelta:
    if found := re.fullmatch(r"([0-9]{1,4})d", expires):
        return timedelta(days=int(found[1]))
    try:
        day = date.fromisoformat(expires)
    except ValueError as error:
        raise click.UsageError(
            f"--expires {expires}: write a day (2027-01-31) or so many days (90d)"
        ) from error
    return datetime.combine(day, time(), tzinfo=UTC) - datetime.now(UTC)


@token.command("list")
@_TOKENS
@shaped()
@click.pass_context
def list_(ctx: click.Context, file: Path | None, shape: Shape) -> None:
    """List the tokens: what each opens, until when, and when it was last used.

    \b
    Example:
      proceedings token list
    """
    from ledger.access import Tokens

    listed: list[dict[str, Any]] = [
        {
            "id": one.id,
            "actor": one.actor,
            "scopes": sorted(one.scopes),
            "reads": one.reads,
            "created": one.created,
            "expires": one.expires,
            "revoked": one.revoked,
            "last_used": one.last_used,
        }
        for one in Tokens(_file(ctx, file)).all()
    ]
    if shape.for_people:
        names = ("id", "actor", "scopes", "reads", "expires", "revoked", "last_used")
        output.table(names, ([_cell(one[name]) for name in names] for one in listed))
    else:
        output.data(shape, listed)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(cast(list[str], value))
    return "" if value is None else output.safe(str(value)[:16].replace("T", " "))


@token.command()
@click.argument("token_id", metavar="ID")
@_TOKENS
@click.pass_context
def revoke(ctx: click.Context, token_id: str, file: Path | None) -> None:
    """Let a token open nothing from now on; streams that it opened end soon.

    \b
    Example:
      proceedings token revoke 3f9a01bc
    """
    from ledger.access import Tokens

    Tokens(_file(ctx, file)).revoke(token_id)
    output.note(f"token {token_id} opens nothing from now on")
