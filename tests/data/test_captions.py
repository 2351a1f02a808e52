"""Captions: every layout that training scripts read, matched by name; missing, doubled and stray ones in a sentence."""

import json

import pytest

from remanifold import InvalidInput
from remanifold.data import open_points
from remanifold.data.captions.both_sides import captions_of_both
from remanifold.data.captions.open import open_captions, open_prompts

NAMES = ("a.png", "b/c.png", "b/d.png")
TEXTS = ("a dog, big", 'the "cat"', "007")


@pytest.fixture
def pictures(make_pictures):
    folder, _ = make_pictures(dict.fromkeys(NAMES, ("RGB", (4, 4))))
    return folder


def rows_of(*order):
    return [{"file_name": NAMES[k], "text": TEXTS[k]} for k in order]


CSV = 'file_name,text\nb/d.png,007\na.png,"a dog, big"\nb/c.png,"the ""cat"""\n'
FILES = {
    "c.jsonl": "\n".join(json.dumps(row) for row in rows_of(2, 0, 1)),
    "c.json": json.dumps(dict(zip(NAMES, TEXTS, strict=True))),
    "kohya.json": json.dumps({name: {"caption": text, "tags": "x"} for name, text in zip(NAMES, TEXTS, strict=True)}),
    "list.json": json.dumps(rows_of(1, 2, 0)),
    "c.csv": CSV,
    "semicolons.csv": CSV.replace("file_name,text", "file_name;text").replace("png,", "png;"),
    "c.tsv": 'image\tcaption\nd\t007\na\ta dog, big\nc\t"the ""cat"""\n',
    "stray.jsonl": "\n".join(json.dumps(row) for row in [*rows_of(0, 1, 2), {"file_name": "z.png", "text": "x"}]),
}


@pytest.mark.parametrize("name", FILES)
def test_captions_are_matched_by_name(tmp_path, pictures, name):
    (tmp_path / name).write_text(FILES[name])
    captions, words = open_captions(tmp_path / name, open_points(pictures))
    assert captions == TEXTS and "matched by file name" in words[0]
    assert ("1 names there are no rows" in words[0]) == (name == "stray.jsonl")


def test_captions_of_parquet_and_of_a_named_column(tmp_path, pictures):
    arrow, parquet = (pytest.importorskip(name) for name in ("pyarrow", "pyarrow.parquet"))
    columns = {"file_name": list(NAMES), "text": ["x"] * 3, "blip": list(TEXTS)}
    parquet.write_table(arrow.table(columns), tmp_path / "c.parquet")
    points = open_points(pictures)
    assert open_captions(f"{tmp_path}/c.parquet::blip", points)[0] == TEXTS
    assert open_captions(tmp_path / "c.parquet", points)[0] == ("x",) * 3
    with pytest.raises(InvalidInput, match="must have a column named clip, but got columns file_name, text, blip"):
        open_captions(f"{tmp_path}/c.parquet::clip", points)


def test_without_names_they_stand_in_the_order_of_the_rows(tmp_path, pictures):
    (tmp_path / "c.txt").write_text("\n".join(TEXTS) + "\n")
    points = open_points(pictures)
    assert open_captions(tmp_path / "c.txt", points)[0] == TEXTS
    assert open_captions(list(TEXTS), points)[0] == TEXTS
    with pytest.raises(InvalidInput, match=r"as many captions as rows \(3\), but got 2 in the captions"):
        open_captions(TEXTS[:2], points)


def test_pictures_that_count_need_names(make_pictures):
    folder, _ = make_pictures({f"{k}.png": ("L", (4, 4)) for k in (1, 2, 10)})
    with pytest.raises(InvalidInput, match="captions without names need one order of the pictures"):
        open_captions(TEXTS, open_points(folder))


