"""What every room needs: errors, random streams, estimates, progress, memory budgets, atomic files."""
