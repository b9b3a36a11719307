"""A file is a version of a document if it has the registered hash, and stays it."""

import hashlib
from pathlib import Path

import pytest

from tests.ledger.cli.conftest import Proceedings

CONTENT = b"The meeting was opened at ten. " * 5000


@pytest.fixture
def report(proceedings: Proceedings, tmp_path: Path) -> Path:
    """A file, whose hash is registered for the document `r` in English."""
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    (tmp_path / "r.yaml").write_text(
        f"document: r\nlanguage: en\nentries:\n"
        f"  - {{event: language-version-registered, sha256: {sha256}}}\n"
        f"  - {{event: language-version-registered, language: fr}}\n"
    )
    ran = proceedings("record", "r.yaml")
    assert ran.code == 0, ran.err
    file = tmp_path / "report.txt"
    file.write_bytes(CONTENT)
    return file


def test_a_file_with_the_registered_hash_is_kept(
    report: Path, proceedings: Proceedings, tmp_path: Path
) -> None:
    """It is kept once, under its hash, and looked at by `verify`."""
    ran = proceedings("attach", "r", "en", report.name)
    assert (ran.code, "as registered at position 1" in ran.out) == (0, True)
    [kept] = (tmp_path / "proceedings.db.documents").iterdir()
    assert kept.read_bytes() == CONTENT
    [again] = proceedings("attach", "r", "en", report.name, "--json").json
    assert (again["new"], again["sha256"]) == (False, kept.name)
    assert "1 file of documents, as registered" in proceedings("verify").out


def test_another_file_is_not_kept(report: Path, proceedings: Proceedings, tmp_path: Path) -> None:
    """One byte more is another file: exit code 1, with both hashes, and nothing is kept."""
    report.write_bytes(CONTENT + b".")
    ran = proceedings("attach", "r", "en", report.name)
    assert ran.code == 1
    assert "report.txt is not r/en/unmarked as registered: expected SHA-256 " in ran.err
    assert not (tmp_path / "proceedings.db.documents").exists()


def test_what_has_no_hash_is_told_what_to_record(report: Path, proceedings: Proceedings) -> None:
    """A version without a registered hash, and a document nobody knows: the entry is told."""
    for document, language in (("r", "fr"), ("unheard-of", "en")):
        ran = proceedings("attach", document, language, report.name)
        assert ran.code == 2
        assert f"sha256: {hashlib.sha256(CONTENT).hexdigest()}" in ran.err
    assert proceedings("attach", "r", "en", "none.txt").code == 2
    assert proceedings("attach", "r", "en", report.name, "--edition", "final").code == 2


def test_a_kept_file_that_was_edited_is_found(
    report: Path, proceedings: Proceedings, tmp_path: Path
) -> None:
    """`verify` compares each kept file with its name, which is its hash; attaching mends it."""
    assert proceedings("attach", "r", "en", report.name, "--documents", "kept").code == 0
    [kept] = (tmp_path / "kept").iterdir()
    kept.chmod(0o600)
    kept.write_bytes(CONTENT[:-1])
    assert proceedings("verify").code == 0
    ran = proceedings("verify", "--documents", "kept")
    assert ran.code == 1
    assert f"document: expected {kept.name}" in ran.out
    assert proceedings("attach", "r", "en", report.name, "--documents", "kept").code == 0
    assert proceedings("verify", "--documents", "kept").code == 0
