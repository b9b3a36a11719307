"""A file that was cut short, or partly zeroed: said, with an exit code, and never a traceback.

Each command either answers as it does of the undamaged file, or says that something is wrong and
leaves with an exit code that is not 0. What lies where a command does not read, it cannot notice.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from ledger.api import Ledger
from ledger.cli import run as run_command
from ledger.log import Database, Log
from tests.faults.support import SQLITE, Batch, Outcome, ledger_on, outcome, run

PLACES = 40
_PAGE = 4096
COMMANDS = (("log",), ("view", "attendance"), ("replay", "--check"), ("verify",))
_TRACES = ("Traceback", "this should not have happened", "Error:\n")


class Answer(NamedTuple):
    """What a command left with, and said."""

    code: int
    out: str
    err: str


Ask = Callable[[Path, tuple[str, ...]], Answer]


def main(rounds: int) -> list[Outcome]:
    """Damage a file at so many places, and ask the command line of each."""
    return [damaged(rounds, _as_a_process)]


def damaged(rounds: int, ask: Ask) -> Outcome:
    """Damage a file at so many places: half of them cut, half of them zeroed."""
    with ledger_on(SQLITE) as address, outcome("damaged file", SQLITE, rounds) as found:
        whole = Path(address)
        with closing(Database.open(whole, create=False)) as database:
            for number in range(20):
                Log(database).append(Batch(0, number % 5, number, 30).events(), actor="desk")
        with Ledger.open(whole) as ledger:
            ledger.project()
        commands = [command for command in COMMANDS if _is_there(command)]
        expected = {command: ask(whole, command) for command in commands}
        for command, answer in expected.items():
            found.expect(answer.code == 0, f"{command} of the whole file: {answer}")
        noticed = 0
        for number in range(rounds):
            with tempfile.TemporaryDirectory(prefix="faults-") as folder:
                file = Path(folder) / "proceedings.db"
                where = _damage(whole, file, number, rounds)
                said = False
                for command in commands:
                    answer = ask(file, command)
                    said = said or answer.code != 0
                    _judge(found, f"{where}: {' '.join(command)}", answer, expected[command])
                noticed += said
        found.note = f"{noticed} of {rounds} noticed by {', '.join(c[0] for c in commands)}"
    return found


def _judge(found: Outcome, where: str, answer: Answer, expected: Answer) -> None:
    told = answer.out + answer.err
    found.expect(not any(trace in told for trace in _TRACES), f"{where}: {answer.err[-300:]}")
    if answer.code == 0:
        # How long it took is told as well, on standard error.
        found.expect(answer.out == expected.out, f"{where}: exit code 0, and another answer")
    else:
        found.expect(answer.code in (1, 4), f"{where}: exit code {answer.code}")
        found.expect(bool(told.strip()), f"{where}: exit code {answer.code}, and not a word")


def _damage(whole: Path, file: Path, number: int, places: int) -> str:
    """Copy a file and damage the copy; say how."""
    shutil.copy(whole, file)
    size = whole.stat().st_size
    half = places // 2
    if number < half:
        # From nothing at all to all but a little; most cuts go through the middle of a page.
        length = (size - 1) * number // max(half - 1, 1)
        os.truncate(file, length)
        return f"cut to {length} of {size} bytes"
    begin = (size - _PAGE) * (number - half) // max(places - half - 1, 1)
    if number % 2:
        begin -= begin % _PAGE
    with file.open("r+b") as opened:
        opened.seek(begin)
        opened.write(b"\0" * _PAGE)
    return f"zeroed from byte {begin} of {size}"


def _is_there(command: tuple[str, ...]) -> bool:
    return _as_a_call(Path(os.devnull), (*command, "--help")).code == 0


def _as_a_process(file: Path, command: tuple[str, ...]) -> Answer:
    line = [sys.executable, "-m", "ledger", "--db", str(file), *command]
    done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=120)
    return _nameless(file, Answer(done.returncode, done.stdout, done.stderr))


def _as_a_call(file: Path, command: tuple[str, ...]) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_command(["--db", str(file), *command])
    return _nameless(file, Answer(code, out.getvalue(), err.getvalue()))


def _nameless(file: Path, answer: Answer) -> Answer:
    """Leave out how the file is called, which each copy is by another name."""
    return answer._replace(out=answer.out.replace(str(file), "the file"))


def quickly(rounds: int) -> Outcome:
    """Damage a file, and ask the command line without a process for each question."""
    return damaged(rounds, _as_a_call)


if __name__ == "__main__":
    run(main, PLACES)
