r"""Copies in tables: `audit_copies` beside mostlyai-qa, anonymeter and sdmetrics on the same rows.

The extra ``peers`` brings mostlyai-qa and polars. anonymeter needs numpy < 1.27 and sdmetrics pandas < 3, so all tools
together need an environment of their own, in which remanifold is read from ``src``:

    python -m venv .venv-peers && .venv-peers/bin/pip install anonymeter sdmetrics mostlyai-qa polars threadpoolctl \
        cattrs safetensors pillow jinja2 matplotlib typer rich
    PYTHONPATH=src .venv-peers/bin/python benchmarks/peers.py --out peers.jsonl

Every tool is asked in its own way, at its defaults, with training rows, samples, hold-out:

* remanifold: the verdict is "remembers" (level 5 %).
* mostlyai-qa: its share of samples nearer to training than to hold-out rows, which has no stated level; here its own
  count is tested against a half (binomial, one-sided, 5 %). Its encoding and its distances are called without the
  figures of accuracy, which take most of the time of its report.
* sdmetrics DCROverfittingProtection: the same test of its own percentage.
* anonymeter singling-out and linkability: the 95 % interval of the risk over the control attack lies above 0.

Cases: honest samples; 1 % and 5 % exact copies; 5 % near copies (0.02 standard deviations a column); the same with one
column times 10^4; honest and 5 % near copies of a table with numbers, words and missing cells.

    python benchmarks/peers.py --draws 10 --out peers.jsonl      # goes on where it was interrupted
    python benchmarks/peers.py --out peers.jsonl --table --summary benchmarks/results/peers.json

The binomial test is ours, not theirs: it takes the two sets of rows as given, while they are a draw too, so that it
rejects honest samples more often than in 5 % of cases.
"""

import argparse
import contextlib
import importlib.metadata
import io
import json
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

N, WIDTH, LEVEL = 1000, 8, 0.05
MIX = np.random.default_rng(7).normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH)
Sets = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
CASES = ("honest", "1% exact", "5% exact", "5% near", "5% near, one column x 10^4", "mixed, honest", "mixed, 5% near")


def numbers(random: np.random.Generator) -> pd.DataFrame:
    rows = random.normal(size=(N, WIDTH)) @ MIX + 0.3 * random.normal(size=(N, WIDTH))
    return pd.DataFrame(rows, columns=[f"c{k}" for k in range(WIDTH)])


def mixed(random: np.random.Generator) -> pd.DataFrame:
    frame = numbers(random)
    frame["city"] = np.array(["Rome", "Oslo", "Bonn", "Lima"])[np.digitize(frame["c0"], [-0.7, 0.0, 0.7])]
    frame["plan"] = random.choice(["basic", "plus"], N, p=[0.8, 0.2])
    frame.loc[random.random(N) < 0.1, "c5"] = np.nan
    return frame.drop(columns=["c6", "c7"])


def sets_of(case: str, seed: int) -> Sets:
    """Training rows, samples, hold-out."""
    random = np.random.default_rng([seed, CASES.index(case)])
    draw = mixed if case.startswith("mixed") else numbers
    train, samples, holdout = draw(random), draw(random), draw(random)
    share = 0.0 if "honest" in case else 0.01 if "1%" in case else 0.05
    copied = round(share * N)
    samples.iloc[:copied] = train.iloc[:copied]
    if "near" in case:
        for name in train.select_dtypes("number"):
            noise = 0.02 * train[name].std() * random.normal(size=copied)
            samples.loc[: copied - 1, name] = samples.loc[: copied - 1, name] + noise
    if "10^4" in case:
        for frame in (train, samples, holdout):
            frame["c2"] *= 1e4
    return train, samples, holdout


def binomial(share: float) -> bool:
    """Whether that share of N samples is above a half."""
    return bool(stats.binomtest(round(share * N), N, 0.5, "greater").pvalue <= LEVEL)


def remanifold(train: pd.DataFrame, samples: pd.DataFrame, holdout: pd.DataFrame) -> dict[str, bool]:
    import remanifold as rm

    report = rm.audit_copies(train, samples, holdout, threads=1)
    return {"remanifold": report.verdict is not None and report.verdict.state == "remembers"}


def mostlyai(train: pd.DataFrame, samples: pd.DataFrame, holdout: pd.DataFrame) -> dict[str, bool]:
    from mostlyai.qa._distances import calculate_dcr_share, calculate_distances
    from mostlyai.qa._embeddings import encode_data

    encoded = dict(zip(("syn_embeds", "trn_embeds", "hol_embeds"), encode_data(samples, train, holdout)))
    distances = calculate_distances(**encoded)
    return {"mostlyai-qa, DCR share": binomial(calculate_dcr_share(distances["dcr_syn_trn"], distances["dcr_syn_hol"]))}


