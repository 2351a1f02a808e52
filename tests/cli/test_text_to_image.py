"""Text-to-image models on the command line: audit, compare, sample without Python."""

import json
import warnings

import numpy as np
import pytest
from PIL import Image
from planted import refused

from remanifold.cli.app import run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers")

from tiny_text_to_image import Lora, captions_of, pictures, save, tiny_pipeline, train

pytestmark = pytest.mark.filterwarnings("ignore")
WORDS = ["audit", "train", "--holdout", "held", "--model", "sd", "--evaluations", "10000", "--threads", "1"]


def _write(folder, rows, captions):
    folder.mkdir()
    lines = []
    for k, (row, caption) in enumerate(zip(rows, captions, strict=True)):
        name = f"{folder.name}{k:02d}.png"
        Image.fromarray(np.uint8(np.round((np.moveaxis(row, 0, -1) + 1) * 127.5))).save(folder / name)
        lines.append(json.dumps({"file_name": name, "text": caption}))
    (folder / "metadata.jsonl").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A pipeline trained for a moment, a LoRA on it, and captioned pictures of both sides."""
    folder = tmp_path_factory.mktemp("made")
    captions = captions_of(80)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = tiny_pipeline(folder / "tokenizer")
        train(pipeline, pictures(48, 3), captions[:48], 150)
        save(pipeline, folder / "sd")
        lora = Lora(pipeline.unet)
        for _, up in lora.pairs.values():
            up.data.normal_(0, 0.003)
        lora.save(folder / "loras" / "checkpoint-20")
        lora.save(folder / "loras" / "checkpoint-100", "kohya")
        lora.save(folder / "loras" / "checkpoint-100")
    _write(folder / "train", pictures(24, 3), captions[:24])
    _write(folder / "held", pictures(24, 4), captions[48:72])
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """A folder with all of it."""
    monkeypatch.setenv("REMANIFOLD_CACHE", "")
    monkeypatch.chdir(tmp_path)
    for path in made.iterdir():
        if path.name in ("sd", "loras", "train", "held"):
            (tmp_path / path.name).symlink_to(path)
    return tmp_path


def test_an_audit_with_captions_beside_the_pictures_and_a_lora(here, capfd):
    assert run([*WORDS, "--lora", "loras/checkpoint-20", "--json", "--out", "report"]) == 0
    out, err = capfd.readouterr()
    assert [line for line in err.splitlines() if " left" not in line and not line.startswith("wrote")] == []
    model = json.loads(out)["model"]
    assert "with the LoRA checkpoint-20 on its unet" in model["description"]
    added = model["captions"]
    assert added["n_training"] == added["n_holdout"] == 24
    assert "captions of train/metadata.jsonl matched by file name" in added["reading"]
    assert sorted(path.name for path in (here / "report").iterdir()) == ["report.html", "report.json", "report.md"]
    assert "What do captions add to its memory?" in (here / "report" / "report.html").read_text()


def test_captions_of_both_sides_in_one_file(here, capsys):
    lines = [(here / side / "metadata.jsonl").read_text() for side in ("train", "held")]
    rows = [json.loads(line) for line in "\n".join(lines).splitlines()]
    (here / "c.csv").write_text("file_name,text\n" + "".join(f"{row['file_name']},{row['text']}\n" for row in rows))
    for side in ("train", "held"):
        (here / f"bare-{side}").mkdir()
        for file in (here / side).glob("*.png"):
            (here / f"bare-{side}" / file.name).symlink_to(file)
    words = [word.replace("train", "bare-train").replace("held", "bare-held") for word in WORDS]
    capsys.readouterr()
    assert run(words) == 2
    assert "caption of every training row, but got none: no metadata.jsonl" in capsys.readouterr().err
    reports = []
    for given in ([*words, "--captions", "c.csv"], WORDS):
        assert run([*given, "--json"]) == 0
        reports.append(json.loads(capsys.readouterr().out)["model"])
    assert reports[0]["index"] == reports[1]["index"]


def test_loras_beside_their_base(here, capsys):
    words = ["compare", "train", "--holdout", "held", "--model", "sd", "--lora", "loras", "--evaluations", "2000"]
    assert run([*words, "--threads", "1", "--json"]) == 0
    names = [model["name"] for model in json.loads(capsys.readouterr().out)["models"]]
    assert names == ["sd", "loras/checkpoint-20", "loras/checkpoint-100"]


def test_samples_of_prompts(here, capsys):
    words = ["sample", "--model", "sd", "--lora", "loras/checkpoint-20", "--prompts", "train", "--guidance", "2"]
    assert run([*words, "--n", "3", "--steps", "4", "--threads", "1", "--out", "s.npy"]) == 0
    assert np.load("s.npy").shape == (3, 3, 8, 8)
    told = json.loads((here / "s.record.json").read_text())["parameters"]
    assert told["prompts"] == captions_of(24) and told["guidance"] == 2 and told["lora"] == "loras/checkpoint-20"


def test_captions_that_are_cut_are_told_by_every_command(here, capsys):
    rows = [json.loads(line) for side in ("train", "held") for line in (here / side / "metadata.jsonl").open()]
    rows[0]["text"] += " and a dog" * 20
    (here / "c.jsonl").write_text("\n".join(map(json.dumps, rows)))
    told = "1 of 48 different captions is longer than the 16 tokens that the text encoder reads"
    read = "captions of c.jsonl matched by file name; 24 more names there, of no picture"
    words = ["train", "--holdout", "held", "--model", "sd", "--captions", "c.jsonl", "--holdout-captions", "c.jsonl"]
    assert run(["audit", *words, "--evaluations", "10000", "--threads", "1"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"Note on the model: {told}" in out and read in out
    words = ["compare", *words, "--lora", "loras/checkpoint-20", "--evaluations", "2000", "--threads", "1", "--json"]
    assert run(words) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert any(note.startswith(told) for note in notes)
    assert any(note.startswith(f"Captions read: {read}") for note in notes)
    long = "a dog " * 40
    (here / "p.txt").write_text(f"{long}\na cat\n{long}a house\n")
    assert run(["sample", "--model", "sd", "--prompts", "p.txt", "--n", "2", "--steps", "2", "--out", "s.npy"]) == 0
    out, told = capsys.readouterr().out, json.loads((here / "s.record.json").read_text())["parameters"]["prompts_read"]
    assert told[:2] == ["3 different prompts of 3 captions", "2 samples are of the first 2 of them"]
    assert told[2].startswith("2 of 3 different captions are longer than the 16 tokens")
    assert all(line in " ".join(out.split()) for line in told)


def test_how_captions_were_read_is_among_the_first_lines(here, capsys):
    assert run(WORDS) == 0
    lines = capsys.readouterr().out.splitlines()
    places = [k for k, line in enumerate(lines) if "metadata.jsonl matched by file name" in line]
    assert places and places[0] < next(k for k, line in enumerate(lines) if line.endswith("?"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*WORDS, "--captions", "none.csv"], "captions must be in an existing file"),
        ([*WORDS, "--lora", "train"], "a LoRA must be a .safetensors file of its weights"),
        ([*WORDS, "--lora", "some/body"], "download it first with: hf download some/body"),
        ([*WORDS, "--class-conditional"], "must be asked with captions, but got classes"),
        ([*WORDS, "--prompt", "x", "--captions", "train"], "--prompt must come without --captions"),
        ([*WORDS[:4], "--lora", "x"], "--lora must come with --model"),
        ([*WORDS[:4], "--captions", "x"], "--captions must come with --model"),
        ([*WORDS[:4], "--model", "loras/checkpoint-20"], "a LoRA without its base model; name the folder of its base"),
        ([*WORDS[:4], "--model", "sd/unet"], "a UNet2DConditionModel without its text encoder"),
        ([*WORDS[:4], "--model", "ground-truth:digits-100-seed0", "--prompt", "x"], "which takes none"),
        (["sample", "--model", "sd", "--guidance", "3", "--out", "s.npy"], "--guidance needs --prompts"),
        (["sample", "--model", "sd", "--classes", "3", "--out", "s.npy"], "takes them"),
        (
            ["compare", *WORDS[1:4], "--model", "sd", "--model", "sd/vae", "--lora", "loras"],
            "--lora must come with one",
        ),
        (["compare", *WORDS[1:4], "--model", "sd", "--lora", "train"], "a folder of LoRAs must hold some"),
        (["compare", *WORDS[1:4], "--model", "sd", "--lora", "x", "--lora", "x"], "every --lora must be another one"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(here, capsys, words, said):
    assert said in refused(capsys, here, *words)
