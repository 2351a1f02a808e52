"""Folders as kohya's scripts, diffusers', SimpleTuner's and img2dataset write them: read as they train, or refused."""

import json

import pytest

from remanifold import InvalidInput
from remanifold.data import open_points
from remanifold.data.captions.open import open_captions
from remanifold.data.captions.prompts import open_prompts

NAMES = ("a.png", "b/c.png", "b/d.png")
TEXTS = ("a red dog, big", "the cat", "007")
IN_DISORDER = (2, 0, 1)


@pytest.fixture
def pictures(make_pictures):
    return make_pictures(dict.fromkeys(NAMES, ("RGB", (4, 4))))[0]


def lines(mark, form=lambda name: name, quote=""):
    """Name and caption of each picture on a line, not in the order of the rows."""
    return "".join(f"{form(NAMES[k])}{mark}{quote}{TEXTS[k]}{quote}\n" for k in IN_DISORDER)


def last(name):
    return name.rpartition("/")[2]


def stem(name):
    return last(name).removesuffix(".png")


def table(**columns):
    """The same as JSONL, columns made of (name, text)."""
    rows = [{key: make(NAMES[k], TEXTS[k]) for key, make in columns.items()} for k in IN_DISORDER]
    return "\n".join(json.dumps(row) for row in rows)


def name_of(name, _):
    return name


def text_of(_, text):
    return text


