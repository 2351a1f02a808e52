"""Two thousand hostile inputs of every kind, always the same: each ends in an answer or in one sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COUNT, SEED = 2000, 0


def test_no_hostile_input_ends_in_a_traceback():
    pytest.importorskip("zarr")
    pytest.importorskip("datasets")
    program = str(Path(__file__).with_name("campaign.py"))
    command = [sys.executable, program, str(COUNT), str(SEED)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stdout.startswith("{"), result.stdout[-3000:] + result.stderr[-3000:]
    found = json.loads(result.stdout)
    assert found["violations"] == [] and result.returncode == 0
    assert sum(found["inputs"].values()) == COUNT and min(found["inputs"].values()) >= COUNT // 100
