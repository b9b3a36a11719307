"""`states`: registrations of states, with their usual names, to put into a record file."""

from __future__ import annotations

from collections.abc import Sequence

import click


@click.command()
@click.argument("codes", nargs=-1, required=True, metavar="CODE…")
@click.option(
    "--language",
    "languages",
    multiple=True,
    help="A language to name them in; may be given several times.  [default: ar, en, fr]",
)
def states(codes: Sequence[str], languages: Sequence[str]) -> None:
    """Print the registrations of states, by their ISO 3166-1 codes, for a record file.

    The names are the usual ones, of the Unicode CLDR. What a state calls itself, and since when, is
    for documents to say: see `party-renamed`.

    \b
    Example:
      proceedings states gm tr >> report.yaml
    """
    import yaml

    from ledger.states import LANGUAGES, registration

    registered = [registration(code, languages or LANGUAGES) for code in codes]
    entries = [
        {
            "event": "party-registered",
            "party": state.party,
            "names": dict(state.names),
            "codes": dict(state.codes),
        }
        for state in registered
    ]
    written = yaml.safe_dump({"register": entries}, allow_unicode=True, sort_keys=False)
    click.echo(written, nl=False)
