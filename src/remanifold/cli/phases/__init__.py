"""``remanifold phases``: of a described manifold, or of a decoder in a folder."""

from remanifold.cli.phases.command import EPILOG, phases_command

__all__ = ["EPILOG", "phases_command"]
