"""Makes the seeds of the fuzz targets that need other people's writers: python fuzz/make_seeds.py (numpy, scipy, Pillow)."""

import gzip
import io
import lzma
import pathlib
import tarfile
import wave

import numpy
from PIL import Image
from scipy.io import savemat

SEEDS = pathlib.Path(__file__).parent / "seeds"


def put(target, name, data):
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def written(f):
    out = io.BytesIO()
    f(out)
    return out.getvalue()


record = bytes([3]) + bytes(i % 7 for i in range(3072))
put("cifar", "batch", record)
put("cifar", "batch.gz", gzip.compress(record, mtime=0))
put("cifar", "batch.xz", lzma.compress(record))


def archive(out):
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=9) as tar:
        for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(record)
            tar.addfile(info, io.BytesIO(record))


put("cifar", "all.tar.gz", written(archive))

faces = {"images": numpy.arange(8, dtype=numpy.uint8).reshape(2, 2, 2), "folds": numpy.array([[1.0, 2.0], [0.5, -1.0]])}
put("mat", "plain.mat", written(lambda out: savemat(out, faces)))
put("mat", "compressed.mat", written(lambda out: savemat(out, faces, do_compression=True)))

images = numpy.arange(12, dtype=numpy.float32).reshape(3, 2, 2)
put("npy", "floats.npy", written(lambda out: numpy.save(out, images)))
put("npy", "columns.npy", written(lambda out: numpy.save(out, numpy.asfortranarray(images.astype(numpy.uint8)))))
put("npy", "stored.npz", written(lambda out: numpy.savez(out, images=images, labels=numpy.arange(3))))
put("npy", "deflated.npz", written(lambda out: numpy.savez_compressed(out, images=images, labels=numpy.arange(3))))


def sound(channels, width):
    def write(out):
        with wave.open(out, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(width)
            file.setframerate(11025)
            file.writeframes(bytes(range(channels * width * 8)))

    return written(write)


put("wav", "mono16.wav", sound(1, 2))
put("wav", "stereo24.wav", sound(2, 3))
put("wav", "mono8.wav", sound(1, 1))

y, x = numpy.mgrid[0:8, 0:8]
colour = Image.fromarray(numpy.stack([x * 30, y * 30, 200 - x * 10], axis=2).astype(numpy.uint8))
put("picture", "colour.png", written(lambda out: colour.save(out, "PNG")))
put("picture", "palette.png", written(lambda out: colour.quantize(4).save(out, "PNG")))
put("picture", "transparent.png", written(lambda out: colour.convert("RGBA").save(out, "PNG")))
put("picture", "colour.jpg", written(lambda out: colour.save(out, "JPEG")))
put("picture", "progressive.jpg", written(lambda out: colour.save(out, "JPEG", progressive=True)))
put("picture", "grey.jpg", written(lambda out: colour.convert("L").save(out, "JPEG")))

put("captions", "captions.tsv", "ant.png\tan ant\nbee.png\ta bee\tinsects\r\nöl.png\tÖl\n".encode())
