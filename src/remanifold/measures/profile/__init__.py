"""The noise profile: what the empirical score does at every noise level, and what follows from it row by row.

Which routine runs when `noise_profile` (``measuring``) is called:

1. ``levels``: 24 queries, whose distances ``local_runner`` holds, choose a grid dense near the crossings and settle it;
   all queries together refine it where it does not do for them, every sixteenth first where a pass over all pairs is
   dear.
2. ``runner``: queries go in blocks that fit the memory; one pass over the data gives a block's ``panel`` (distances
   and noise projections to all points, kept for other levels where one block holds all queries), and each thread
   sweeps a batch of its queries.
3. ``sweep``: from high to low noise, dropping points that can never matter again. On the CPU with numba, and at least
   4096 points or 10^6 pairs, ``fused_sweep`` does it in compiled passes, else torch does: 3 to 16 levels uniform in
   1/sqrt(t), as the grid has them, by the ``recurrence``, others one by one. Beyond the grid each row goes on alone.
4. ``checkpoint`` keeps finished batches where a ``part_file`` is given.
5. ``noise_profile`` is the record; ``exposure``, ``classes``, ``samples``, ``holdout`` and ``ensemble`` follow from it.

On a cluster `remanifold.cluster` replaces steps 2 and 3 by workers.
"""
