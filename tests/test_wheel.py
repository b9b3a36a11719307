"""What is shipped works without the checkout."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    [built] = out.glob("*.whl")
    return built


def test_the_wheel_has_what_it_needs_and_no_stray_package(wheel: Path) -> None:
    """Migrations, samples, templates and type marks are inside; no top-level `migrations` is."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "ledger/_migrations/env.py",
        "ledger/_migrations/versions/0001_the_log.py",
        "ledger/samples/oic-cg-azerbaijan-1.ar.yaml",
        "ledger/records/templates/meeting.yaml",
        "ledger/py.typed",
        "projections/py.typed",
    } <= names
    tops = {name.partition("/")[0] for name in names}
    assert tops - {"ledger", "projections"} == {
        next(top for top in tops if top.endswith(".dist-info"))
    }


def test_the_wheel_runs_the_demo_beside_a_decoy(wheel: Path, tmp_path: Path) -> None:
    """Installed in an empty environment, it runs where a stranger's `migrations` package lies."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    constraints = ROOT / ".ci" / "constraints.txt"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--constraint", constraints, wheel],
        check=True,
        capture_output=True,
    )
    decoy = tmp_path / "work" / "migrations"
    (decoy / "versions").mkdir(parents=True)
    for file in (decoy / "__init__.py", decoy / "env.py"):
        file.write_text("raise SystemExit('a stranger was imported')\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PROCEED"))}
    proceedings = tmp_path / "env" / "bin" / "proceedings"
    for arguments in (["demo"], ["db", "upgrade"], ["replay", "--check"]):
        ran = subprocess.run(
            [proceedings, *arguments],
            cwd=tmp_path / "work",
            env={**environment, "PYTHONPATH": str(tmp_path / "work")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr.count("stranger")) == (0, 0), ran.stderr
