"""Pictures as the loader of a network sees them: bits a channel, orientation, modes, frames, and what is no picture."""

import io
import random
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from remanifold import InvalidInput
from remanifold.data import open_points
from remanifold.data.pictures.decoding import decode_file


def png(pixels, size=None):
    """A PNG of (H, W, C) uint8 or uint16, whose header may name another size."""
    height, width, channels = pixels.shape
    bits = 8 * pixels.dtype.itemsize
    lines = b"".join(b"\0" + row.astype(pixels.dtype.newbyteorder(">")).tobytes() for row in pixels)

    def part(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", *(size or (width, height)), bits, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")


def tiff(pixels):
    """An uncompressed TIFF of (H, W, C), C 1 or 3."""
    height, width, channels = pixels.shape
    content, bits = pixels.tobytes(), 8 * pixels.dtype.itemsize
    form = {"u": 1, "f": 3}[pixels.dtype.kind]
    end = 8 + 2 + 12 * 10 + 4
    lists = struct.pack(f"<{2 * channels}H", *([bits] * channels), *([form] * channels))
    several = channels > 1
    tags = [
        *((256, 3, 1, width), (257, 3, 1, height), (258, 3, channels, end if several else bits), (259, 3, 1, 1)),
        *((262, 3, 1, 2 if several else 1), (273, 4, 1, end + len(lists)), (277, 3, 1, channels), (278, 3, 1, height)),
        *((279, 4, 1, len(content)), (339, 3, channels, end + 2 * channels if several else form)),
    ]
    words = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + words + struct.pack("<I", 0) + lists + content


