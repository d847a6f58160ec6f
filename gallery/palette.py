"""Pictures of few colours as small PNG files: a palette instead of three bytes a point."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

MOST_COLOURS = 256


def indexed_png(pixels: Pixels) -> bytes:
    """Return a PNG with at most 256 colours.

    Parameters
    ----------
    pixels : uint8, shape (height, width, 3)
        Red, green and blue.

    Notes
    -----
    The most frequent colours stay as they are, and every other takes the nearest of them: in a drawing of flat areas
    those others are the soft edges of lines and letters. Source of the format: PNG Specification, W3C, 3rd edition.
    """
    height, width, _ = pixels.shape
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    colours, which, counts = np.unique(packed.ravel(), return_inverse=True, return_counts=True)
    kept = np.argsort(-counts, kind="stable")[:MOST_COLOURS]
    palette = _rgb(colours[kept])
    index = _nearest(_rgb(colours), palette)[which].reshape(height, width)
    # Each line begins with its filter, 0: none. Filters are for gradients, and here they only cost.
    lines = np.concatenate([np.zeros((height, 1), dtype=np.uint8), index], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _rgb(packed: npt.NDArray[np.uint32]) -> npt.NDArray[np.int32]:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.int32)


def _nearest(colours: npt.NDArray[np.int32], palette: npt.NDArray[np.int32]) -> Pixels:
    found = np.empty(len(colours), dtype=np.uint8)
    for start in range(0, len(colours), 4096):  # a block at a time: all at once would take gigabytes of a photograph
        part = colours[start : start + 4096, None, :] - palette[None, :, :]
        found[start : start + 4096] = (part * part).sum(axis=2).argmin(axis=1)
    return found


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
