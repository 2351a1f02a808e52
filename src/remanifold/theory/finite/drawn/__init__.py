"""Times in one or two latent dimensions, from whole data sets that are drawn."""
