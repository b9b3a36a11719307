"""Events as they were stored when their version was released, kept for ever.

One file for each version of each type, `events/<type>.v<version>.json`: `type`, `schema_version`,
`body` and `private` are what a database holds of an event that says all it can, `event` is what
they are read as. `sparse_body` and `sparse_event` are the same of one that says the least it may
(for a body leaves out what has its default) and whose private texts, if any, are erased. No file is
ever changed, but for what is read when a new version reads the old bytes in its own way.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "events"


class Sample(NamedTuple):
    """Two stored events of one type and version, and what they are read as."""

    type: str
    schema_version: int
    body: str
    private: str | None
    event: dict[str, Any]
    sparse_body: str
    sparse_event: dict[str, Any]

    @property
    def path(self) -> Path:
        """The file it is kept in."""
        return FOLDER / f"{self.type}.v{self.schema_version}.json"

    def write(self) -> None:
        """Make its file; `FileExistsError` if there is one."""
        text = json.dumps(self._asdict(), ensure_ascii=False, indent=2)
        with self.path.open("x", encoding="utf-8") as file:
            file.write(text + "\n")


def samples() -> list[Sample]:
    """Read all samples, in order of type and version."""
    files = sorted(FOLDER.glob("*.json"))
    return [Sample(**json.loads(file.read_text(encoding="utf-8"))) for file in files]
