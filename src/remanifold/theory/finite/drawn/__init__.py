"""Times in few latent dimensions, from whole data sets that are drawn."""
