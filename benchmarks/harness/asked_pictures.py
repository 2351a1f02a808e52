"""Asks cleanvision or imagededup for pairs of pictures; run by picture_peers.py in an interpreter that has both.

    PYTHON asked_pictures.py "imagededup PHash 10" FOLDER PAIRS.json
    PYTHON asked_pictures.py "cleanvision phash 8" FOLDER PAIRS.json

The number is the largest Hamming distance for imagededup, the size of the hash for cleanvision, which pairs pictures of
equal hash. One process each. imagededup's neural network, which needs torchvision and weights from the net, is left
out: empty modules stand for it, so that the hashes can be imported without it.
"""

import json
import sys
import types
from importlib.metadata import version
from itertools import combinations
from pathlib import Path


def imagededup(name: str, distance: int, folder: str) -> list[tuple[str, str, int]]:
    """Pairs of files at most so many bits apart, each once."""
    for module, own in (("methods.cnn", "CNN"), ("utils.models", "CustomModel")):
        sys.modules[f"imagededup.{module}"] = types.SimpleNamespace(**{own: None})  # type: ignore[assignment]
    from imagededup import methods

    hasher = getattr(methods, name)(verbose=False)
    found = hasher.find_duplicates(
        image_dir=folder, max_distance_threshold=distance, scores=True, num_enc_workers=0, num_dist_workers=0
    )
    return [(a, b, int(bits)) for a, others in found.items() for b, bits in others if a < b]


def cleanvision(name: str, size: int, folder: str) -> list[tuple[str, str, int]]:
    """Pairs of files that are equal, or of equal hash."""
    from cleanvision import Imagelab

    lab = Imagelab(data_path=folder, verbose=False)
    lab.find_issues(
        {"exact_duplicates": {}, "near_duplicates": {"hash_type": name, "hash_size": size}}, n_jobs=1, verbose=False
    )
    sets = [group for kind in ("exact_duplicates", "near_duplicates") for group in lab.info[kind]["sets"]]
    pairs = {pair for group in sets for pair in combinations(sorted(Path(path).name for path in group), 2)}
    return [(a, b, 0) for a, b in sorted(pairs)]


def main() -> None:
    way, folder, out = sys.argv[1:]
    tool, name, number = way.split()
    pairs = {"imagededup": imagededup, "cleanvision": cleanvision}[tool](name, int(number), folder)
    Path(out).write_text(json.dumps({"version": version(tool), "pairs": pairs}))


if __name__ == "__main__":
    main()