PLAIN = {"file_name": name_of, "text": text_of}
BY_NAME = {  # read as the trainer that wrote it trains
    "tab.txt": lines("\t"),
    "comma.txt": lines(", "),
    "colon.txt": lines(": "),
    "two spaces.txt": lines("  "),
    "one space.txt": lines(" "),
    "semicolon.txt": lines(";"),
    "bar.txt": lines(" | "),
    "dash.txt": lines(" - "),
    "quoted.txt": lines(",", quote='"'),
    "names alone.txt": lines("\t", last),
    "other folder.txt": lines("\t", lambda name: f"/data/my set/{last(name)}"),
    "backslashes.txt": lines("\t", lambda name: "C:\\set\\" + last(name)),
    "stems and tab.txt": lines("\t", stem),
    "upper case.txt": lines("\t", lambda name: name.replace(".png", ".PNG")),
    "jpg.txt": lines("\t", lambda name: name.replace(".png", ".jpg")),
    "flickr.txt": lines("\t", lambda name: f"{name}#0"),
    "header.txt": "image,caption\n" + lines(",", quote='"'),
    "crlf.txt": lines("\t").replace("\n", "\r\n"),
    "bom.txt": "\ufeff" + lines("\t"),
    "utf16.txt": lines("\t").encode("utf-16"),
    "bom.jsonl": "\ufeff" + table(**PLAIN),
    "bom.csv": "\ufefffile_name,text\n" + lines(",", quote='"'),
    "utf16.csv": ("file_name,text\n" + lines(",", quote='"')).encode("utf-16"),
    "blank after comma.csv": "file_name, text\n" + lines(', "')[:-1].replace("\n", '"\n') + '"\n',
    "extra columns.jsonl": table(**PLAIN, width=lambda *_: 4, seed=lambda name, _: len(name)),
    "backslashes.jsonl": table(**PLAIN | {"file_name": lambda name, _: name.replace("/", "\\")}),
    "absolute.jsonl": table(**PLAIN | {"file_name": lambda name, _: f"/data/set/{name}"}),
    "doubled.jsonl": f"{table(**PLAIN)}\n{table(**PLAIN)}",
    "blank lines.jsonl": table(**PLAIN).replace("\n", "\n\n") + "\n\n",
    "kohya.json": json.dumps({stem(name): {"caption": text} for name, text in zip(NAMES, TEXTS, strict=True)}),
    "lower.json": json.dumps(dict(zip(map(str.lower, NAMES), TEXTS, strict=True))),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_names_are_names_however_they_are_written(tmp_path, pictures, name):
    content = BY_NAME[name]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    captions, words = open_captions(tmp_path / name, open_points(pictures))
    assert captions == TEXTS and "matched by file name" in words[0]
    if name.endswith(".txt") and name != "header.txt":
        assert words[1] == "lines are file names and captions"


def test_names_of_both_sides_on_lines(make_pictures):
    folder, _ = make_pictures({f"{side}/{side}{k}.png": ("L", (4, 4)) for side in "th" for k in range(3)})
    (folder / "c.txt").write_text("".join(f"{side}{k}.png\t{side} {k}\n" for side in "ht" for k in range(3)))
    captions, words = open_captions(folder / "c.txt", open_points(folder / "t"))
    assert captions == ("t 0", "t 1", "t 2") and words[0].endswith(
        "matched by file name; 3 more names there, of no picture"
    )


REFUSED = {
    "half.txt": (lines("\t")[:-1] + "\nno name", "must begin with the name of a picture, or none, but got b/d.png"),
    "words.txt": (
        lines(", ", stem).replace("007", "x"),
        "must not begin with the names of their pictures, but got 'd'",
    ),
    "numbered.txt": (lines(": ", stem), "must not begin with the names of their pictures"),
    "no caption.txt": ("a.png\nc.png\nd.png\n", "an empty one for a.png"),
    "one without.txt": ("a.png\tx\nc.png\t\nd.png\ty\n", "an empty one for c.png"),
    "five a picture.txt": (
        "a.png#0\tx\na.png#1\ty\nc.png\tz\nd.png\tz\n",
        "must have one caption, but got two that differ",
    ),
    "one missing.txt": ("a.png\tx\nc.png\ty\n", r"every row \(3\) must have its caption by name, but got 1 without"),
    "names.json": (json.dumps(["a.png, x", "c.png, y", "d.png, z"]), "must not begin with the names of their pictures"),
    "names.csv": ("text\na.png x\nc.png y\nd.png z\n", "must not begin with the names of their pictures"),
    "name last.txt": (
        "x\ta.png\ny\tc.png\nz\td.png\n",
        "must not hold the names of their pictures, but got such names within 3",
    ),
    "markdown.txt": ("![x](a.png) x\n![y](c.png) y\n![z](d.png) z", "must not hold the names of their pictures"),
    "index.txt": ("0\tx\n1\ty\n2\tz\n", "must not begin with the numbers of their rows"),
    "list.txt": ("1. x\n2. y\n3. z\n", "must not begin with the numbers of their rows"),
    "index.csv": (
        "id,text\n2,x\n0,y\n1,z\n",
        "must stand in the order of the rows, but got the order of their numbers broken",
    ),
    "latin.txt": ("a.png\tcafé\n".encode("latin-1"), "captions must be UTF-8 text"),
    "empty.jsonl": (table(**PLAIN | {"text": lambda *_: ""}), "an empty one for b/d.png"),
    "two.jsonl": (f'{table(**PLAIN)}\n{{"file_name": "a.png", "text": "y"}}', "two that differ for a.png"),
    "dot.jsonl": (f'{table(**PLAIN)}\n{{"file_name": "./a.png", "text": "y"}}', "two that differ for a"),
    "two.csv": ("file_name,text\na.png,x\na.png,y\nb/c.png,z\nb/d.png,z\n", "two that differ for a.png"),
    "none.jsonl": ("", "must hold objects with a file name"),
    "empty.txt": ("", "an empty one for row 0"),
    "no names.parquet": (b"PAR1", "parquet"),
    "coco.json": (
        json.dumps({"images": [{"id": 1}], "annotations": [{"caption": "x"}]}),
        "must be one text, but got a list",
    ),
    "llava.json": (json.dumps([{"image": "a.png", "conversations": []}]), "must have a column named one of text"),
    "pandas.json": (
        json.dumps({"file_name": {"0": "a.png"}, "text": {"0": "x"}}),
        "must have its caption, but got an empty",
    ),
    "flickr30k.csv": ("image_name| comment_number| comment\na.png| 0| x\n", "must have a column named one of text"),
    "no header.csv": ("a.png,x\nc.png,y\nd.png,z\n", "must have a column named one of text"),
    "key.jsonl": (
        table(key=lambda name, _: stem(name), caption=text_of),
        "that is called file_name, but got them in the column key",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_may_mean_two_things_is_refused(tmp_path, pictures, name):
    content, said = REFUSED[name]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidInput, match=said) as caught:
        open_captions(tmp_path / name, open_points(pictures))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        ("a photo of logo.png, blue", "x", "y"),  # a file that is no row
        ("a, b", "x, y", "z, w"),  # one that begins as a row does
        ("a dog", "a cat", "two birds"),
        ("1 girl", "2 girls", "3 girls"),
        ("5: one", "2: two", "3: three"),
    ],
)
def test_captions_that_only_look_so_stand_in_the_order_of_the_rows(tmp_path, pictures, texts):
    (tmp_path / "c.txt").write_text("\n".join(texts))
    captions, words = open_captions(tmp_path / "c.txt", open_points(pictures))
    assert captions == texts and words == (f"captions of {tmp_path / 'c.txt'} stand in the order of the rows",)
    (tmp_path / "c.csv").write_text("text\n" + "".join(f'"{text}"\n' for text in texts))
    assert open_captions(tmp_path / "c.csv", open_points(pictures))[0] == texts


