"""The command line, run in this process as a person would run it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.cli import run
from ledger.samples import SAMPLES, sample


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


Proceedings = Callable[..., Ran]


@pytest.fixture
def proceedings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Proceedings:
    """Run `proceedings` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROCEEDINGS_DB", raising=False)
    monkeypatch.delenv("PROCEEDINGS_DEBUG", raising=False)

    def ran(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(list(arguments))
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return ran


@pytest.fixture
def recorded(proceedings: Proceedings, tmp_path: Path) -> Proceedings:
    """The same, the two bundled reports recorded one after the other."""
    for name in SAMPLES:
        (tmp_path / name).write_bytes(sample(name))
        assert proceedings("record", name).code == 0
    return proceedings