def test_captions_beside_the_pictures(pictures):
    points = open_points(pictures)
    assert open_captions(None, points) == (None, ())
    for name, text in zip(NAMES, TEXTS, strict=True):
        (pictures / name).with_suffix(".txt").write_text(f"{text}\nmore")
    captions, words = open_captions(None, open_points(pictures))
    assert captions == TEXTS and words == ("captions from the .txt file beside each picture",)
    assert open_prompts(pictures) == (TEXTS[0],)  # those of its sub-folders are other folders
    (pictures / "metadata.jsonl").write_text(json.dumps(rows_of(0)[0]))
    (pictures / "b" / "metadata.csv").write_text("file_name,text\nd.png,new\nc.png,newer\n")
    captions, words = open_captions(None, points)
    assert captions == (TEXTS[0], "newer", "new") and "metadata.jsonl and " in words[0]
    assert open_captions(pictures, points)[0] == captions
    (pictures / "metadata.csv").write_text("file_name,text\na.png,x\n")
    with pytest.raises(InvalidInput, match="captions must be in one table a folder"):
        open_captions(None, points)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.jsonl", json.dumps(rows_of(0)[0]), r"every row \(3\) must have its caption by name, but got 2 without"),
        ("c.jsonl", "\n".join(json.dumps(r) for r in [*rows_of(0), {"file_name": "a.png", "text": "x"}]), "two that"),
        ("c.jsonl", json.dumps({"file_name": "a.png", "text": " "}), "an empty one for a.png"),
        ("c.jsonl", json.dumps({"file_name": "a.png", "text": ["x", "y"]}), "must be one text, but got a list"),
        ("c.jsonl", json.dumps({"file_name": None, "text": "x"}), "must have its file name"),
        ("c.jsonl", json.dumps({"file_name": "a.png", "words": "x"}), "must have a column named one of text, caption"),
        ("c.jsonl", "{", "captions must be JSON"),
        ("c.json", "3", "must hold objects with a file name and a text"),
        ("c.json", "[" * 10**5, "captions must be JSON"),
        ("c.csv", "file_name,text\na.png,x,y\n", "every row must have 2 cells, but got 3 in row 1"),
        ("c.csv", 'file_name,text\na.png,"x\n', "captions must be a table"),
        ("c.csv", "a,b\n1,2\n", "must have a column named one of text, caption"),
        ("c.csv", "text,text\n1,2\n", "columns of captions must have different names"),
        ("c.csv", "file_name,text\n", "must hold some, but got none"),
        ("c.txt", "x\n\ny\n", r"an empty one for row 1 \(from 0\)"),
        ("c.txt", b"\xff\xfe\x00", "captions must be UTF-8 text"),
        ("c.xlsx", "x", r"must be one of \.jsonl, "),
        ("none.csv", None, "captions must be in an existing file"),
        ("c.jsonl", json.dumps({"file_name": "z.png", "text": "x"}), "captions with names must be matched to rows"),
    ],
)
def test_what_cannot_be_matched_is_one_sentence(tmp_path, pictures, name, text, said):
    if text is not None:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InvalidInput, match=said) as caught:
        open_captions(tmp_path / name, open_points(pictures))
    assert "\n" not in str(caught.value)


def test_some_pictures_without_their_text_are_named(pictures):
    (pictures / "a.txt").write_text("x")
    with pytest.raises(InvalidInput, match=r"but got none in .*c\.txt \(2 of 3 missing\)"):
        open_captions(None, open_points(pictures))
    for name in NAMES:
        (pictures / name).with_suffix(".txt").write_text("\nx")
    with pytest.raises(InvalidInput, match=r"an empty first line in .*a\.txt"):
        open_captions(None, open_points(pictures))


@pytest.fixture
def sides(make_pictures):
    folder, _ = make_pictures({f"{side}/{side}{k}.png": ("L", (4, 4)) for side in "th" for k in range(3)})
    return open_points(folder / "t"), open_points(folder / "h"), folder


def test_one_file_names_the_pictures_of_both_sides(sides):
    points, holdout, folder = sides
    lines = [json.dumps({"file_name": f"{side}{k}.png", "text": f"{side} {k}"}) for side in "ht" for k in range(3)]
    (folder / "c.jsonl").write_text("\n".join(lines))
    found = captions_of_both(str(folder / "c.jsonl"), None, None, points, holdout)
    assert found.training == ("t 0", "t 1", "t 2") and found.holdout == ("h 0", "h 1", "h 2")
    (folder / "h" / "metadata.csv").write_text("file_name,text\n" + "".join(f"h{k}.png,own {k}\n" for k in range(3)))
    assert captions_of_both(str(folder / "c.jsonl"), None, None, points, holdout).holdout == ("own 0", "own 1", "own 2")
    assert captions_of_both(["x"] * 3, ["y"] * 3, None, points, holdout).holdout == ("y",) * 3


def test_one_file_is_not_taken_for_both_sides_where_names_recur(make_pictures):
    folder, _ = make_pictures({f"{side}/{k}.png": ("L", (4, 4)) for side in "th" for k in range(3)})
    (folder / "c.csv").write_text("file_name,text\n" + "".join(f"{k}.png,text {k}\n" for k in range(3)))
    points, holdout = open_points(folder / "t"), open_points(folder / "h")
    with pytest.raises(InvalidInput, match="asked with the caption of every hold-out row, but got none: no metadata"):
        captions_of_both(str(folder / "c.csv"), None, None, points, holdout)


def test_one_prompt_for_all_and_what_is_missing(sides):
    points, holdout, _ = sides
    found = captions_of_both(None, None, "a dog", points, holdout)
    assert found.training == found.holdout == ("a dog",) * 3
    assert captions_of_both(None, None, "a dog", points, None).holdout is None
    for given, said in (
        ((["x"] * 3, None, "a dog"), "`prompt` must come without `captions`"),
        ((None, None, " "), "`prompt` must be a text"),
        ((None, None, None), "asked with the caption of every training row, but got none: no metadata.jsonl"),
        ((["x"] * 3, None, None), "asked with the caption of every hold-out row"),
    ):
        with pytest.raises(InvalidInput, match=said):
            captions_of_both(*given, points, holdout)


def test_prompts_are_the_different_captions(tmp_path, pictures):
    (tmp_path / "p.txt").write_text("b\na\nb\n")
    assert open_prompts(tmp_path / "p.txt") == open_prompts(["b", "a", "b"]) == ("b", "a")
    with pytest.raises(InvalidInput, match="a folder of prompts must hold them"):
        open_prompts(pictures)
    (pictures / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows_of(0, 1, 2)))
    assert open_prompts(pictures) == TEXTS
