"""Captions: every layout that training scripts read, matched by name; missing, doubled and stray ones in a sentence."""

import json

import pytest

from remanifold import InvalidInput
from remanifold.data import open_points
from remanifold.data.captions.both_sides import captions_of_both
from remanifold.data.captions.open import open_captions
from remanifold.data.captions.prompts import open_prompts

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
    "kohya.json": json.dumps(
        {name: {"caption": text, "train_resolution": [4, 4]} for name, text in zip(NAMES, TEXTS, strict=True)}
    ),
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
    assert ("1 more name there, of no picture" in words[0]) == (name == "stray.jsonl")


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
    told = "captions from the .txt file beside each picture; the first line of each; 3 of 3 have more lines"
    assert captions == TEXTS and words == (told,)
    assert open_prompts(pictures)[0] == TEXTS
    for file in pictures.rglob("*.txt"):
        file.unlink()
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
    with pytest.raises(
        InvalidInput, match="by names that do not recur, but got names that do, or none; give each side"
    ):
        captions_of_both(str(folder / "c.csv"), str(folder / "c.csv"), None, points, holdout)


def test_one_prompt_for_all_and_what_is_missing(sides):
    points, holdout, _ = sides
    found = captions_of_both(None, None, "a dog", points, holdout)
    assert found.training == found.holdout == ("a dog",) * 3
    assert captions_of_both(None, None, "a dog", points, None).holdout is None
    assert captions_of_both(None, None, "~x " * 200, points, None).training == ("~x " * 200,) * 3
    for given, said in (
        ((["x"] * 3, None, "a dog"), "`prompt` must come without `captions`"),
        ((None, None, " "), "`prompt` must be a text"),
        ((None, None, __file__), "`prompt` must be a text, but got .*, the name of a file; pass it as `captions`"),
        ((None, None, None), "asked with the caption of every training row, but got none: no metadata.jsonl"),
        ((["x"] * 3, None, None), "asked with the caption of every hold-out row"),
    ):
        with pytest.raises(InvalidInput, match=said):
            captions_of_both(*given, points, holdout)


def test_prompts_are_the_different_captions(tmp_path, pictures):
    (tmp_path / "p.txt").write_text("b\na\nb\n")
    assert open_prompts(tmp_path / "p.txt")[0] == open_prompts(["b", "a", "b"])[0] == ("b", "a")
    with pytest.raises(InvalidInput, match="a folder of prompts must hold pictures with captions"):
        open_prompts(pictures)
    (pictures / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows_of(0, 1, 2)))
    assert open_prompts(pictures)[0] == TEXTS


# What was read wrongly without a word


def test_a_line_separator_within_a_caption_ends_no_line(tmp_path, pictures):
    texts = [f"{text}\u2028more\x85end" for text in TEXTS]
    rows = [{"file_name": name, "text": text} for name, text in zip(NAMES, texts, strict=True)]
    (tmp_path / "c.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    (tmp_path / "c.csv").write_text("text\n" + "".join(f"{k}\u2028more\n" for k in range(3)), "utf-8")
    points = open_points(pictures)
    assert open_captions(tmp_path / "c.jsonl", points)[0] == tuple(texts)
    assert open_captions(tmp_path / "c.csv", points)[0] == ("0\u2028more", "1\u2028more", "2\u2028more")


@pytest.mark.parametrize("head", ["img", "File_Name", "id"])
@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_names_of_files_in_a_column_of_another_name_are_not_passed_over(tmp_path, pictures, head, ending):
    names = [name.removesuffix(".png") for name in NAMES] if head == "id" else NAMES
    rows = [{head: name, "text": "x"} for name in reversed(names)]
    lines = [f"{head},text", *(f"{row[head]},x" for row in rows)] if ending == ".csv" else map(json.dumps, rows)
    (tmp_path / f"c{ending}").write_text("\n".join(lines) + "\n")
    said = f"names of files must be in a column that is called file_name, but got them in the column {head}"
    with pytest.raises(InvalidInput, match=said):
        open_captions(tmp_path / f"c{ending}", open_points(pictures))
    (tmp_path / "other.csv").write_text("label,text\n0,x\n1,y\n1,z\n")
    assert open_captions(tmp_path / "other.csv", open_points(pictures))[0] == ("x", "y", "z")


def test_files_of_one_name_may_share_a_caption(tmp_path, pictures):
    lines = [
        {"file_name": f"{side}/{name}", "text": "one"} for side in ("x", "y") for name in ("a.png", "c.png", "d.png")
    ]
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert open_captions(tmp_path / "c.jsonl", open_points(pictures))[0] == ("one",) * 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([None, "x", "y"], r"but got an empty one for row 0 \(from 0\) in the captions"),
        (["x", "", "y"], r"an empty one for row 1 \(from 0\)"),
        (["x", "y", float("nan")], r"an empty one for row 2 \(from 0\)"),
        ([["x", "y"], "x", "y"], "must be one text, but got a list for row 0"),
        ([True, "x", "y"], "must be one text, but got a bool for row 0"),
        (dict.fromkeys(NAMES), "an empty one for a.png"),
        (b"abc", "captions must be a path, a list of texts, or file names to texts, but got bytes"),
        ({"x", "y", "z"}, "but got set, which holds no texts in an order"),
        (5, "but got int, which holds no texts"),
    ],
)
def test_what_is_no_text_in_memory_is_refused(pictures, given, said):
    with pytest.raises(InvalidInput, match=said):
        open_captions(given, open_points(pictures))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.txt", "x\ny\nz".encode("utf-16-le"), "characters that belong to none for row 0"),
        (
            "c.json",
            json.dumps(dict(zip(NAMES, ("\ud800", "x", "y"), strict=True))),
            "characters that belong to none for a",
        ),
        ("c.json", '{"a.png": "x", "a.png": "y", "b/c.png": "x", "b/d.png": "x"}', "two that differ for a.png in"),
        ("c.jsonl", '{"file_name": "a.png", "text": "x", "text": "y"}', "two that differ for text in"),
        ("c.jsonl", '{"file_name": "a.png", "text": NaN}', "an empty one for a.png"),
        ("c.csv", f"text,{'x' * 200_000}\na,b\n", "captions must be a table"),
    ],
)
def test_damaged_texts_are_one_sentence(tmp_path, pictures, name, text, said):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InvalidInput, match=said) as caught:
        open_captions(tmp_path / name, open_points(pictures))
    assert "\n" not in str(caught.value)


def test_prompts_in_memory_are_texts():
    assert open_prompts(["", "x"]) == (("", "x"), ())
    for given in ([None], 5, {"x"}):
        with pytest.raises(InvalidInput):
            open_prompts(given)