def sdmetrics(train: pd.DataFrame, samples: pd.DataFrame, holdout: pd.DataFrame) -> dict[str, bool]:
    from sdmetrics.single_table import DCROverfittingProtection

    kinds = {name: {"sdtype": "numerical" if train[name].dtype.kind == "f" else "categorical"} for name in train}
    found = DCROverfittingProtection.compute_breakdown(
        real_training_data=train,
        synthetic_data=samples,
        real_validation_data=holdout,
        metadata={"tables": {"table": {"columns": kinds}}, "relationships": []},
        table_name="table",
    )
    return {"sdmetrics, DCR overfitting": binomial(found["synthetic_data_percentages"]["closer_to_training"])}


def anonymeter(train: pd.DataFrame, samples: pd.DataFrame, holdout: pd.DataFrame) -> dict[str, bool]:
    from anonymeter.evaluators import LinkabilityEvaluator, SinglingOutEvaluator

    singling = SinglingOutEvaluator(ori=train, syn=samples, control=holdout, n_attacks=200, max_attempts=20_000, seed=0)
    singling.evaluate(mode="multivariate")
    columns = list(train)
    halves = columns[::2], columns[1::2]
    linked = LinkabilityEvaluator(ori=train, syn=samples, control=holdout, n_attacks=200, aux_cols=halves)
    linked.evaluate(n_jobs=1)
    tools = {"anonymeter, singling-out": singling, "anonymeter, linkability": linked}
    return {name: bool(tool.risk(confidence_level=0.95).ci[0] > 0) for name, tool in tools.items()}


TOOLS: dict[str, Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame], dict[str, bool]]] = {
    "remanifold": remanifold,
    "mostlyai-qa": mostlyai,
    "sdmetrics": sdmetrics,
    "anonymeter": anonymeter,
}


def run(draws: int, out: Path, tools: list[str]) -> None:
    known = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    done = {(row["case"], row["seed"], row["tool"]) for row in known}
    for seed in range(draws):
        for case in CASES:
            given = sets_of(case, seed)
            for tool in tools:
                if (case, seed, tool) in done:
                    continue
                started = time.perf_counter()
                with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                    warnings.simplefilter("ignore")
                    try:
                        found: dict[str, bool] | str = TOOLS[tool](*(frame.copy() for frame in given))
                    except Exception as error:  # a tool that refuses a table is part of the result
                        found = f"{type(error).__name__}: {error}"[:200]
                row = {
                    "case": case,
                    "seed": seed,
                    "tool": tool,
                    "found": found,
                    "version": importlib.metadata.version(tool) if tool != "remanifold" else "tree",
                }
                with out.open("a") as file:
                    file.write(json.dumps(row | {"seconds": round(time.perf_counter() - started, 2)}) + "\n")


def table(out: Path) -> str:
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    seconds: dict[str, list[float]] = defaultdict(list)
    for row in map(json.loads, out.read_text().splitlines()):
        seconds[row["tool"]].append(row["seconds"])
        if isinstance(row["found"], str):
            counts[row["tool"], row["case"]][1] += 0
            continue
        for name, hit in row["found"].items():
            counts[name, row["case"]][0] += hit
            counts[name, row["case"]][1] += 1
    names = list(dict.fromkeys(name for name, _ in counts))
    lines = ["| | " + " | ".join(CASES) + " |", "| --- " * (len(CASES) + 1) + "|"]
    for name in names:
        cells = ["{} of {}".format(*counts[name, case]) if (name, case) in counts else "refused" for case in CASES]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    times = ", ".join(f"{tool} {np.median(spent):.1f} s" for tool, spent in seconds.items())
    return "\n".join([*lines, "", f"Median seconds a case: {times}"])


def summary(out: Path) -> dict[str, object]:
    """Versions, median seconds and detections of every tool by case."""
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: {case: [0, 0] for case in CASES})
    for row in rows:
        for name, hit in row["found"].items() if isinstance(row["found"], dict) else ():
            hits = found[name][row["case"]]
            hits[0], hits[1] = hits[0] + int(hit), hits[1] + 1
    tools = list(dict.fromkeys(row["tool"] for row in rows))
    return {
        "rows": N,
        "versions": {row["tool"]: row["version"] for row in rows},
        "median_seconds": {
            tool: float(np.median([row["seconds"] for row in rows if row["tool"] == tool])) for tool in tools
        },
        "detected_of": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tools", nargs="+", default=list(TOOLS), choices=list(TOOLS))
    parser.add_argument("--table", action="store_true", help="print what was found, run nothing")
    parser.add_argument("--summary", type=Path, help="write what was found to this .json file")
    asked = parser.parse_args()
    if not asked.table:
        run(asked.draws, asked.out, asked.tools)
    print(table(asked.out))
    if asked.summary is not None:
        asked.summary.write_text(json.dumps(summary(asked.out), indent=1) + "\n")


if __name__ == "__main__":
    main()