def test_words_that_are_names_too_can_be_said_to_be_captions(tmp_path, pictures):
    """The way out of the refusal: a table with text alone."""
    (tmp_path / "c.csv").write_text('text\n"a, big"\n"c, small"\n"d, red"\n')
    assert open_captions(tmp_path / "c.csv", open_points(pictures))[0] == ("a, big", "c, small", "d, red")


def test_which_column_and_what_was_joined_is_said(tmp_path, pictures):
    points = open_points(pictures)
    (tmp_path / "c.jsonl").write_text(table(**PLAIN, tags=lambda *_: "dog", prompt=text_of))
    captions, words = open_captions(tmp_path / "c.jsonl", points)
    assert captions == TEXTS and words[1] == "column text, not used: tags"
    assert open_captions(f"{tmp_path}/c.jsonl::tags", points)[0] == ("dog",) * 3
    kohya = {name: {"caption": text, "tags": "x, y"} for name, text in zip(NAMES, TEXTS, strict=True)}
    (tmp_path / "meta.json").write_text(json.dumps(kohya))
    captions, words = open_captions(tmp_path / "meta.json", points)
    assert captions == tuple(f"{text}, x, y" for text in TEXTS) and words[1].startswith("caption and tags joined")
    assert open_captions(f"{tmp_path}/meta.json::caption", points)[0] == TEXTS
    with pytest.raises(InvalidInput, match="must be in a column of their own, but got file_name of"):
        open_captions(f"{tmp_path}/c.jsonl::file_name", points)
    for place, said in {
        "c.txt": "for tables",
        "l.json": "for tables",
        "m.json": "for tables",
        "": "that of a table",
    }.items():
        content = {"c.txt": "x\ny\nz", "l.json": '["x", "y", "z"]', "m.json": '{"a": "x", "c": "y", "d": "z"}'}.get(
            place
        )
        if content:
            (tmp_path / place).write_text(content)
        with pytest.raises(InvalidInput, match=said):
            open_captions(f"{tmp_path / place}::caption", points)


def test_numbers_for_names_are_said_to_be_none(tmp_path, pictures):
    (tmp_path / "c.json").write_text(json.dumps({str(k): text for k, text in enumerate(TEXTS)}))
    captions, words = open_captions(tmp_path / "c.json", open_points(pictures))
    assert captions == TEXTS and words[0].endswith("stand in the order of the rows, whatever their names")


def test_numbers_of_names_with_zeros_are_names(make_pictures):
    folder, _ = make_pictures({f"{k:06d}.jpg": ("L", (4, 4)) for k in (7, 42, 139)})
    points = open_points(folder)
    for name, text in {
        "c.txt": "42\tx\n7\ty\n139\tz\n",
        "c.jsonl": "\n".join(json.dumps({"image_id": k, "caption": "x"}) for k in (42, 7, 139)),
    }.items():
        (folder.parent / name).write_text(text)
        with pytest.raises(InvalidInput, match=r"captions with names must be|names of files must be in"):
            open_captions(folder.parent / name, points)


# Beside the pictures


def write(folder, ending=".txt", texts=TEXTS, names=NAMES):
    for name, text in zip(names, texts, strict=True):
        content = text if isinstance(text, bytes) else text.encode()
        (folder / name).with_suffix(ending).write_bytes(content)


