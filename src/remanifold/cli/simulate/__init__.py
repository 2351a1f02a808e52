"""``remanifold simulate``, and a film of what it made."""

from remanifold.cli.simulate.command import EPILOG, simulate_command

__all__ = ["EPILOG", "simulate_command"]
