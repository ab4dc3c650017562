"""Spillkit finds, measures and proves whose personal data was shown to whom by mistake."""

__version__ = "0.1.0"
