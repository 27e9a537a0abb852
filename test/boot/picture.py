"""Pictures that the tests look at: PNGs as we write them."""
import struct
import zlib


def read_png(path):
    """(width, height, RGB bytes)"""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + length:][:4])[0]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert (depth, colour) == (8, 2)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    lines = zlib.decompress(packed)
    stride = 1 + 3 * width
    assert len(lines) == stride * height
    return width, height, b"".join(lines[n * stride + 1:(n + 1) * stride] for n in range(height))


def part(picture, left, top, width, height):
    """The same of a rectangle."""
    whole, _, pixels = picture
    lines = range(top, top + height)
    return width, height, b"".join(pixels[3 * (y * whole + left):][:3 * width] for y in lines)


def colours(picture):
    """{(red, green, blue): how many pixels}"""
    counts = {}
    for pixel in struct.iter_unpack("3B", picture[2]):
        counts[pixel] = counts.get(pixel, 0) + 1
    return counts
