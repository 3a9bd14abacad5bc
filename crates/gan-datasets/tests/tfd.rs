//! The Toronto Face Database, from files that a test writes: the real one is given out on request only.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::mat::{Array, Order, file};
use gan_datasets::formats::mat::{self, Values};
use gan_datasets::{Dataset, DatasetError, OpenOptions, Split, open};

const N: usize = 70;

/// Of face i: the pixel in row r, column c; its expression; its part in a fold. Every fourth has a label.
fn pixel(i: usize, r: usize, c: usize) -> u8 {
    (i * 31 + r * 7 + c * 3) as u8
}

fn expression(i: usize) -> f64 {
    if i.is_multiple_of(4) { (i / 4 % 7 + 1) as f64 } else { -1.0 }
}

fn part(i: usize, fold: usize) -> f64 {
    if i.is_multiple_of(4) { ((i / 4 + fold) % 3 + 1) as f64 } else { 0.0 }
}

fn arrays() -> [Array; 4] {
    let n = N as u32;
    // column-major: the first index runs fastest
    let images: Vec<u8> = (0..48).flat_map(|c| (0..48).flat_map(move |r| (0..N).map(move |i| pixel(i, r, c)))).collect();
    let expressions: Vec<f64> = (0..N).map(expression).collect();
    let folds: Vec<f64> = (0..5).flat_map(|fold| (0..N).map(move |i| part(i, fold))).collect();
    [
        Array::bytes("images", &[n, 48, 48], &images),
        Array { class: 8, ..Array::numbers("labs_ex", &[n, 1], 1, &expressions) },
        Array::doubles("labs_id", &[n, 1], &[1.0; N]),
        Array::numbers("folds", &[n, 5], 2, &folds),
    ]
}

fn write(dir: &Path, arrays: &[Array], compress: bool) {
    fs::write(dir.join("TFD_48x48.mat"), file(Order::Little, compress, arrays)).unwrap();
}

fn open_in(dir: &Path, split: Split, fold: usize) -> Result<Box<dyn Dataset>, DatasetError> {
    open("tfd", &OpenOptions { dir: Some(dir.to_owned()), split, fold, ..Default::default() })
}

fn check(dir: &Path) {
    for fold in 0..5 {
        for split in Split::ALL {
            let set = open_in(dir, *split, fold).unwrap();
            let parts: &[f64] = match split {
                Split::Train => &[0.0],
                Split::Validation => &[2.0],
                Split::Test => &[3.0],
                Split::All => &[0.0, 1.0, 2.0, 3.0],
            };
            let faces: Vec<usize> = (0..N).filter(|i| parts.contains(&part(*i, fold))).collect();
            assert_eq!((set.len(), set.sample_shape()), (faces.len(), &[48, 48, 1][..]));
            let mut x = vec![0.0; 48 * 48];
            for (j, face) in faces.iter().enumerate() {
                set.read(j, &mut x).unwrap();
                for r in 0..48 {
                    for c in 0..48 {
                        assert_eq!(x[r * 48 + c], f32::from(pixel(*face, r, c)) / 255.0);
                    }
                }
                let labelled = matches!(split, Split::Validation | Split::Test);
                assert_eq!(set.label(j), labelled.then(|| expression(*face) as u32 - 1));
            }
        }
    }
}

#[test]
fn every_fold_and_split() {
    let folder = tempfile::tempdir().unwrap();
    for compress in [false, true] {
        write(folder.path(), &arrays(), compress);
        check(folder.path());
    }
}

