"""The version of remanifold, said once: the package, its records and its wheel read it here."""

__version__ = "0.2.0"
