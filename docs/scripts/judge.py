"""An independent judge of generated digits: a classifier of scikit-learn, trained on all of MNIST's training set.

    gan sample runs/digits-1 -n 1000 --seed 5 --npy samples.npy
    GAN_DATA=folder-with-mnist python judge.py samples.npy        # needs numpy and scikit-learn

Prints the share of samples of which it is sure (probability above .9), the share of each class among its verdicts, and
the median Euclidean distance of a sample to the nearest of the 4,500 digits that `gan train` learns from, beside that of
the 500 digits that it does not see.
"""

import gzip
import os
import sys

import numpy as np
from sklearn.neural_network import MLPClassifier

HERE = os.path.dirname(os.path.abspath(__file__))
EMBEDDED = os.path.join(HERE, "..", "..", "crates", "gan-datasets", "data", "digits-images-idx3-ubyte.gz")
FOLDER = os.path.join(os.environ["GAN_DATA"], "mnist")


def idx(name, header):
    """The bytes behind the header of a file; an absolute name stands for itself."""
    with gzip.open(os.path.join(FOLDER, name)) as f:
        return np.frombuffer(f.read(), np.uint8, offset=header)


def images(name):
    return idx(name, 16).reshape(-1, 784) / 255.0


def nearest(x, reference):
    """Euclidean distance of each row to the nearest row of the reference."""
    squares = (x**2).sum(1)[:, None] + (reference**2).sum(1)[None] - 2 * x @ reference.T
    return np.sqrt(np.maximum(squares, 0)).min(1)


judge = MLPClassifier((256, 128), max_iter=12, random_state=0)
judge.fit(images("train-images-idx3-ubyte.gz"), idx("train-labels-idx1-ubyte.gz", 8))
p = judge.predict_proba(images("t10k-images-idx3-ubyte.gz"))
right = (p.argmax(1) == idx("t10k-labels-idx1-ubyte.gz", 8)).mean()
print(f"the judge: {right:.1%} right on MNIST's test set, sure of {(p.max(1) > 0.9).mean():.1%} of it")
digits = images(os.path.abspath(EMBEDDED))
seen, unseen = digits[:4500], digits[4500:]
print(f"digits that training does not see: median distance to the nearest it sees {np.median(nearest(unseen, seen)):.2f}")
for path in sys.argv[1:]:
    x = np.load(path).reshape(-1, 784)
    p = judge.predict_proba(x)
    shares = np.bincount(p.argmax(1), minlength=10) / len(p)
    print(f"{path}: sure of {(p.max(1) > 0.9).mean():.1%}; classes {np.round(shares, 3)}; distance {np.median(nearest(x, seen)):.2f}")
