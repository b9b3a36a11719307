"""What is shipped works without the checkout."""

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


NAME = "contact-group-ledger"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    [built] = out.glob("*.whl")
    return built


def needed(installed: Distribution) -> Iterator[Distribution]:
    """Yield what an installed distribution says that it needs, and what that needs, each once."""
    wanted = [installed]
    seen: set[str] = set()
    while wanted:
        for requirement in map(Requirement, wanted.pop().requires or ()):
            name, marker = canonicalize_name(requirement.name), requirement.marker
            if name not in seen and (marker is None or marker.evaluate({"extra": ""})):
                seen.add(name)
                wanted.append(distribution(name))
                yield wanted[-1]


def borrow(other: Distribution, packages: Path) -> None:
    """Let an environment have a distribution of this one: installing it would take far longer."""
    ours = Path(str(other.locate_file("")))
    tops = {Path(file).parts[0] for file in other.files or ()} - {"..", "__pycache__"}
    for top in tops:
        (packages / top).symlink_to(ours / top)


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
    """In an environment of what it says it needs, it runs beside a stranger's `migrations`."""
    environment = tmp_path / "env"
    venv.create(environment)
    [packages] = environment.glob("lib/python*/site-packages")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(environment / "bin" / "python"),
        "install",
    ]
    subprocess.run([*install, "--quiet", "--no-deps", str(wheel)], check=True, capture_output=True)
    [installed] = distributions(name=NAME, path=[str(packages)])
    for other in needed(installed):
        borrow(other, packages)
    decoy = tmp_path / "work" / "migrations"
    (decoy / "versions").mkdir(parents=True)
    for file in (decoy / "__init__.py", decoy / "env.py"):
        file.write_text("raise SystemExit('a stranger was imported')\n")
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PROCEED"))}
    proceedings = environment / "bin" / "proceedings"
    for arguments in (["demo"], ["db", "upgrade"], ["replay", "--check"]):
        ran = subprocess.run(
            [proceedings, *arguments],
            cwd=tmp_path / "work",
            env={**variables, "PYTHONPATH": str(tmp_path / "work")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr.count("stranger")) == (0, 0), ran.stderr
