"""Every mistake on the command line: one sentence on stderr, exit code 2, nothing on stdout."""

import subprocess
import sys

import numpy as np
import pytest

from remanifold import InvalidInput, NotConverged, __version__, theory
from remanifold.cli import main

RATIOS = ("--load", "0.2", "--latent-ratio", "0.3")
COUNTS = ("--n-points", "100", "--ambient-dim", "10", "--latent-dim", "5")
LIST = ("--spectrum", "good.txt", "--n-points", "100")
DESCRIBE = (
    "; pass --load and --latent-ratio, or --n-points, --ambient-dim and --latent-dim, or --spectrum and --n-points."
)
SEE = "; see 'remanifold phases --help'."
FILE = "; pass a .npy array or a text file of eigenvalues."
ONE = "one description of the data is needed, but got "
LOAD = "the load must be a number above 0, but got "
RATIO = "the latent ratio must be a number above 0 and at most 1, but got "

USAGE = [
    (("--nope",), "remanifold must be given options that it has, but got --nope; see 'remanifold --help'."),
    (("xyzzy",), "the command must be one that remanifold has, but got 'xyzzy'; see 'remanifold --help'."),
    (
        ("phases", "--lod", "1"),
        "remanifold phases must be given options that it has, but got --lod; did you mean --load?",
    ),
    (("phases", "--load"), "--load needs a value, but got none; see 'remanifold --help'."),
    (("phases", "--json=3"), "--json takes no value, but got one; see 'remanifold --help'."),
    (("phases", "extra"), "remanifold phases takes fewer arguments, but got extra as well" + SEE),
    (("phases", "--load", "abc"), "--load must be a number, but got 'abc'" + SEE),
    (("phases", "--n-points", "1.5e0"), "--n-points must be a whole number, but got '1.5e0'" + SEE),
    (("phases", "--n-points", "1e-3"), "--n-points must be a whole number, but got '1e-3'" + SEE),
    (("--version", "extra"), "remanifold --version takes nothing else, but got 'extra'; leave it out."),
]
PHASES = [
    ((), ONE + "nothing" + DESCRIBE),
    (("--load", "0.2"), ONE + "--load; pass --latent-ratio too."),
    (("--latent-dim", "4"), ONE + "--latent-dim; pass --n-points and --ambient-dim too."),
    (
        ("--n-points", "9", "--ambient-dim", "9"),
        ONE + "--n-points and --ambient-dim; pass --latent-dim too, or --spectrum.",
    ),
    (("--load", "0.2", "--n-points", "9"), ONE + "--load and --n-points" + DESCRIBE),
    ((*RATIOS, "--n-points", "100"), ONE + "--load and --latent-ratio and --n-points" + DESCRIBE),
    (("--load", "0", "--latent-ratio", "0.3"), LOAD + "0.0; pass log(P)/N."),
    (("--load", "-1", "--latent-ratio", "0.3"), LOAD + "-1.0; pass log(P)/N."),
    (("--load", "nan", "--latent-ratio", "0.3"), LOAD + "nan; pass log(P)/N."),
    (("--load", "inf", "--latent-ratio", "0.3"), LOAD + "inf; pass log(P)/N."),
    (("--load", "0.2", "--latent-ratio", "0"), RATIO + "0.0; pass D/N."),
    (("--load", "0.2", "--latent-ratio", "-0.1"), RATIO + "-0.1; pass D/N."),
    (("--load", "0.2", "--latent-ratio", "1.5"), RATIO + "1.5; pass D/N."),
    (("--load", "0.2", "--latent-ratio", "nan"), RATIO + "nan; pass D/N."),
    (
        ("--load", "200", "--latent-ratio", "0.5"),
        "log(P)/D, must be from 1e-12 to 320, but got 400; beyond it the times",
    ),
    ((*RATIOS, "--ensemble", "x"), "the ensemble must be one of gaussian, isometric, power-law, but got 'x'; pass one"),
    ((*RATIOS, "--exponent", "1"), "the gaussian ensemble has no exponent, but got 1.0; leave it out or choose"),
    (
        (*RATIOS, "--ensemble", "power-law"),
        "a power-law ensemble needs the a of l_i ~ i^-a, but got none; pass --exponent.",
    ),
    (
        (*RATIOS, "--ensemble", "power-law", "--exponent", "1"),
        "the exponent of a power law must be from 0 to 0.95, but got 1.0; beyond, the infinite-size limit fails, so "
        "describe the data by --n-points, --ambient-dim and --latent-dim.",
    ),
    (
        (*RATIOS, "--activation", "tanh", "--ensemble", "isometric"),
        "the theory covers an activation other than linear with the gaussian ensemble only, but got the isometric "
        "ensemble; pass --ensemble gaussian, or ask phases for the times at one size (P, N and D).",
    ),
    (
        (*RATIOS, "--basin-points", "1"),
        "--basin-points must be a whole number from 2 to 100000, but got 1; pass e.g. 48.",
    ),
    ((*COUNTS, "--n-points", "2"), "--n-points must be a whole number of at least 3, but got 2; pass e.g. 3."),
    ((*COUNTS, "--ambient-dim", "0"), "--ambient-dim must be a whole number from 1 to 1000000000000000, but got 0"),
    ((*COUNTS, "--latent-dim", "-5"), "--latent-dim must be a whole number from 1 to 1000000000000000, but got -5"),
    ((*COUNTS, "--latent-dim", "11"), "--latent-dim must be at most --ambient-dim, 10, but got 11; the data cannot"),
    (
        (*LIST, "--load", "0.2"),
        "--spectrum goes with --n-points and --ambient-dim only, but got --load; leave the others",
    ),
    (("--spectrum", "good.txt"), "--spectrum needs the number of data points, but got none; pass --n-points."),
    (
        (*LIST, "--ambient-dim", "1"),
        "the ambient dimension of 2 eigenvalues must be a whole number of at least 2, but got 1",
    ),
    (("--spectrum", "absent.txt"), "--spectrum must name a file, but got absent.txt" + FILE),
    (("--spectrum", "."), "--spectrum must name a file, but got ." + FILE),
    (("--spectrum", "empty.txt"), "--spectrum must name a file of 1 to 1000000000 bytes, but got 0" + FILE),
    (("--spectrum", "words.txt"), "the spectrum must hold numbers only, but got 'two' in line 2 of words.txt" + FILE),
    (("--spectrum", "comment.txt", "--n-points", "9"), "a list of finite eigenvalues, but got an empty list"),
    (("--spectrum", "nan.txt", "--n-points", "9"), "a list of finite eigenvalues, but got [ 1. nan]"),
    (("--spectrum", "negative.txt", "--n-points", "9"), "must not be negative, but got -1.0; check the matrix."),
    (("--spectrum", "zeros.txt", "--n-points", "9"), "at least one positive eigenvalue, but got zeros only"),
    (("--spectrum", "binary.txt"), "--spectrum must name a readable file, but got binary.txt ('utf-8' codec"),
    (("--spectrum", "truncated.npy"), "--spectrum must name a readable file, but got truncated.npy"),
    (("--spectrum", "pickled.npy"), "--spectrum must name a readable file, but got pickled.npy (data must be real"),
    (("--spectrum", "square.npy"), "one-dimensional array of real numbers, but got float64 of shape (2, 2); save the"),
    (
        ("--spectrum", "complex.npy"),
        "one-dimensional array of real numbers, but got complex128 of shape (2,); save the",
    ),
]
CASES = USAGE + [(("phases", *words), message) for words, message in PHASES]


