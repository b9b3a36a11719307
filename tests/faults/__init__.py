"""Faults: each a program of its own, which ends; `python -m tests.faults` runs them all."""
