//! Faces, 48 x 48 and grey: the part of FER2013 on whose emotion the annotators of FER+ agree, as a pair of IDX files
//! `fer48-*`. Of the size of the Toronto Face Database, which is not public, but neither aligned nor of one pose.
//!
//! The splits are the official ones of FER2013: Training, PublicTest (validation), PrivateTest (test). The classes are those of
//! FER+: neutral, happiness, surprise, sadness, anger, disgust, fear, contempt.

use super::Source;
use super::idx_pairs::IdxPairs;

pub(super) const SOURCE: Source = Source {
    name: FACES.name,
    doc: "faces of FER2013 with FER+ labels, 48 x 48, from IDX files: 19,944 to train on, 2,544 for validation, 2,359 for the test",
    needs_dir: true,
    open: |options| FACES.open(options),
};

const FACES: IdxPairs = IdxPairs {
    name: "faces",
    source: "FER2013 (Carrier, Courville, Goodfellow), cleaned by the votes of FER+ (Barsoum et al.)",
    licence: "labels MIT; the pictures carry no licence: research only",
    side: 48,
    classes: 8,
    parts: &[("fer48", 24_847)],
    splits: [19_944, 2_544, 2_359],
    installed: None,
};
