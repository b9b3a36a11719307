"""The command line: `proceedings [--db URL|FILE] COMMAND`.

One module a command, or a few that belong together; each is one call of the library. Nothing heavy
is imported before a command runs, so that `--help` is instant. Errors become exit codes here, and
nowhere else: 1 a check found something, 2 usage or bad input, 3 conflict, 4 database.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
from importlib import import_module
from keyword import iskeyword
from typing import Any, Final

import click

_COMMANDS: Final = {
    "demo": "demo",
    "init": "setup",
    "db": "setup",
    "template": "record",
    "states": "states",
    "check": "record",
    "record": "record",
    "correct": "edit",
    "retract": "edit",
    "erase": "erase",
    "log": "log",
    "schema": "schema",
    "view": "view",
    "why": "why",
    "diff": "diff",
    "replay": "replay",
    "project": "project",
    "doctor": "doctor",
    "verify": "verify",
    "prove": "prove",
    "consistency": "prove",
    "checkpoint": "checkpoint",
    "keys": "checkpoint",
    "attach": "attach",
    "backup": "backup",
    "restore": "backup",
    "export": "exchange",
    "import": "exchange",
    "serve": "serve",
    "token": "serve",
}
"""Command → the module that has it, in the order of a first day's work."""

DEFAULT_DB: Final = "proceedings.db"


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"ledger.cli.{_COMMANDS[cmd_name]}")
        # A command may bear a name that in Python is taken.
        attribute = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(module, attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog='Shell completion: eval "$(_PROCEEDINGS_COMPLETE=bash_source proceedings)"',
)
@click.option(
    "--db",
    metavar="URL|FILE",
    envvar="PROCEEDINGS_DB",
    help=f"The ledger.  [default: {DEFAULT_DB} here; environment: PROCEEDINGS_DB]",
)
@click.version_option(package_name="contact-group-ledger", prog_name="proceedings")
@click.pass_context
def cli(ctx: click.Context, db: str | None) -> None:
    """Keep and ask a record of contact-group proceedings.

    Who met, who attended, what was said and adopted, according to which document, and as known
    when. Nothing in the record is ever changed: corrections are events, and every answer can be had
    as of any day and as known at any time.

    \b
    A first look:
      proceedings demo
      proceedings view attendance
    """
    ctx.obj = db


def address(ctx: click.Context) -> str:
    """Return the address of the ledger that a command is to use."""
    chosen: str | None = ctx.find_root().obj
    return chosen or DEFAULT_DB


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing is ever raised."""
    code: Any
    try:
        code = cli.main(arguments, prog_name="proceedings", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        code = 130
    except (BrokenPipeError, SystemExit):
        # click itself exits, with 1, where it finds the pipe broken; nothing else here does.
        _let_go()
        code = 0
    except Exception as error:  # noqa: BLE001 - a person gets a sentence, never a traceback
        code = _explain(error)
    return code if isinstance(code, int) else 0


def _let_go() -> None:
    """Let what Python still wants to flush go nowhere: nobody reads it, or it has no room."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(error: Exception) -> int:
    from ledger import errors

    codes = (
        (errors.Disproved, 1),
        (errors.BadInput, 2),
        (errors.Conflict, 3),
        (errors.DatabaseProblem, 4),
    )
    for kind, code in codes:
        if isinstance(error, kind):
            _say(str(error))
            return code
    if isinstance(error, OSError):
        _say(f"{error.filename or 'output'}: {error.strerror or error}")
        _let_go()
        return 4
    if os.environ.get("PROCEEDINGS_DEBUG"):
        raise error
    _say(
        f"this should not have happened ({type(error).__name__}: {error}). Nothing half written is "
        "kept. PROCEEDINGS_DEBUG=1 shows where; please report it."
    )
    return 4


def _say(message: str) -> None:
    """Tell a person what went wrong; it may repeat what a stranger's file says."""
    from ledger.cli.output import safe

    lines = (safe(line) for line in message.splitlines())
    click.echo("proceedings: " + "\n".join(lines), err=True)
