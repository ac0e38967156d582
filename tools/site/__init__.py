"""Sphinx extensions: what this site does beyond its theme."""
