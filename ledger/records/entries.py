"""One entry of a file as events: short forms written out, fields checked, mistakes placed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast, get_origin

from pydantic import BaseModel, ValidationError

from ledger.codec.declare import Declaration, declaration
from ledger.codec.stored import encode
from ledger.errors import BadInput, OutsideDomain, Problem, UnknownEventType
from ledger.events import Directive, Event, EventCorrected
from ledger.log import NewEvent
from ledger.mistakes import explain, meant
from ledger.records.identity import derived_id
from ledger.records.names import Register
from ledger.records.tree import Node

OWN: Final = ("event", "ref", "paragraph", "quote", "source", "parties")
"""What an entry may say besides the fields of its event."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be recorded, and where it was written."""

    new: NewEvent
    file: str
    line: int

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class Context:
    """What a file says once for all of its entries."""

    file: str
    version: Mapping[str, Node] = field(default_factory=dict[str, Node])
    """The document, language and edition that speak."""
    defaults: Mapping[str, Node] = field(default_factory=dict[str, Node])
    problems: list[Problem] = field(default_factory=list[Problem])
    register: Register = field(default_factory=Register)
    """The parties that a table's names are looked up among."""

    def refuse(self, node: Node, message: str, name: str | None = None) -> None:
        """Note a mistake."""
        problem = Problem(self.file, node.line, name, message)
        # A wrong default is wrong in every entry, and is told once.
        if problem not in self.problems:
            self.problems.append(problem)


def entries(context: Context, node: Node, *, speaks: bool) -> Iterator[Entry]:
    """Yield the events of one entry; mistakes go to the context.

    `speaks` says whether the file's document says it, or the keepers of the record do.
    """
    said = mapping(context, node, "an entry is a set of fields, beginning with `event:`")
    if said is None:
        return
    declared = _declared(context, node, said)
    if declared is None:
        return
    model: type[Event] = declared.model
    fields = {name: value for name, value in said.items() if name not in OWN}
    if speaks and not issubclass(model, Directive):
        fields = {**_fitting(model, context.defaults), **fields}
    fields = {**_fitting(model, context.version), **fields}
    source = _source(context, node, said, speaks=speaks)
    if source is not None:
        fields["source"] = source
    ref: str | None = None
    if "ref" in said:
        told = said["ref"].value
        if not isinstance(told, str):
            context.refuse(said["ref"], "a word is wanted, to tell this fact from another", "ref")
            return
        ref = told
    for spelled in _spelled(context, Node(fields, node.line), model, said):
        event = build(context, spelled, model)
        if event is not None:
            context.register.hear(event)
            # One `ref` beside several parties tells each of them from the others.
            several = f"{ref}/{getattr(event, 'party', '')}" if "parties" in said and ref else ref
            new = NewEvent(event, derived_id(event, several))
            yield Entry(new, context.file, spelled.line)


def mapping(context: Context, node: Node, wanted: str) -> dict[str, Node] | None:
    """Return a node's pairs; a mistake, and None, where it has none."""
    if isinstance(node.value, dict):
        return node.value
    context.refuse(node, wanted)
    return None


def expect_known(
    context: Context, said: Mapping[str, Node], known: Collection[str], none: str
) -> None:
    """Refuse each name that is not known, in the words of `none`, with what may have been meant."""
    for name, node in said.items():
        if name not in known:
            hint = meant(name, known) or f" (there are: {', '.join(known)})"
            context.refuse(node, none + hint, name)


def build(context: Context, node: Node, model: type[Event]) -> Event | None:
    """Make an event of checked fields; each mistake is placed on its own line."""
    fields = cast(dict[str, Node], node.value)
    data: dict[str, Any] = {}
    for name, value in fields.items():
        words = name in model.model_fields and _takes_words(model, name)
        if words and isinstance(value.value, str) and "language" in context.version:
            data[name] = {str(context.version["language"].value): value.value}
        elif value.value is not None:
            data[name] = value.plain()
    if issubclass(model, EventCorrected) and "replacement" in fields:
        held = _held(context, fields["replacement"])
        if held is None:
            return None
        data["replacement"] = held
    try:
        event = model.model_validate(data)
        # What the record could not take is told now, with every other mistake.
        encode(event)
    except ValidationError as error:
        for detail in error.errors():
            place, path = _place(node, detail["loc"])
            context.refuse(place, explain(detail, model, OWN), path)
        return None
    except OutsideDomain as error:
        place, path = _place(node, error.path.split("/")[1:])
        context.refuse(place, error.reason, path)
        return None
    except BadInput as error:
        context.refuse(node, str(error))
        return None
    return event


