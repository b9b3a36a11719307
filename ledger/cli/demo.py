"""`demo`: the bundled facts recorded, replayed, and asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.cli import DEFAULT_DB, address, output

if TYPE_CHECKING:
    from ledger.api import Ledger

_ACTOR = "demo"
_GROUP, _MEETING = "oic-cg-azerbaijan", "oic-cg-azerbaijan-1"
_RESOLUTIONS = ("unsc-822", "unsc-853", "unsc-874", "unsc-884")


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False))
@click.pass_context
def demo(ctx: click.Context, folder: str | None) -> None:
    """Make a ledger from the bundled facts, and show what it answers.

    The facts are those of one report in two language versions that disagree. The ledger is
    proceedings.db in DIR, here by default; a ledger that is no demonstration is left alone.

    \b
    Example:
      proceedings demo /tmp/first-look
    """
    from ledger.api import Ledger

    place = _place(ctx, folder)
    there = Path(place).exists()
    with Ledger.open(place, actor=_ACTOR) as ledger:
        if there:
            _refuse_a_real_one(ledger, place)
        _record(ledger)
        drift = ledger.rebuild()
        click.echo(f"{place}: {ledger.head} events, {len(ledger.views)} views replayed\n")
        _attendance(ledger)
        _membership(ledger)
        _positions(ledger)
        _resolutions(ledger)
    if drift:
        output.note(f"{len(drift)} rows were not what the log says, and are mended")
    db = "" if place == DEFAULT_DB else f" --db {place}"
    click.echo(
        "Now try:\n"
        f"  proceedings{db} view membership --as-of 2016-06-01 --possible\n"
        f"  proceedings{db} view attendance --known-at 49\n"
        f"  proceedings{db} log --about party:pk"
    )


def _place(ctx: click.Context, folder: str | None) -> str:
    """Return where the ledger is to be; a folder is stronger than the environment."""
    if folder is None:
        return address(ctx)
    if ctx.find_root().get_parameter_source("db") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("give a folder, or --db before the command, not both")
    Path(folder).mkdir(parents=True, exist_ok=True)
    return str(Path(folder) / DEFAULT_DB)


def _refuse_a_real_one(ledger: Ledger, place: str) -> None:
    from ledger.errors import BadInput

    first = next(ledger.read(until=1), None)
    if first is None or first.actor != _ACTOR:
        raise BadInput(f"{place} is a ledger of somebody's own: name another folder for the demo")


def _record(ledger: Ledger) -> None:
    from ledger.records import read, record
    from ledger.samples import SAMPLES, sample

    for name in SAMPLES:
        receipts = record(ledger, read(sample(name), name))
        new = sum(receipt.appended for receipt in receipts)
        last = receipts[-1].position
        click.echo(f"{name}: {len(receipts)} entries, {new} of them new; the record ends at {last}")


def _heading(text: str) -> None:
    click.secho(text, bold=True)


def _attendance(ledger: Ledger) -> None:
    from ledger.cli.rows import attested, worded

    names = _party_names(ledger)
    rows = ledger.view("attendance").rows(meeting=_MEETING, presence="present")
    both = [row for row in rows if len(_versions(row)) > 1]
    _heading(f"The first meeting: {len(rows)} parties, {len(both)} attested by both versions")
    cells = [
        (
            _name(names, row.party),
            "\n".join(line for tongue in row.as_written for line in worded(row.as_written, tongue)),
            attested(row.attested_by) + _alone(row),
        )
        for row in rows
    ]
    output.table(("party", "as written", "attested by"), cells)
    click.echo()


def _membership(ledger: Ledger) -> None:
    names = _party_names(ledger)
    membership = ledger.view("membership")
    _heading("Members of the group")
    for day in ("2016-06-01", "2016-09-19"):
        answer = membership.answer(group=_GROUP, as_of=day)
        who = ", ".join(_name(names, row.party) for row in answer.rows) or "nobody"
        more = f" ({answer.possible} possible)" if answer.possible else ""
        click.echo(f"  on {day}, certainly: {who}{more}")
    click.echo()


def _positions(ledger: Ledger) -> None:
    from ledger.cli.rows import attested, worded

    rows = ledger.view("positions").rows(meeting=_MEETING)
    of_meeting = [row for row in rows if row.voice == "meeting"]
    both = [row for row in rows if len(_versions(row)) > 1]
    _heading(
        f"{len(rows)} positions, {len(of_meeting)} of the meeting and "
        f"{len(rows) - len(of_meeting)} of its members; {len(both)} attested by both versions"
    )
    cells = [
        (
            str(row.voice),
            str(row.verb),
            "\n".join(worded(row.summaries, "en")),
            attested(row.attested_by) + _alone(row),
        )
        for row in sorted(rows, key=lambda row: row.attested_by)
    ]
    output.table(("voice", "verb", "what", "attested by"), cells)
    click.echo()


def _resolutions(ledger: Ledger) -> None:
    from ledger.cli.rows import attested

    names = _party_names(ledger)
    _heading("What rests on the Security Council's resolutions of 1993")
    for instrument in _RESOLUTIONS:
        rows = ledger.view("resolutions").rows(instrument=instrument)
        click.echo(f"  {_symbol(ledger, instrument)}: {len(rows)} expressions")
        for row in rows:
            spoken = ledger.view("statements").rows(statement=row.expression.partition(":")[2])
            office = next((f", {s.office.replace('-', ' ')}" for s in spoken if s.office), "")
            who = _name(names, row.party) if row.party else row.voice.replace("-", " ")
            said = row.expression.partition(":")[0]
            click.echo(f"    {said} of {who}{office}: {row.verb} ({attested(row.attested_by)})")
        if not any(row.voice == "meeting" for row in rows):
            click.echo("    no position of the meeting itself cites it")
    click.echo()


def _name(names: dict[str, str], party: Any) -> str:
    return names.get(party, str(party))


def _alone(row: Any) -> str:
    versions = _versions(row)
    return f" — the {_LANGUAGES.get(versions[0], versions[0])} alone" if len(versions) == 1 else ""


_LANGUAGES = {"ar": "Arabic", "en": "English"}


def _versions(row: Any) -> list[str]:
    """Return the languages of the versions that attest a row."""
    from ledger.projection.standing import languages

    return sorted(languages(row.attested_by))


def _party_names(ledger: Ledger) -> dict[str, str]:
    from ledger.events import PartyRegistered

    return {
        recorded.event.party: recorded.event.names.get("en", recorded.event.party)
        for recorded in ledger.read(types={"party-registered"})
        if isinstance(recorded.event, PartyRegistered)
    }


def _symbol(ledger: Ledger, instrument: str) -> str:
    from ledger.events import InstrumentRegistered

    for recorded in ledger.read(subject=f"instrument:{instrument}"):
        if isinstance(recorded.event, InstrumentRegistered):
            return recorded.event.symbol or instrument
    return instrument
