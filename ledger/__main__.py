"""`python -m ledger` is the command `proceedings`."""

from ledger.cli import main

main()
