from typing import Any

from ledger.codec.declare import declarations
from ledger.codec.schema import all_schemas, event_schema
from ledger.records.files import KEYS
from ledger.records.schema import record_file_schema


def references(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["$ref"]} if "$ref" in schema else set()
        return own.union(*(references(value) for value in schema.values()))
    if isinstance(schema, list):
        return set().union(*(references(value) for value in schema))
    return set()


def test_every_event_type_has_a_schema_whose_fields_are_described() -> None:
    """Each field of each event says in its schema what it means."""
    for name, schema in all_schemas().items():
        assert schema["title"] == name
        for field, described in schema["properties"].items():
            assert described.get("description"), f"{name}.{field}"


def test_nested_models_are_described_too() -> None:
    """A source's fields are described wherever a source stands."""
    source = event_schema("meeting-convened")["$defs"]["Source"]
    assert source["properties"]["paragraph"]["description"] == "Where in it."


def test_the_schema_of_record_files_has_every_part_and_every_event() -> None:
    """The parts that a record file may have, and every type as an entry, are in its schema."""
    schema = record_file_schema()
    assert set(schema["properties"]) == set(KEYS)
    for declared in declarations():
        entry = schema["$defs"][declared.name]
        assert entry["properties"]["event"] == {"const": declared.name}
    assert set(schema["properties"]["complete"]["items"]["properties"]) >= {"about", "scope"}


def test_every_reference_of_a_schema_leads_somewhere() -> None:
    """Schemas are whole: nothing is referred to that is not defined."""
    for schema in (record_file_schema(), *all_schemas().values()):
        defined = {f"#/$defs/{name}" for name in schema.get("$defs", {})}
        assert references(schema) <= defined