def saved(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


RNG = np.random.default_rng(0)
DEEP = {f"png of {c}": png(RNG.integers(0, 2**16, (4, 4, c), dtype=np.uint16)) for c in (1, 2, 3, 4)}
DEEP |= {f"tif of {c}": tiff(RNG.integers(0, 2**16, (4, 4, c), dtype=np.uint16)) for c in (1, 3)}
DEEP |= {f"float tif of {c}": tiff(RNG.random((4, 4, c), dtype=np.float32)) for c in (1, 3)}
DEEP |= {"ppm": b"P6 4 4 1023\n" + bytes(96), "pgm": b"P5 4 4 4095\n" + bytes(32), "plain ppm": b"P3 1 1 1000\n1 2 3\n"}


@pytest.fixture
def as_source(tmp_path):
    """Contents of picture files -> a folder, a parquet file, or a Hugging Face data set of them."""

    def make(contents, form, ending="png"):
        if form == "folder":
            folder = tmp_path / "pictures"
            folder.mkdir()
            for i, content in enumerate(contents):
                (folder / f"{i}.{ending}").write_bytes(content)
            return folder
        rows = [{"bytes": content, "path": None} for content in contents]
        if form == "parquet":
            arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
            parquet.write_table(arrow.table({"image": rows}), tmp_path / "x.parquet")
            return tmp_path / "x.parquet"
        datasets = pytest.importorskip("datasets")
        return datasets.Dataset.from_dict({"image": rows}, features=datasets.Features({"image": datasets.Image()}))

    return make


@pytest.mark.parametrize("form", ["folder", "parquet", "huggingface"])
@pytest.mark.parametrize("name", DEEP)
def test_more_than_eight_bits_are_refused_and_never_cut(as_source, form, name):
    with pytest.raises(InvalidInput, match=r"8 bits.*(pass an array|remove it)"):
        open_points(as_source([DEEP[name]] * 3, form))


def test_five_and_six_bits_and_fewer_are_read(tmp_path):
    rows = RNG.integers(0, 256, (4, 4, 2), dtype=np.uint8).tobytes()
    head = struct.pack("<IiiHHIIiiIIIII", 40, 4, -4, 1, 16, 3, len(rows), 0, 0, 0, 0, 0xF800, 0x7E0, 0x1F)
    for i in range(3):
        (tmp_path / f"{i}.bmp").write_bytes(b"BM" + struct.pack("<IHHI", 66 + len(rows), 0, 0, 66) + head + rows)
    assert open_points(tmp_path).shape == (3, 4, 4)


def test_open_pictures_are_looked_at_before_they_are_decoded():
    with pytest.raises(InvalidInput, match="8 bits a channel, but got mode RGB of 16 bits in item 0 of list"):
        open_points([Image.open(io.BytesIO(DEEP["png of 3"])) for _ in range(3)])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_as_the_datasets_library_does(as_source, kind, orientation):
    pytest.importorskip("datasets")
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.fromarray(RNG.integers(0, 256, (4, 6, 3), dtype=np.uint8))
    content = saved(picture, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    seen = np.asarray(as_source([content], "huggingface")[0]["image"])
    for form in ("parquet", "huggingface", "folder"):
        points = open_points(as_source([content] * 3, form, kind.lower()))
        assert np.array_equal(np.moveaxis(points.stored(0, 1)[0], 0, 2), seen)
        assert ("3 turned as their EXIF orientation says" in points.record.preprocessing) == (orientation > 1)


def test_a_list_of_pictures_is_turned_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    content = saved(Image.fromarray(RNG.integers(0, 256, (4, 6, 3), dtype=np.uint8)), "PNG", exif=exif)
    assert open_points([Image.open(io.BytesIO(content)) for _ in range(3)]).shape == (3, 6, 4)


def test_a_broken_orientation_is_none(as_source):
    picture = Image.fromarray(RNG.integers(0, 256, (4, 6, 3), dtype=np.uint8))
    content = saved(picture, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff")
    points = open_points(as_source([content] * 3, "folder", "jpg"))
    assert points.record.preprocessing == "RGB pictures; channels first; 0..255 mapped to [-1, 1]"


MODES = [
    *(("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("RGBA", "WEBP"), ("P", "GIF")),
    *(("CMYK", "JPEG"), ("CMYK", "TIFF"), ("YCbCr", "JPEG"), ("L", "JPEG"), ("RGBA", "TIFF"), ("1", "TIFF")),
]


@pytest.mark.parametrize(("mode", "kind"), MODES)
def test_every_mode_is_what_convert_makes_of_it(as_source, mode, kind):
    picture = Image.fromarray(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8)).convert(mode)
    content, colour = saved(picture, kind), png(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    points = open_points(as_source([content, colour, colour], "folder"))
    with Image.open(io.BytesIO(content)) as seen:
        assert np.array_equal(np.moveaxis(points.stored(0, 1)[0], 0, 2), np.asarray(seen.convert("RGB")))


def test_dropped_transparency_is_said(as_source):
    picture = Image.fromarray(RNG.integers(0, 256, (4, 4, 4), dtype=np.uint8), "RGBA")
    contents = [saved(picture, "PNG"), saved(picture.convert("LA"), "PNG"), saved(picture.convert("RGB"), "PNG")]
    words = open_points(as_source(contents, "folder")).record.preprocessing
    assert words.startswith("LA, RGBA converted to RGB; transparency of 2 dropped; ")


def test_pillow_warns_of_nothing_beside_us(as_source):
    palette = Image.new("P", (4, 4))
    palette.info["transparency"] = bytes(range(256))
    large = saved(Image.new("1", (10_000, 10_000)), "PNG")  # Pillow warns of a bomb from 89 million pixels
    assert open_points(as_source([saved(palette, "PNG", transparency=bytes(256))] * 2 + [large], "folder"), resize=4)


def test_libtiff_says_nothing_by_itself(as_source, capfd):
    content = bytearray(
        saved(Image.fromarray(RNG.integers(0, 256, (8, 8), dtype=np.uint8)), "TIFF", compression="tiff_lzw")
    )
    content[8:40] = bytes(range(200, 232))  # codes that are in no table
    with pytest.raises(InvalidInput, match="cannot be decoded"):
        open_points(as_source([bytes(content)] * 3, "folder", "tif"))
    print("heard", file=sys.stderr)
    assert capfd.readouterr() == ("", "heard\n")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM"])
def test_damaged_files_are_read_or_refused_in_one_sentence(kind):
    draw = random.Random(kind)
    options = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    whole = saved(Image.fromarray(RNG.integers(0, 256, (12, 12, 3), dtype=np.uint8)), kind, **options)
    for _ in range(200):
        content = bytearray(whole if draw.random() < 0.8 else whole[: draw.randrange(1, len(whole))])
        for _ in range(draw.choice([1, 2, 5])):
            place = draw.randrange(min(len(content), draw.choice([40, 200, len(content)])))
            content[place] = draw.choice([0, 1, 127, 255, draw.randrange(256)])
        try:
            decoded = decode_file(bytes(content), "x")
        except InvalidInput as error:
            assert str(error).endswith(".") and "\n" not in str(error)
        else:
            assert decoded.plain.mode in ("L", "RGB")


@pytest.mark.parametrize("form", ["folder", "parquet", "huggingface"])
def test_a_picture_of_billions_of_pixels_is_refused_from_its_header(as_source, form):
    bomb = png(np.zeros((1, 1, 3), np.uint8), size=(60_000, 60_000))
    with pytest.raises(
        InvalidInput, match=r"at most \d+ pixels, but got .*, whose header names more; shrink or remove"
    ):
        open_points(as_source([bomb] * 3, form))


def test_the_mode_that_a_data_set_asks_for_is_applied():
    datasets = pytest.importorskip("datasets")
    rows = [{"bytes": png(RNG.integers(0, 256, (4, 4, 3), dtype=np.uint8)), "path": None}] * 3
    features = datasets.Features({"image": datasets.Image(mode="L")})
    data = datasets.Dataset.from_dict({"image": rows}, features=features)
    assert np.array_equal(open_points(data).stored(0, 1)[0, 0], np.asarray(data[0]["image"]))


def test_pages_of_a_tif_are_refused_and_frames_of_a_gif_are_said(tmp_path):
    frames = [Image.new("L", (4, 4), grey) for grey in (10, 100, 200)]
    for i in range(3):
        (tmp_path / f"{i}.gif").write_bytes(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert "first frame of 3 animations, their other frames left out" in open_points(tmp_path).record.preprocessing
    (tmp_path / "0.tif").write_bytes(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    with pytest.raises(InvalidInput, match=r"a tif must hold one picture, but got several pages in .*0.tif; save each"):
        open_points(tmp_path)


@pytest.mark.parametrize("kind", ["EPS", "JPEG2000", "TGA"])
def test_formats_that_are_not_read_are_refused_whatever_they_are_called(as_source, kind):
    """Pillow reads EPS by running a program."""
    content = saved(Image.new("RGB", (16, 16), (1, 2, 3)), kind)
    for form in ("parquet", "folder"):
        with pytest.raises(InvalidInput, match=r"cannot be decoded; convert it to png of 8 bits"):
            open_points(as_source([content] * 3, form))
