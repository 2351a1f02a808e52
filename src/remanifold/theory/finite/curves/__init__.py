"""Curves, basins and single rows at finite size: all that the energies seen from one point decide."""
