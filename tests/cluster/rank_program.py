"""One rank of a gloo group of two: started by test_rank_score.py, writes what it found to a file."""

import sys

import numpy as np
import torch
import torch.distributed as dist

from remanifold._core.errors import InvalidInput
from remanifold.cluster import RankScore, all_merged
from remanifold.scores import SoftmaxSums


def sentence_of(call):
    try:
        call()
    except InvalidInput as error:
        return str(error)
    return "nothing was refused"


def main():
    rank, folder = int(sys.argv[1]), sys.argv[2]
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    x = torch.load(f"{folder}/x.pt")
    score = RankScore(f"{folder}/data.npy", tolerance=1e-12)
    sums = {t: vars(score.sums(x, t, top=3)) for t in (1e-3, 0.3, 30.0)}
    empty = SoftmaxSums.empty(2, 3, 1) if rank else SoftmaxSums.of_logits(*_two_points())
    said = [sentence_of(lambda: score.denoise(x + rank, 0.3))]
    sums["merged with nothing"] = vars(all_merged(empty))
    dist.barrier()
    if rank == 0:
        np.save(f"{folder}/data.npy", np.zeros((400, 8)))
    dist.barrier()
    said.append(sentence_of(lambda: score.denoise(x, 0.3)))
    torch.save((sums, said), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def _two_points():
    logits = torch.tensor([[0.0, -1.0], [-2.0, -3.0]], dtype=torch.float64)
    return logits, torch.eye(2, 3, dtype=torch.float64), -logits, torch.arange(2), 1


if __name__ == "__main__":
    main()
