"""Small arrays in every container."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def cube():
    """20 points of shape (4, 3), float32."""
    return np.random.default_rng(0).normal(size=(20, 4, 3)).astype(np.float32)


@pytest.fixture
def make_pictures(tmp_path):
    """Write pictures: names to (mode, (height, width)); return the folder and the pictures."""

    def write(sizes):
        folder = tmp_path / "pictures"
        pictures = {}
        for i, (name, (mode, (height, width))) in enumerate(sizes.items()):
            pixels = np.random.default_rng(i).integers(0, 256, (height, width, 4), dtype=np.uint8)
            picture = (
                Image.fromarray(pixels, "RGBA") if mode == "RGBA" else Image.fromarray(pixels[..., :3]).convert(mode)
            )
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            picture.save(folder / name)
            pictures[name] = picture
        return folder, pictures

    return write
