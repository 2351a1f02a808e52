"""The times of any generative map x = G(z) at finite size, from the sampled law of one energy."""
