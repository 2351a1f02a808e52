"""Many hostile inputs, one after another, in one process: ``python tests/fuzz/campaign.py 2000 [SEED [ONLY]]``.

Input i depends on the seed and on i alone; ONLY runs that one and shows what it ended in. Prints one JSON object:
inputs and seconds by kind, and every violation. An input must end within seconds and a bounded memory with exit
code 0 or 2; a refusal is one sentence on standard error and leaves nothing behind; nothing else may get there.
"""

import contextlib
import faulthandler
import io
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

os.environ["REMANIFOLD_CACHE"] = ""
sys.path.append(str(Path(__file__).parents[1]))  # helpers of the tests

import numpy as np
import torch
from inputs import Input, input_makers

from remanifold._core.errors import InvalidInput

SECONDS, HANG = 20, 60  # an input that takes longer is a violation; one that cannot even be interrupted ends it all
ROOM = 2**30  # bytes that an input may allocate


class TooLongError(Exception):
    """An input took too long."""


def _too_long(*_: object) -> None:
    raise TooLongError


def _names(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


def _outcome(run: Callable[[], int]) -> tuple[int | str, str]:
    """The exit code, or the error that came through, and all that reached standard error."""
    said, below = io.StringIO(), tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    kept = os.dup(2)
    os.dup2(below.fileno(), 2)  # libraries in C write there
    code: int | str = "?"
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    faulthandler.dump_traceback_later(HANG, exit=True, file=sys.__stdout__)
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("always")
            code = run()
    except InvalidInput as error:
        code = 2
        said.write(f"remanifold: {error}\n")
    except BaseException as error:
        code = f"{type(error).__name__}: {error}"[:200]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        os.dup2(kept, 2)
        os.close(kept)
        below.seek(0)
        said.write(below.read().decode(errors="replace"))
        below.close()
    return code, said.getvalue()


def violation(code: int | str, said: str, left: set[str]) -> str:
    """What is wrong with an end, in words; "" where nothing is."""
    if code not in (0, 2):
        return f"ended with {code}: {said[-300:]}"
    if code == 2 and not (said.startswith("remanifold: ") and said.count("\n") == 1 and said.endswith(".\n")):
        return f"no one sentence: {said[-300:]}"
    if code == 2 and "but got" not in said and "; " not in said:
        return f"does not say what came and what to do: {said[-300:]}"
    if code == 2 and left:
        return f"left {sorted(left)[:3]} behind"
    if code == 0 and ("Warning" in said or "Traceback" in said):
        return f"noise beside the answer: {said[-300:]}"
    return ""


def campaign(count: int, seed: int, only: int | None) -> dict[str, object]:
    """Run ``count`` inputs, or the one of number ``only``."""
    torch.set_num_threads(1)
    home = Path(tempfile.mkdtemp(prefix="fuzz-"))
    tempfile.tempdir = str(home / "temporary")
    (home / "temporary").mkdir()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        makers = input_makers(home)
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (used + ROOM, resource.RLIM_INFINITY))
    signal.signal(signal.SIGALRM, _too_long)
    counts: Counter[str] = Counter()
    seconds: dict[str, float] = defaultdict(float)
    found = []
    for number in range(count) if only is None else [only]:
        draw = np.random.default_rng([seed, number])
        place = home / "here"
        place.mkdir()
        os.chdir(place)
        made: Input = makers[number % len(makers)](draw)
        before, began = _names(place), time.monotonic()
        code, said = _outcome(made.run)
        took = time.monotonic() - began
        wrong = violation(code, said, _names(place) - before)
        counts[made.kind] += 1
        seconds[made.kind] += took
        if only is not None:
            print(made, code, said, f"{took:.2f} s", *sorted(before), sep="\n", file=sys.stderr)
        if wrong:
            found.append({"number": number, "kind": made.kind, "what": made.what, "wrong": wrong, "seconds": took})
        os.chdir(home)
        if only is None:
            shutil.rmtree(place)
    if only is None:
        shutil.rmtree(home)
    spent = {kind: round(value, 2) for kind, value in seconds.items()}
    return {"inputs": dict(counts), "seconds": spent, "violations": found}


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]] + [0] * 3
    result = campaign(words[0], words[1], words[2] if len(sys.argv) > 3 else None)
    print(json.dumps(result, indent=1))
    sys.exit(bool(result["violations"]))
