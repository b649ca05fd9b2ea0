"""Signed links to the harbour log."""
