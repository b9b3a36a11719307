"""Measurements, each runnable by one command; they assert nothing about time."""