@pytest.mark.parametrize("ending", [".txt", ".caption", ".TXT"])
def test_a_file_beside_each_picture(pictures, ending):
    write(pictures, ending, ("\ufeff" + TEXTS[0], TEXTS[1].encode("utf-16"), f"{TEXTS[2]}\r\nmore\r\n"))
    for name in ("README.txt", "LICENSE.txt", "requirements.txt", "b/00000_stats.json"):
        (pictures / name).write_text("numpy==1.0")
    captions, words = open_captions(None, open_points(pictures))
    assert captions == TEXTS
    assert words == (
        f"captions from the {ending} file beside each picture; the first line of each; 1 of 3 have more lines",
    )
    prompts, told = open_prompts(pictures)
    assert prompts == TEXTS and told[0] == "3 different prompts of 3 captions"
    assert told[2] == "left out in the folder: 3 .txt, 1 .json"


def test_pictures_that_share_their_caption_are_said(make_pictures):
    folder, _ = make_pictures(dict.fromkeys(("a.jpg", "a.png", "b.png"), ("RGB", (4, 4))))
    write(folder, names=("a.png", "b.png"), texts=("x", "y"))
    captions, words = open_captions(None, open_points(folder))
    assert captions == ("x", "x", "y") and words[0].endswith("1 more pictures than files: a.jpg and a.png share a.txt")
    assert open_prompts(folder)[0] == ("x", "y")


def test_two_captions_of_a_picture_that_differ_are_refused(pictures):
    write(pictures)
    write(pictures, ".caption")
    assert open_captions(None, open_points(pictures))[0] == TEXTS
    (pictures / "a.caption").write_text("another")
    for read in (lambda: open_captions(None, open_points(pictures)), lambda: open_prompts(pictures)):
        with pytest.raises(InvalidInput, match=r"one caption, but got two that differ in .*a\.txt and .*a\.caption"):
            read()
    (pictures / "a.caption").unlink()
    rows = [{"file_name": name, "text": text} for name, text in zip(NAMES, TEXTS, strict=True)]
    (pictures / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert open_captions(None, open_points(pictures))[0] == open_prompts(pictures)[0] == TEXTS
    rows[1]["text"] = "of the table"
    (pictures / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for read in (lambda: open_captions(None, open_points(pictures)), lambda: open_prompts(pictures)):
        with pytest.raises(InvalidInput, match=r"two that differ for b/c\.png in .*metadata\.jsonl and .*c\.txt"):
            read()
    assert open_captions(pictures / "metadata.jsonl", open_points(pictures))[0][1] == "of the table"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"README.txt": "x", "b/p.txt": "y"}, "must hold pictures with captions, but got .* with 3 .png, 2 .txt"),
        ({"a.txt": "x"}, r"none in .*c\.txt \(2 of 3 missing\)"),
        ({"a.txt": "x", "b/c.txt": " \n", "b/d.txt": "z"}, r"an empty first line in .*c\.txt"),
        ({"a.txt": "x", "b/c.txt": b"caf\xe9", "b/d.txt": "z"}, r"UTF-8 text, but got something else in .*c\.txt"),
        ({"metadata.csv": "text\nx\n"}, "metadata.csv must name files"),
    ],
)
def test_folders_of_prompts_that_do_not_tell(pictures, files, said):
    for name, content in files.items():
        (pictures / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidInput, match=said):
        open_prompts(pictures)


def test_prompts_of_a_table_of_a_folder_say_what_it_lacks(pictures):
    rows = [{"file_name": "a.png", "text": "x"}, {"file_name": "gone.png", "text": "y"}]
    (pictures / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    prompts, told = open_prompts(pictures)
    assert prompts == ("x", "y")
    assert told[1:4] == (
        "prompts of metadata.jsonl",
        "pictures without a name there: 2",
        "names there without a picture: 1",
    )


def test_prompts_of_a_file_lose_the_names_before_them(tmp_path):
    (tmp_path / "p.txt").write_text("a.png\tone\nb.png\ttwo\n")
    assert open_prompts(tmp_path / "p.txt") == (
        ("one", "two"),
        ("2 different prompts of 2 captions", "lines are file names and captions"),
    )
    (tmp_path / "p.txt").write_text("a.png\tone\ntwo\n")
    with pytest.raises(InvalidInput, match="must begin with the name of a picture, or none"):
        open_prompts(tmp_path / "p.txt")
    (tmp_path / "p.txt").write_text("a photo of logo.png on a wall\ntwo\n")
    assert open_prompts(tmp_path / "p.txt")[0] == ("a photo of logo.png on a wall", "two")
