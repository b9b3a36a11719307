"""The README is true: its console examples print what it says they print."""

import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.cli import run

README = Path(__file__).parents[1] / "README.md"


def examples() -> Iterator[tuple[str, str]]:
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command, output


def sqlite_shell(file: str, query: str) -> str:
    """Do what the sqlite3 shell does, which a machine may not have."""
    with sqlite3.connect(file) as connection:
        return "".join("|".join(map(str, row)) + "\n" for row in connection.execute(query))


def test_the_console_examples_print_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each `$ proceedings …` of the README, run in the demonstration's folder, prints just that."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROCEEDINGS_DB", raising=False)
    assert run(["demo"]) == 0
    told = list(examples())
    assert len(told) >= 5
    for command, output in told:
        program, *arguments = shlex.split(command)
        capsys.readouterr()
        if program == "sqlite3":
            printed = sqlite_shell(*arguments)
        else:
            assert run(arguments) == 0
            captured = capsys.readouterr()
            notes = [n for n in captured.err.splitlines() if not re.search(r"in [\d.]+ s$", n)]
            printed = captured.out + "".join(f"{note}\n" for note in notes)
        assert [line.rstrip() for line in printed.splitlines()] == output.splitlines()
