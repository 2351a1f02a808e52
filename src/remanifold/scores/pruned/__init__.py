"""Sums over the few points that bounds could not rule out, and what that costs."""
