"""How an event is declared, written to canonical JSON and read back."""
