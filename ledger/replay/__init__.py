"""The engine: from the log to views, and back to what was known at a position."""
