"""``remanifold diagram``: the library's numbers in every format, resumable, and each mistake in one sentence."""

import csv
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from command import runner
from page_checks import open_page
from polling import until

from remanifold import phase_diagram
from remanifold.theory.diagram import diagram as theory_diagram

run = runner("diagram")


def test_json_holds_the_numbers_of_the_library(capsys, tmp_path):
    code, out, err = run(
        capsys, "--grid", "3x2", "--x-range", "0.1:0.4", "--y-range", "0.2:0.8", "--out", tmp_path / "a.json"
    )
    assert (code, err) == (0, "")
    assert out == f"wrote {tmp_path / 'a.json'}: 3 loads x 2 latent ratios, linear, gaussian\n"
    plain = json.loads((tmp_path / "a.json").read_text(), parse_constant=pytest.fail)
    expected = phase_diagram([0.1, 0.2, 0.4], [0.2, 0.8])
    assert plain["columns"]["load"][:3] == pytest.approx([0.1, 0.2, 0.4])
    assert plain["columns"]["t_collapse"] == pytest.approx(expected.t_collapse.ravel().tolist(), rel=1e-7)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json"]


def test_axes_can_be_swapped_and_the_ends_are_exact(capsys, tmp_path):
    words = ("--grid", "2x3", "--x", "latent-ratio", "--y", "load", "--x-range", "0.1:0.7", "--y-range", "0.3:0.6")
    assert run(capsys, *words, "--out", tmp_path / "a.csv")[0] == 0
    lines = [line for line in (tmp_path / "a.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert [row["latent_ratio"] for row in rows] == ["0.1"] * 3 + ["0.7"] * 3
    assert (rows[0]["load"], rows[2]["load"]) == ("0.3", "0.6")


@pytest.mark.parametrize(
    ("name", "start"), [("a.html", b"<!doctype html>"), ("a.SVG", b"<?xml"), ("a.png", b"\x89PNG")]
)
def test_pictures(capsys, tmp_path, name, start):
    code, out, _ = run(capsys, "--grid", "4x3", "--out", tmp_path / "new" / name)
    assert code == 0 and out.startswith("wrote ")
    assert (tmp_path / "new" / name).read_bytes().startswith(start)


def test_power_law_and_isometric(capsys, tmp_path):
    for words in (("--ensemble", "power-law", "--exponent", 0.5), ("--ensemble", "isometric")):
        assert run(capsys, *words, "--grid", "2x2", "--out", tmp_path / "a.json")[0] == 0
        assert json.loads((tmp_path / "a.json").read_text())["parameters"]["ensemble"] == words[1]


def test_cells_without_times_are_null_with_a_reason_and_exit_0(capsys, tmp_path):
    words = ("--activation", "sign", "--jobs", 1, "--x-range", "0.2:0.6", "--y-range", "0.3:0.4", "--grid", "2x2")
    code, out, err = run(capsys, *words, "--out", tmp_path / "a.json")
    assert (code, err) == (0, "")
    assert "2 of 4 cells lack a time (never); reasons are in the table\n" in out
    columns = json.loads((tmp_path / "a.json").read_text(), parse_constant=pytest.fail)["columns"]
    assert [t is None for t in columns["t_onset"]] == [False, True, False, True]
    assert columns["reason"][0] is None and columns["reason"][1].startswith("never: the load 0.6 is above 0.434")


def test_an_interruption_keeps_finished_rows_and_says_so(capsys, tmp_path, monkeypatch):
    original, solved = theory_diagram._solve_row, []  # the interrupt must come between two rows, which are counted

    def interrupted(task):
        if len(solved) == 2:
            raise KeyboardInterrupt
        solved.append(task)
        return original(task)

    monkeypatch.setattr(theory_diagram, "_solve_row", interrupted)  # planted
    words = ("--grid", "3x4", "--out", tmp_path / "a.csv")
    code, out, err = run(capsys, *words)
    assert (code, out) == (130, "")
    assert f"finished work is kept in {tmp_path / 'a.csv.part'}; the same command goes on from there\n" in err
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv.part"]
    resumed = []
    # it only counts
    monkeypatch.setattr(theory_diagram, "_solve_row", lambda task: resumed.append(task) or original(task))
    assert run(capsys, *words)[0] == 0
    assert len(resumed) == 2 and [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    first = (tmp_path / "a.csv").read_text()
    assert run(capsys, *words)[0] == 0 and (tmp_path / "a.csv").read_text() == first


def test_a_killed_process_leaves_no_half_file_and_can_be_resumed(tmp_path):
    out = tmp_path / "a.json"
    program = "import sys; from remanifold.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", program, "diagram", "--activation", "tanh", "--grid", "3x8", "--jobs", "1"]
    words += ["--x-range", "0.1:0.3", "--y-range", "0.3:0.9", "--out", str(out)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    part = tmp_path / "a.json.part"
    until(lambda: part.exists() and len(part.read_text().splitlines()) >= 3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert part.exists() and not out.exists()
    kept = len(part.read_text().splitlines()) - 1
    assert 2 <= kept < 8
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    assert not part.exists()
    ratios = [0.3 * 3 ** (k / 7) for k in range(8)]
    columns = json.loads(out.read_text())["columns"]
    check = phase_diagram([0.1], [ratios[0]], "tanh")  # a row that the killed process had finished
    assert columns["t_onset"][0] == pytest.approx(check.t_onset[0, 0], rel=1e-6)
    assert np.all(np.diff(np.reshape(columns["t_onset"], (8, 3)), axis=1) < 0)


SEE = "; see 'remanifold diagram --help'."
OUT = ("--out", "a.csv")
MISTAKES = [
    ((), "remanifold diagram needs --out, but got none" + SEE),
    (("--out", "a.txt"), "--out must end in one of .csv, .json, .png, .svg, .html, but got a.txt; change the name."),
    (("--out", "plain"), "--out must end in one of .csv, .json, .png, .svg, .html, but got plain; change the name."),
    (("--out", "folder.csv"), "--out must name a file, but got the directory folder.csv; name a file in it."),
    (("--out", "file/a.csv"), "must go to a directory that can be written, but got file (file is not a directory)"),
    ((*OUT, "--here", "1797,64,7"), "--here needs a picture, but got a table in .csv; write to .html, .png or .svg"),
    *(
        (
            ("--out", "a.html", "--here", here),
            "--here must be whole numbers of points (2 or more) and of dimensions, and",
        )
        for here in (
            "1.5e0,64,7",
            "2e-1,64,7",
            "60000.5,64,7",
            "1e99,64,7",
            "1797",
            "1797,64",
            "1,64,7",
            "1797,64,65",
            "1797,64,0",
            "1797,64,nan",
            "1797,64,7,1",
            "a,b,c",
        )
    ),
    ((*OUT, "--x", "alpha"), "--x must be load or latent-ratio, but got 'alpha'; pass one of them."),
    ((*OUT, "--y", "t"), "--y must be load or latent-ratio, but got 't'; pass one of them."),
    (
        (*OUT, "--x", "latent-ratio"),
        "the axes must be one load and one latent-ratio, but got latent-ratio twice; change",
    ),
    *(
        ((*OUT, "--grid", grid), "--grid must be two whole numbers of at least 2, with at most 1000000 cells, but got ")
        for grid in ("9" * 5000, "40", "40x", "1x40", "4.5x3", "-4x3", "2000x2000", "axb", "4x4x4")
    ),
    *(
        (
            (*OUT, "--x-range", ends),
            f"--x-range must be two positive numbers, the smaller first, but got '{ends}'; write",
        )
        for ends in ("0.1", "0.5:0.1", "0:1", "a:b", "0.1:inf", "nan:1", "0.1:0.1", "1:2:3")
    ),
    (
        (*OUT, "--y-range", "0.1:1.5"),
        "--y-range must end at a latent ratio of at most 1, but got 1.5; write e.g. 0.1:1.",
    ),
    (
        (*OUT, "--x-range", "1:400", "--y-range", "0.1:1"),
        "log(P)/D, must be from 1e-12 to 320, but got 1 to 4000; beyond it",
    ),
    (
        (*OUT, "--activation", "x"),
        "the activation must be one of linear, tanh, relu, sign, erf, leaky-relu, sine, but got",
    ),
    ((*OUT, "--ensemble", "x"), "the ensemble must be one of gaussian, isometric, power-law, but got 'x'; pass one of"),
    ((*OUT, "--exponent", "1"), "the gaussian ensemble has no exponent, but got 1.0; leave it out or choose"),
    ((*OUT, "--ensemble", "power-law"), "needs the a of l_i ~ i^-a, but got none; pass --exponent."),
    ((*OUT, "--ensemble", "power-law", "--exponent", "1"), "must be from 0 to 0.95, but got 1.0; beyond"),
    (
        (*OUT, "--ensemble", "isometric", "--activation", "tanh"),
        "the theory covers an activation other than linear with the gaussian ensemble only, but got the isometric "
        "ensemble; pass --ensemble gaussian, or ask phases for the times at one size (P, N and D).",
    ),
    ((*OUT, "--jobs", "0"), "--jobs must be a whole number of at least 1, but got 0; pass e.g. 1."),
    ((*OUT, "--jobs", "two"), "--jobs must be a whole number, but got 'two'" + SEE),
    ((*OUT, "--colour", "red"), "remanifold diagram must be given options that it has, but got --colour"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES)
def test_mistakes_are_one_sentence_and_exit_code_2(capsys, tmp_path, monkeypatch, words, message):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("remanifold: ") and err.endswith(".\n") and err.count("\n") == 1
    assert message in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.csv"]


def test_your_own_data_are_marked_in_pictures(capsys, tmp_path):
    words, both = ("--grid", "4x3", "--here", "1000,50,20"), {}
    for name in ("a.html", "a.svg"):
        assert run(capsys, *words, "--out", tmp_path / name)[0] == 0
        both[name] = text = (tmp_path / name).read_text()
        assert "you are here" in text and ("Fashion-MNIST" in text) == (name == "a.html")
    run(capsys, "--grid", "4x3", "--out", tmp_path / "b.html")
    bare = (tmp_path / "b.html").read_text()
    assert "you are here" not in bare and "the star your own" not in bare and "the star your own" in both["a.html"]


@pytest.mark.parametrize(("written", "plain"), [("1e3,5e1,2e1", "1000,50,20"), ("6e4,784,1.4e1", "60000,784,14")])
def test_powers_of_ten_are_whole_numbers(capsys, tmp_path, written, plain):
    for name, here in (("a.svg", written), ("b.svg", plain)):
        assert run(capsys, "--grid", "2x2", "--here", here, "--out", tmp_path / name)[0] == 0
    assert (tmp_path / "a.svg").read_text() == (tmp_path / "b.svg").read_text()


@pytest.mark.browser
def test_rows_of_known_sets_are_low_on_a_phone(capsys, tmp_path, browser):
    assert run(capsys, "--grid", "2x2", "--out", tmp_path / "a.html")[0] == 0
    page, _ = open_page(browser, tmp_path / "a.html", 390)
    heights = page.locator("#sets tbody tr").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")
    assert len(heights) >= 4 and max(heights) < 150  # the longest was 249
    page.close()


def test_help_names_every_format_and_loads_no_numerics():
    program = "import sys; from remanifold.cli import main; main(['diagram', '--help']); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert ".html" in shown and not set(shown.split()) & {"numpy", "scipy", "matplotlib"}


def test_a_diagram_at_finite_size(capsys, tmp_path):
    words = ("--ensemble", "isometric", "--ambient-dim", 20, "--n-points", "55:403", "--grid", "2x2", "--jobs", 1)
    words += ("--y-range", "0.3:1")
    code, out, _ = run(capsys, *words, "--out", tmp_path / "a.json")
    assert code == 0 and out.endswith("2 loads x 2 latent ratios, linear, isometric, N = 20\n")
    plain = json.loads((tmp_path / "a.json").read_text(), parse_constant=pytest.fail)
    assert plain["columns"]["n_points"] == [55, 403] * 2 and plain["columns"]["latent_dim"] == [6, 6, 20, 20]
    expected = phase_diagram([0.2, 0.3], [0.3, 1.0], ensemble="isometric", ambient_dim=20)
    assert plain["columns"]["t_collapse"] == expected.to_table()["t_collapse"]


@pytest.mark.parametrize(
    "words",
    [
        ("--n-points", "55:403"),
        ("--ambient-dim", 20, "--n-points", "403:55"),
        ("--ambient-dim", 20, "--n-points", "55:403", "--x-range", "0.1:0.2"),
        ("--ambient-dim", 1),
        ("--ambient-dim", 300),
    ],
)
def test_bad_finite_sizes_leave_nothing(capsys, tmp_path, words):
    code, out, err = run(capsys, *words, "--out", tmp_path / "a.json")
    assert code == 2 and out == "" and err.count("\n") == 1
    assert not list(tmp_path.iterdir())
