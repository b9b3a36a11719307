"""Record files and event lines in, events out; templates to begin from."""

from ledger.records.correcting import Remark
from ledger.records.entries import Entry
from ledger.records.files import read, read_files
from ledger.records.names import Register, parties_in
from ledger.records.recording import check, record
from ledger.records.templates import TEMPLATES, template

__all__ = [
    "TEMPLATES",
    "Entry",
    "Register",
    "Remark",
    "check",
    "parties_in",
    "read",
    "read_files",
    "record",
    "template",
]
