"""Numbers over query points: their means, errors, crossings and shares."""
