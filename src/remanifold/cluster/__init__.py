"""The exact score and the noise profile over many machines: Dask workers, or the processes of torchrun."""

from remanifold.cluster.cluster_profile import cluster_profile, profiler
from remanifold.cluster.cluster_score import ClusterScore
from remanifold.cluster.merging import all_merged
from remanifold.cluster.rank_score import RankScore
from remanifold.cluster.session import Cluster, connect

__all__ = ["Cluster", "ClusterScore", "RankScore", "all_merged", "cluster_profile", "connect", "profiler"]
