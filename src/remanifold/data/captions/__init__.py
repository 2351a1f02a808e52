"""Captions of pictures: read as training scripts read them, and matched to rows."""
