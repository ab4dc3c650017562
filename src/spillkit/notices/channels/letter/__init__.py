"""Notices on paper: one PDF a person, and a list for whoever prints and posts them."""