def _declared(context: Context, node: Node, said: Mapping[str, Node]) -> Declaration | None:
    if "event" not in said:
        context.refuse(node, "an entry says which `event` it is", "event")
        return None
    try:
        return declaration(str(said["event"].value))
    except UnknownEventType as error:
        context.refuse(said["event"], str(error), "event")
        return None


def _fitting(model: type[Event], said: Mapping[str, Node]) -> dict[str, Node]:
    return {name: value for name, value in said.items() if name in model.model_fields}


def _source(context: Context, node: Node, said: Mapping[str, Node], *, speaks: bool) -> Node | None:
    """Return where the entry is said: the file's version, its own paragraph, or another source."""
    where = {name: said[name] for name in ("paragraph", "quote") if name in said}
    own = said["source"].value if "source" in said else {}
    if not isinstance(own, dict):
        context.refuse(said["source"], "a source is a set of fields: document, language …")
        return None
    if not speaks and not own:
        for name, value in where.items():
            context.refuse(
                value,
                f"what the keepers of the record say has no {name}: move this to `entries`",
                name,
            )
        return None
    version = dict(context.version) if speaks else {}
    merged = {**version, **where, **own}
    if where and "document" not in merged:
        context.refuse(node, "which document says so? give `document` at the top of the file")
        return None
    return Node(merged, node.line) if merged else None


def _spelled(
    context: Context, entry: Node, model: type[Event], said: Mapping[str, Node]
) -> Iterator[Node]:
    """Write a list of parties out: one entry a party, on its own line."""
    fields = cast(dict[str, Node], entry.value)
    if "parties" not in said:
        yield entry
        return
    parties = said["parties"]
    if "party" not in model.model_fields:
        context.refuse(parties, "this event is not about a party", "parties")
    elif "party" in said:
        context.refuse(
            said["party"], "say it among the `parties`, or in an entry of its own", "party"
        )
    elif not parties.value:
        context.refuse(parties, "name at least one party", "parties")
    elif isinstance(parties.value, dict):
        for party, written in parties.value.items():
            named = {"party": Node(party, written.line)}
            if "as_written" in model.model_fields:
                named["as_written"] = written
            yield Node({**fields, **named}, written.line)
    elif isinstance(parties.value, list):
        for listed in parties.value:
            yield Node({**fields, "party": listed}, listed.line)
    else:
        context.refuse(parties, "a list of parties, or `party: name as written`", "parties")


def _held(context: Context, node: Node) -> Event | None:
    """Build the whole event that a correction holds."""
    held = mapping(context, node, "a replacement has a `type` and an `event`")
    if held is None:
        return None
    if "type" not in held or "event" not in held:
        context.refuse(node, "a replacement has a `type` and an `event`", "replacement")
        return None
    inner = _declared(context, node, {"event": held["type"]})
    fields = mapping(context, held["event"], "the replacement is a whole event, field by field")
    if inner is None or fields is None:
        return None
    return build(context, held["event"], inner.model)


def _takes_words(model: type[BaseModel], name: str) -> bool:
    return get_origin(model.model_fields[name].annotation) is dict


def _place(node: Node, path: Sequence[str | int]) -> tuple[Node, str | None]:
    """Return the node that a path leads to, or the last one on the way, and the path in words."""
    names = [str(step) for step in path if step != "[key]"]
    for step in path:
        inner: Node | None = None
        if isinstance(node.value, dict):
            inner = node.value.get(str(step))
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            inner = node.value[step]
        if inner is None:
            break
        node = inner
    return node, ".".join(names) or None
