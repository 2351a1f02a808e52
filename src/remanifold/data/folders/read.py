"""A folder as points: what kind of data lies in it, and which of its files are read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from remanifold._core.errors import refusal
from remanifold._core.files import require_regular_below
from remanifold.data import arrow, zarr_files
from remanifold.data.folders.classes import LABEL_FILE, labels_of
from remanifold.data.folders.listing import Listing, kinds, listing_of, suffix_of
from remanifold.data.folders.parts import require_all_parts, require_one_set
from remanifold.data.folders.shards import Reader, read_shards
from remanifold.data.folders.splits import one_split
from remanifold.data.npy import mapped
from remanifold.data.pictures.decoding import SUFFIXES
from remanifold.data.pictures.stack import PictureStack, Resize, picture_points
from remanifold.data.points import Points
from remanifold.data.tables.columns import EVERYTHING, ColumnChoice
from remanifold.data.watch import FileWatch

_UNREAD_PICTURES = (
    *(
        ".heic",
        ".heif",
        ".avif",
        ".jxl",
        ".jp2",
        ".j2k",
        ".jpf",
        ".jpx",
        ".psd",
        ".exr",
        ".hdr",
        ".svg",
        ".tga",
        ".ico",
    ),
    *(".raw", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".dcm", ".nii", ".pfm", ".qoi", ".pcx", ".sgi"),
    *(".eps", ".pdf", ".mp4", ".mov", ".avi", ".mkv", ".webm"),
)
_ARCHIVES = (".tar", ".tgz", ".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")
_HINTS = {
    ".arrow": "pass the folder that save_to_disk wrote, or save as parquet",
    ".tfrecord": "save the arrays as .npy",
    ".tfrecords": "save the arrays as .npy",
    ".h5": "save the array as .npy",
    ".hdf5": "save the array as .npy",
    ".mat": "save the array as .npy",
    ".pkl": "save the arrays as .npy: pickles can run code and are never loaded",
    ".pickle": "save the arrays as .npy: pickles can run code and are never loaded",
    ".csv": "pass one of the files",
    ".tsv": "pass one of the files",
    ".txt": "pass one of the files",
}
_HINTS |= dict.fromkeys(_ARCHIVES, "unpack it, several into one folder, and pass the folder of pictures or arrays")
_HINTS |= dict.fromkeys(_UNREAD_PICTURES, "convert them to png of 8 bits a channel, or save their numbers as .npy")
_KEYED = "zarr arrays, a Hugging Face data set, parquet files or files of several arrays"


@dataclass(frozen=True)
class FolderOptions:
    """What is asked of a folder; see `remanifold.open_points`.

    Attributes:
        resize: Height and width that pictures are brought to.
        key: Which array or column.
        split: Which split, where several lie in the folder.
        one_row: Whether an array file of a folder is one row.
        pattern: Which files.
        choice: Which columns of tables.
    """

    resize: Resize = None
    key: str | None = None
    split: str | None = None
    one_row: bool | None = None
    pattern: str | None = None
    choice: ColumnChoice = EVERYTHING


def read_folder(folder: Path, asked: FolderOptions, readers: Mapping[str, Reader]) -> Points:
    """Points from the data in ``folder``; ``readers`` of array files by suffix.

    Raises:
        InvalidInput: if there are no data, data of several kinds, or of several splits and none is asked for.
    """
    if asked.pattern is None and any((folder / mark).exists() for mark in zarr_files.MARKS):
        _require_unasked(folder, asked, "resize", "split")
        require_regular_below(folder)
        return zarr_files.read_zarr(folder, asked.key)
    if asked.pattern is None and any((folder / mark).exists() for mark in arrow.HUGGINGFACE_MARKS):
        whole = folder if asked.split is None else folder / asked.split
        if asked.split is not None and not whole.is_dir():
            raise refusal(f"the split must be a folder of {folder}", repr(asked.split), "check it")
        require_regular_below(whole)
        return arrow.read_huggingface(whole, asked.key, asked.resize, asked.choice)
    listing = listing_of(folder, asked.pattern)
    pictures, tables = listing.of(SUFFIXES), listing.of([".parquet"])
    arrays = listing.of(readers)
    if pictures and asked.pattern is None:
        data = any(arrow.has_points(folder / name, len(pictures)) for name in tables)
        tables = tables if data else ()
        few = len(arrays) < len(pictures) and all(_is_at_most(folder / name, len(pictures)) for name in arrays)
        arrays = () if few else arrays
    present = [names for names in (pictures, tables, arrays) if names]
    if not present:
        raise _nothing(listing)
    if len(present) > 1 or len({suffix_of(name) for name in arrays}) > 1:
        ends = sorted({suffix_of(name) for names in present for name in names})
        patterns = " or ".join(f"'{folder}/*{end}'" for end in ends[:3])
        got = f"{kinds(name for names in present for name in names)} in {folder}"
        raise refusal("a folder must hold data of one kind", got, f"pass a pattern of the files meant, {patterns}")
    names = one_split(folder, present[0], asked.split)
    if asked.pattern is None and not pictures:
        require_all_parts(folder, names)
    if tables:
        points = _table(listing, names, asked)
    else:
        points = _pictures(listing, names, asked) if pictures else _arrays(listing, names, asked, readers)
    of_split = () if asked.split is None else (f"files of the split {asked.split}",)
    from_json = (points.record.label_source or "").startswith(LABEL_FILE)
    used = (*names, LABEL_FILE) if from_json else names
    reading = (*of_split, *points.record.reading, *listing.beside(used))
    record = replace(points.record, reading=reading)
    if asked.pattern is not None:
        record = replace(record, source=record.source.replace(str(folder), f"{folder}/{asked.pattern}", 1))
    return points.changed(record=record)


def _require_unasked(folder: Path, asked: FolderOptions, *options: str) -> None:
    words = {
        "resize": "resize is for pictures",
        "key": f"a key is for folders of {_KEYED}",
        "split": "`split` is for folders of several splits",
    }
    for option in options:
        value: Any = getattr(asked, option)
        if value is not None:
            raise refusal(words[option], f"{value!r} for {folder}", "leave it out")


def _is_at_most(array: Path, n_pictures: int) -> bool:
    """Whether a .npy file beside pictures may tell of them: labels, or no more rows than pictures."""
    if array.suffix.lower() != ".npy":
        return False
    shape = mapped(array).shape
    return len(shape) == 1 or (len(shape) > 1 and shape[0] <= n_pictures)


def hint_of(name: str) -> str | None:
    """What to do with a file that is not read, where that is known of its kind."""
    return _HINTS.get(suffix_of(name))


def _nothing(listing: Listing) -> Exception:
    need = "a folder must hold pictures (png, jpg, webp, bmp, gif, tif, ppm), parquet files or arrays (npy, npz, pt, "
    found = kinds(listing.names)
    known = next(filter(None, map(hint_of, listing.names)), "check the path")
    links = f" and {listing.links} links that are not followed" if listing.links else ""
    got = f"{found or 'none'}{links} in {listing.folder}"
    return refusal(f"{need}safetensors)", got, known)


def _table(listing: Listing, names: tuple[str, ...], asked: FolderOptions) -> Points:
    folder = listing.folder
    require_one_set(folder, names, "parquet files", f"or a pattern such as '{folder}/a*'")
    if any("=" in name for name in names):
        got = f"folders such as {next(name for name in names if '=' in name)} in {folder}"
        raise refusal("columns must be in the parquet files", got, "write one table without partitions")
    points = arrow.read_parquet(folder, asked.key, asked.resize, asked.choice, listing.paths(names))
    return points.told((f"{kinds(names)} files",)).watching(FileWatch(folder, live=False, names=names))


def _arrays(listing: Listing, names: tuple[str, ...], asked: FolderOptions, readers: Mapping[str, Reader]) -> Points:
    folder = listing.folder
    _require_unasked(folder, asked, "resize")
    points = read_shards(folder, listing.paths(names), readers[suffix_of(names[0])], asked.key, asked.one_row)
    if not asked.one_row:
        return points
    labels, words = labels_of(folder, names)  # one a file, as of pictures
    told = {"label_source": labels.get("label_source"), "reading": (*points.record.reading, *words)}
    return Points(points.rows, replace(points.record, **told), labels.get("labels"), names, points.files)


def _pictures(listing: Listing, names: tuple[str, ...], asked: FolderOptions) -> Points:
    """Pictures in the order of their paths, mapped to [-1, 1] and kept as uint8."""
    folder = listing.folder
    _require_unasked(folder, asked, "key")
    unread = listing.of(_UNREAD_PICTURES)
    if unread:
        do = f"convert them, or pass a pattern of those meant, such as '{folder}/*{suffix_of(names[0])}'"
        raise refusal("pictures must be png, jpg, webp, bmp, gif, tif or ppm", f"{kinds(unread)} in {folder}", do)
    stack = PictureStack(len(names), asked.resize)
    for name in names:
        stack.add_file(folder / name, str(folder / name))
    labels, words = labels_of(folder, names)
    labels["row_names"] = names
    return picture_points(stack, str(folder), "pictures", (f"{kinds(names)} pictures", *words), **labels)
