"""Beyond the three times: retrieval, the signal-noise model, speciation, freeze-out, separated modes."""