#[test]
fn faults_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let message = |split, fold| open_in(folder.path(), split, fold).err().unwrap().to_string();
    assert!(message(Split::Train, 0).contains("TFD_48x48.mat"));
    assert!(message(Split::Train, 5).contains("a fold from 0 to 4, found 5"));
    let with = |place: usize, array: Array, split| {
        let mut arrays = arrays();
        arrays[place] = array;
        write(folder.path(), &arrays, true);
        message(split, 1)
    };
    let n = N as u32;
    let wrong = with(0, Array::bytes("images", &[n, 2, 2], &[0; 4 * N]), Split::Train);
    assert!(wrong.contains("`images`: expected shape [70, 48, 48], found [70, 2, 2]"), "{wrong}");
    let wrong = with(0, Array::doubles("images", &[1, 48, 48], &[0.0; 2304]), Split::Train);
    assert!(wrong.contains("`folds`: expected shape [1, 5]"), "{wrong}");
    let wrong = with(1, Array::doubles("labs_ex", &[2, 1], &[1.0; 2]), Split::Train);
    assert!(wrong.contains("`labs_ex`: expected shape [70, 1], found [2, 1]"), "{wrong}");
    let wrong = with(1, Array::doubles("labs_ex", &[n, 1], &[8.0; N]), Split::Test);
    assert!(wrong.contains("has expression 8, expected 1 to 7"), "{wrong}");
    let wrong = with(3, Array::doubles("folds", &[n, 5], &[4.0; 5 * N]), Split::Test);
    assert!(wrong.contains("face 0 is in part 4 of fold 1"), "{wrong}");
    let wrong = with(3, Array::doubles("folds", &[n, 5], &[1.0; 5 * N]), Split::Test);
    assert!(wrong.contains("its test split has no samples"), "{wrong}");
    let wrong = with(3, Array::doubles("fold", &[n, 5], &[1.0; 5 * N]), Split::Test);
    assert!(wrong.contains("a variable called `folds`"), "{wrong}");
}

/// SciPy reads what the writer above writes, and what SciPy writes is read here.
#[test]
fn scipy_agrees() {
    let python = std::env::var("GAN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let run = |code: &str, path: &Path| Command::new(&python).arg("-c").arg(code).arg(path).output();
    if !run("import numpy, scipy.io", Path::new("")).is_ok_and(|output| output.status.success()) {
        println!("skipped: `{python}` has no SciPy");
        return;
    }
    let script = r"
import sys, os, numpy as np
from scipy.io import loadmat, savemat
path = os.path.join(sys.argv[1], 'TFD_48x48.mat')
n = 70
i, r, c = np.ogrid[:n, :48, :48]
images = ((i * 31 + r * 7 + c * 3) % 256).astype(np.uint8)
k = np.arange(n)
labs_ex = np.where(k % 4 == 0, k // 4 % 7 + 1, -1).astype(np.int8)
folds = np.where(k[:, None] % 4 == 0, (k[:, None] // 4 + np.arange(5)) % 3 + 1, 0)
read = loadmat(path)
assert read['images'].dtype == np.uint8 and (read['images'] == images).all()
assert read['labs_ex'].dtype == np.int8 and (read['labs_ex'].ravel() == labs_ex).all()
assert (read['folds'] == folds).all()
for compress in [False, True]:
    for dtype in [np.uint8, np.int16, np.int64, np.float32, np.float64]:
        names = dict(images=images, labs_ex=labs_ex, folds=folds.astype(dtype), labs_id=k, words='text', cell=np.array([1, 'a'], dtype=object), record={'x': 1.5})
        savemat(os.path.join(sys.argv[1], f'{compress}-{np.dtype(dtype)}.mat'), names, do_compression=compress)
";
    let folder = tempfile::tempdir().unwrap();
    for compress in [false, true] {
        write(folder.path(), &arrays(), compress);
        let output = run(script, folder.path()).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut read = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("TFD_48x48.mat") {
            continue;
        }
        let [folds, id] = mat::read(&path, ["folds", "labs_id"]).unwrap();
        assert_eq!(folds.shape, [N, 5]);
        assert_eq!(id.values, Values::Numbers((0..N).map(|i| i as f64).collect()));
        fs::rename(&path, folder.path().join("TFD_48x48.mat")).unwrap();
        check(folder.path());
        read += 1;
    }
    assert_eq!(read, 10);
}
