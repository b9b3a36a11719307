"""Nothing heavy is imported before it is needed."""

import subprocess
import sys

import pytest

HEAVY = {"alembic", "fastapi", "pydantic", "rich", "sqlalchemy", "yaml"}


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import ledger", set[str]()),
        ("from ledger.cli import run; run(['--help'])", set[str]()),
        ("from ledger.cli import run; run(['view', '--help'])", set[str]()),
        (
            "from ledger.cli import run; run(['--db', ':memory:', 'init'])",
            {"pydantic", "sqlalchemy"},
        ),
    ],
)
def test_heavy_libraries_wait_until_they_are_asked_for(code: str, allowed: set[str]) -> None:
    """Importing `ledger` and asking for help imports no database, no models, no tables."""
    script = f"{code}\nimport sys\nprint(*sorted({HEAVY!r} & sys.modules.keys()), sep=',')"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.splitlines()[-1].split(",")) - {""}
    assert loaded <= allowed
