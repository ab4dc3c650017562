"""Notices for the company's own application: as a file, or by a signed webhook. It shows them to whoever signed in."""
