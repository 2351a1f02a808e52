"""The times of each class in a report."""

from remanifold._core.progress import Progress
from remanifold.audits.inputs import AuditInputs, AuditOptions
from remanifold.audits.report import ClassTimes
from remanifold.measures import LEAST_POINTS, Duplicates, SweepParts, class_profiles


def class_times(
    inputs: AuditInputs, options: AuditOptions, twins: Duplicates, parts: SweepParts | None, progress: Progress
) -> tuple[ClassTimes, ...]:
    """The times of every class taken alone; empty without labels."""
    if inputs.labels is None:
        return ()
    found = class_profiles(
        inputs.points,
        twins.distinct,
        inputs.labels,
        seed=options.seed,
        memory=options.memory,
        threads=options.threads,
        device=options.device,
        parts=parts,
        progress=progress,
    )
    rows: list[ClassTimes] = []
    for one in found:
        if one.profile is None:
            reason = f"fewer than {LEAST_POINTS} distinct points"
            rows.append(ClassTimes(one.label, one.n_points, None, None, None, None, reason))
            continue
        onset, collapse, best = one.profile.t_onset, one.profile.t_collapse, one.profile.t_generalization
        values = [None if time is None else time.value for time in (onset, collapse, best)]
        error = None if collapse is None else collapse.stderr
        rows.append(ClassTimes(one.label, one.n_points, values[0], values[1], error, values[2]))
    return tuple(rows)
