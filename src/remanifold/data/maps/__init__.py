"""Maps of points: their numbers or axes changed as they are read."""
