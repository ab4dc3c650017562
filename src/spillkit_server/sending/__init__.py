"""Notices leave the room: planned as rows, taken in hand, offered once, and never again where nobody knows what came of it."""
