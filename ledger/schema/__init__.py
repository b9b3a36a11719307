"""The log's schema: its tables, the triggers that guard them, and how a database gets there."""
