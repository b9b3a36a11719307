"""The documents are true: their examples print what they say they print."""

import doctest
from pathlib import Path

import pytest

from tests.documents import DOCUMENTS, ROOT, examples


@pytest.mark.parametrize("document", DOCUMENTS)
def test_console_examples_print_what_they_say(document: str, tmp_path: Path) -> None:
    """Each `$ …` of the README and the guides prints just what stands below it."""
    for example in examples(document, tmp_path):
        assert example.printed == example.said, example.command


@pytest.mark.parametrize(
    "document", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_python_examples_do_what_they_say(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each `>>>` of the README and the guides gives what stands below it."""
    monkeypatch.chdir(tmp_path)
    failed, _ = doctest.testfile(str(ROOT / document), module_relative=False, encoding="utf-8")
    assert failed == 0
