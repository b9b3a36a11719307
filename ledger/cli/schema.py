"""`schema`: JSON Schema of events and of record files."""

from __future__ import annotations

import click

from ledger.cli import output
from ledger.cli.output import Shape, shaped

_RECORD_FILE = "record-file"


@click.command()
@click.argument("type_name", metavar="[TYPE]", required=False)
@shaped()
def schema(type_name: str | None, shape: Shape) -> None:
    """Print the JSON Schema of an event TYPE, or of `record-file`; without TYPE, list them.

    \b
    Example:
      proceedings schema attendance-recorded
      proceedings schema record-file > record.schema.json
    """
    from ledger.codec.declare import declarations
    from ledger.codec.schema import all_schemas, event_schema, summary
    from ledger.records.schema import record_file_schema

    if type_name == _RECORD_FILE:
        output.document(record_file_schema())
    elif type_name is not None:
        output.document(event_schema(type_name))
    elif shape.for_people:
        rows = [(declared.name, summary(declared.model)) for declared in declarations()]
        output.table(("type", "says"), [*rows, (_RECORD_FILE, "A record file, as one writes it.")])
    else:
        schemas = all_schemas()
        if shape.jsonl:
            output.data(shape, schemas.values())
        else:
            output.document(schemas)
