"""Anybody's trained model as a `Denoiser`, and the small networks that remanifold trains itself."""
