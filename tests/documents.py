"""The console examples of the documents, run in a folder of their own.

`python -m tests.documents` runs them all and writes what they print now into the documents: read
the difference before you commit it.
"""

import atexit
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = {
    "README.md": True,
    "docs/backup.md": True,
    "docs/cli.md": True,
    "docs/corrections.md": True,
    "docs/dashboards.md": True,
    "docs/http.md": True,
    "docs/log.md": True,
    "docs/proofs.md": True,
    "docs/record-files.md": False,
    "docs/replay.md": True,
    "docs/sql.md": True,
    "docs/time.md": True,
    "docs/tutorial.md": False,
    "docs/views.md": True,
}
"""Document → whether its examples are those of a folder where the demonstration ran."""

SERVED = {"docs/dashboards.md", "docs/http.md"}
"""Documents whose examples ask a server of that folder, at `$API`."""

_BLOCK = re.compile(
    r"Save this as `(?P<file>[^`]+)`[^\n]*\n\n```(?:yaml|csv)\n(?P<content>.*?)```"
    r"|```console\n(?P<console>.*?)```",
    re.DOTALL,
)
_EXAMPLE = re.compile(r"\$ (?P<command>.*\n(?:> .*\n)*)(?P<output>(?:(?!\$ ).*\n)*)")
_TIMING = re.compile(r"in [\d.]+ s$")
_RECORDED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?= UTC)")
_ONCE = "2026-11-23 17:05"
"""When the examples were recorded, in place of when they really were."""

# The sqlite3 shell's answer, for machines that have Python alone.
_SQLITE_SHELL = f"""#!{sys.executable}
import sqlite3, sys
try:
    for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
        print(*("" if value is None else value for value in row), sep="|")
except sqlite3.Error as error:
    sys.exit(f"Error: stepping, {{error}} ({{error.sqlite_errorcode & 255}})")
"""


# As much of curl as the examples use, for machines that have Python alone.
_CURL = f"""#!{sys.executable}
import sys, urllib.error, urllib.request
arguments, headers, body = [*sys.argv[1:]], {{}}, None
while len(arguments) > 1:
    option = arguments.pop(0)
    if option == "-H":
        name, _, value = arguments.pop(0).partition(": ")
        headers[name] = value
    elif option == "-d":
        body = open(arguments.pop(0).removeprefix("@"), "rb").read()
try:
    answer = urllib.request.urlopen(urllib.request.Request(arguments[0], body, headers))
except urllib.error.HTTPError as refused:
    answer = refused
sys.stdout.write(answer.read().decode())
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A command of a document, what the document says it prints, and what it does print."""

    command: str
    said: list[str]
    printed: list[str]
    start: int
    end: int
    """Where its output stands in the document's text."""


class _Shell:
    """A folder in which commands are run, and what they find there."""

    def __init__(self, folder: Path) -> None:
        tools = folder / "tools"
        tools.mkdir()
        for name, script in (("sqlite3", _SQLITE_SHELL), ("curl", _CURL)):
            tool = tools / name
            tool.write_text(script)
            tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        self.place = folder / "place"
        self.place.mkdir()
        path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
        named = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        self.environment = {**named, "PATH": path, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}

    def run(self, command: str) -> list[str]:
        """Run a command, and return the lines that it printed."""
        ran = subprocess.run(
            ["bash", "-c", command],  # noqa: S607 - wherever this machine has it
            cwd=self.place,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        lines = (_RECORDED.sub(_ONCE, line.rstrip()) for line in ran.stdout.splitlines())
        return [line for line in lines if not _TIMING.search(line)]


@cache
def _demonstration() -> Path:
    """Return a folder in which the demonstration ran: once for all documents."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    shell = _Shell(folder)
    shell.run("proceedings demo")
    return shell.place


def examples(document: str, folder: Path) -> Iterator[Example]:
    """Run the examples of a document in an empty folder, in order."""
    shell = _Shell(folder)
    if DOCUMENTS[document]:
        shutil.copytree(_demonstration(), shell.place, dirs_exist_ok=True)
    with ExitStack() as stack:
        if document in SERVED:
            shell.environment["API"] = stack.enter_context(_served(shell.place))
        yield from _examples(document, shell)


@contextmanager
def _served(place: Path) -> Iterator[str]:
    """Serve the ledger in a folder, and say where its API is."""
    command = [sys.executable, "-m", "ledger", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=place, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        found = re.search(r"http://[^/]+/api", running.stderr.readline())
        try:
            assert found is not None
            yield found[0]
        finally:
            running.terminate()


def _examples(document: str, shell: _Shell) -> Iterator[Example]:
    text = (ROOT / document).read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        if block["file"]:
            (shell.place / block["file"]).write_text(block["content"], encoding="utf-8")
            continue
        for found in _EXAMPLE.finditer(block["console"]):
            command = found["command"].replace("\n> ", "\n")
            said = [line.rstrip() for line in found["output"].splitlines()]
            start, end = (block.start("console") + at for at in found.span("output"))
            yield Example(command, said, shell.run(command), start, end)


def _rewrite(document: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = list(examples(document, Path(folder)))
    text = (ROOT / document).read_text(encoding="utf-8")
    for example in reversed(found):
        if example.said != example.printed:
            sys.stdout.write(f"{document}: $ {example.command}")
            printed = "".join(f"{line}\n" for line in example.printed)
            text = text[: example.start] + printed + text[example.end :]
    (ROOT / document).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in DOCUMENTS:
        _rewrite(name)
