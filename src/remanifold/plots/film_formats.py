"""Frames of a film as a file: an animated picture, a video, or a page with a slider."""

import base64
import io
import shutil
import subprocess
from collections.abc import Sequence

from PIL import Image

from remanifold._core.errors import InvalidInput

FORMATS = ("webp", "gif", "mp4", "html")
FRAME, _HELD = 70, 2000  # milliseconds of a frame, and of the last one
_QUALITY = 75


def encoded(frames: Sequence[Image.Image], kind: str, words: Sequence[str], caption: str) -> bytes:
    """The film as a file of ``kind``, one of `FORMATS`.

    Args:
        frames: RGB, of one size.
        kind: What to make; an mp4 needs `video_program`.
        words: What each frame shows, for those who step through a page.
        caption: Title of a page.

    Raises:
        InvalidInput: if the program that makes videos fails.
    """
    if kind == "mp4":
        return _video(frames)
    if kind == "html":
        return _page(frames, words, caption).encode()
    stream = io.BytesIO()
    times = [FRAME] * (len(frames) - 1) + [_HELD]
    options = {"quality": _QUALITY, "method": 4} if kind == "webp" else {"optimize": True}
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], duration=times, loop=0, **options)
    return stream.getvalue()


def video_program() -> str | None:
    """Path of ffmpeg, which makes videos; None where it is not installed."""
    return shutil.which("ffmpeg")


def _video(frames: Sequence[Image.Image]) -> bytes:
    """H.264 at even sides, as browsers and slides play it; the last frame is held."""
    width, height = (side - side % 2 for side in frames[0].size)
    rate = ("-framerate", f"{1000 / FRAME:.6g}")
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", *rate, "-i", "pipe:0")
    made = ("-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-threads", "1")
    whole = ("-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "pipe:1")  # a pipe cannot be gone back in
    held = [frames[-1]] * (_HELD // FRAME)
    pixels = b"".join(frame.crop((0, 0, width, height)).tobytes() for frame in [*frames, *held])
    command = [video_program() or "ffmpeg", "-hide_banner", "-loglevel", "error", *raw, *made, *whole]
    try:
        return subprocess.run(command, input=pixels, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"").decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else str(error)
        raise InvalidInput(
            f"an .mp4 must be made by ffmpeg with libx264, but got: {reason.rstrip('.')}; write a .webp."
        ) from error


def _page(frames: Sequence[Image.Image], words: Sequence[str], caption: str) -> str:
    from remanifold.plots.page.render import render

    pictures = []
    for frame in frames:
        stream = io.BytesIO()
        frame.save(stream, "webp", quality=_QUALITY, method=4)
        pictures.append(f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}")
    shown = {"pictures": pictures, "words": list(words), "caption": caption, "frame": FRAME, "size": frames[0].size}
    return render("remanifold.plots.page", "film.html.j2", **shown)
