"""An independent judge of generated digits: a classifier of scikit-learn, trained on all of MNIST's training set.

    gan sample runs/digits-1 -n 1000 --seed 5 --npy samples.npy
    GAN_DATA=folder-with-mnist python judge.py samples.npy        # needs numpy and scikit-learn

Prints the share of samples of which it is sure (probability above .9) and the share of each class among its verdicts.
"""

import gzip
import os
import sys

import numpy as np
from sklearn.neural_network import MLPClassifier

FOLDER = os.path.join(os.environ["GAN_DATA"], "mnist")


def idx(name, header):
    with gzip.open(os.path.join(FOLDER, name)) as f:
        return np.frombuffer(f.read(), np.uint8, offset=header)


def images(name):
    return idx(name, 16).reshape(-1, 784) / 255.0


judge = MLPClassifier((256, 128), max_iter=12, random_state=0)
judge.fit(images("train-images-idx3-ubyte.gz"), idx("train-labels-idx1-ubyte.gz", 8))
p = judge.predict_proba(images("t10k-images-idx3-ubyte.gz"))
right = (p.argmax(1) == idx("t10k-labels-idx1-ubyte.gz", 8)).mean()
print(f"the judge: {right:.1%} right on MNIST's test set, sure of {(p.max(1) > 0.9).mean():.1%} of it")
for path in sys.argv[1:]:
    p = judge.predict_proba(np.load(path).reshape(-1, 784))
    shares = np.bincount(p.argmax(1), minlength=10) / len(p)
    print(f"{path}: sure of {(p.max(1) > 0.9).mean():.1%}; classes {np.round(shares, 3)}")