@pytest.fixture
def spectra(tmp_path, monkeypatch):
    """A working directory with one good spectrum and every bad one."""
    texts = {"good": "2 1", "empty": "", "words": "1\ntwo", "comment": "# none", "nan": "1 nan", "zeros": "0 0"}
    for name, text in (texts | {"negative": "1 -1"}).items():
        (tmp_path / f"{name}.txt").write_text(text)
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    arrays = {"square": np.eye(2), "complex": np.ones(2) * 1j, "pickled": np.array([{}], dtype=object)}
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    np.save(tmp_path / "truncated.npy", np.ones(100))
    (tmp_path / "truncated.npy").write_bytes((tmp_path / "truncated.npy").read_bytes()[:200])
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("spectra")
@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize(("words", "message"), CASES)
def test_one_sentence_and_exit_code_2(capsys, words, message, json):
    code = main([*words, "--json"] if json and words[0] == "phases" and words[-1] != "--load" else list(words))
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("remanifold: ") and err.endswith(".\n") and err.count("\n") == 1
    assert message in err


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "remanifold: interrupted; nothing was left half-written.\n"),
        (NotConverged("the root was not found;\nrescale."), 2, "remanifold: the root was not found; rescale.\n"),
        (InvalidInput("x must be y."), 2, "remanifold: x must be y.\n"),
    ],
)
def test_what_a_command_raises_becomes_one_line(capsys, monkeypatch, raised, code, line):
    def fail(**_):
        raise raised

    monkeypatch.setattr(theory, "phases", fail)
    assert main(["phases", *RATIOS]) == code
    assert capsys.readouterr() == ("", line)


@pytest.mark.parametrize("words", [["--help"], ["phases", "--help"]])
def test_help(capsys, words):
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: remanifold")
    assert err == ""


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"remanifold {__version__}\n"


def test_help_loads_no_numerics():
    code = "import sys; from remanifold.cli import main; main(['--help']); print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert not loaded & {"torch", "scipy", "numpy", "matplotlib", "jinja2", "PIL"}
