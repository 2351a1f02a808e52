"""The times over a plane of load and latent ratio."""
