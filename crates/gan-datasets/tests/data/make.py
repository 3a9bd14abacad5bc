"""Makes the .xz files beside it, for tests of the readers: Rust's decoder has not made them.

python3 make.py
"""

import lzma
import struct
import zlib
from pathlib import Path

here = Path(__file__).parent
GOLDEN = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 255, 254, 253, 252, 251, 250])


def idx(*dims):
    return bytes([0, 0, 8, len(dims)]) + b"".join(struct.pack(">I", dim) for dim in dims)


def hungry(stream):
    """The same stream, asking for a dictionary of 4 GiB - 1, with a right sum of its header."""
    size = (stream[12] + 1) * 4
    header = bytearray(stream[12 : 12 + size - 4])
    assert header[2] == 0x21 and header[3] == 1, "LZMA2 with one byte of properties"
    header[4] = 40
    return stream[:12] + header + struct.pack("<I", zlib.crc32(header)) + stream[12 + size :]


# two pictures of 32 x 32 x 3 in planes: pixel p of plane c of picture n is 16 n + 64 c + p // 32
records = b"".join(bytes([3 + n]) + bytes(16 * n + 64 * c + p // 32 for c in range(3) for p in range(1024)) for n in range(2))

files = {
    "golden.idx.xz": lzma.compress(GOLDEN),
    "long.idx.xz": lzma.compress(GOLDEN + b"\0"),
    "cut.idx.xz": lzma.compress(GOLDEN[:20]),
    "lie.idx.xz": lzma.compress(idx(1 << 10, 1 << 10, 1 << 10)),
    "absurd.idx.xz": lzma.compress(idx(1 << 31, 1 << 31, 4)),
    "bomb.idx.xz": lzma.compress(idx(2, 3, 2) + bytes(64 << 20)),
    "hungry.idx.xz": hungry(lzma.compress(GOLDEN)),
    "records.bin.xz": lzma.compress(records),
}
for name, data in files.items():
    (here / name).write_bytes(data)
    print(name, len(data))
