//! MNIST: the real files at full size where GAN_DATA names their folder, and folders with faults everywhere.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use gan_datasets::FormatError;
use gan_datasets::{Dataset, DatasetError, OpenOptions, Split, open};

fn open_in(dir: &Path, split: Split) -> Result<Box<dyn Dataset>, DatasetError> {
    open("mnist", &OpenOptions { dir: Some(dir.to_owned()), split, ..Default::default() })
}

fn labels(set: &dyn Dataset) -> Vec<u32> {
    (0..set.len()).map(|i| set.label(i).unwrap()).collect()
}

fn pixel_mean(set: &dyn Dataset) -> f64 {
    let mut x = vec![0.0; 784];
    let mut sum = 0.0;
    for i in 0..set.len() {
        set.read(i, &mut x).unwrap();
        sum += x.iter().map(|value| f64::from(*value)).sum::<f64>();
    }
    sum / (set.len() * 784) as f64
}

#[test]
fn the_real_files() {
    let Some(dir) = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from) else {
        println!("skipped: GAN_DATA is not set");
        return;
    };
    let [train, validation, test] = [Split::Train, Split::Validation, Split::Test].map(|split| open_in(&dir, split).unwrap());
    assert_eq!([train.len(), validation.len(), test.len()], [50_000, 10_000, 10_000]);
    assert_eq!(train.sample_shape(), [28, 28, 1]);
    assert_eq!(labels(&*train)[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(labels(&*validation)[..5], [3, 8, 6, 9, 6]);
    assert_eq!(labels(&*test)[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // The published mean of the 60,000, 0.1307, and of the test images, 0.1325.
    let mean = (50.0 * pixel_mean(&*train) + 10.0 * pixel_mean(&*validation)) / 60.0;
    assert!((mean - 0.1307).abs() < 5e-5, "{mean}");
    assert!((pixel_mean(&*test) - 0.1325).abs() < 5e-5);
    // The published counts of the classes of the 60,000 official training images.
    let all = open_in(&dir, Split::All).unwrap();
    assert_eq!(all.len(), 70_000);
    let counts: Vec<usize> = (0..10).map(|class| labels(&*all)[..60_000].iter().filter(|l| **l == class).count()).collect();
    assert_eq!(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    let (mut a, mut b) = (vec![0.0; 784], vec![0.0; 784]);
    for (part, offset) in [(&train, 0), (&validation, 50_000), (&test, 60_000)] {
        part.read(9_999, &mut a).unwrap();
        all.read(offset + 9_999, &mut b).unwrap();
        assert_eq!((&a, part.label(9_999)), (&b, all.label(offset + 9_999)));
    }
}

/// The embedded digits are images of the official training set, with the same labels.
#[test]
fn the_embedded_digits_are_among_the_real_ones() {
    let Some(dir) = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from) else {
        println!("skipped: GAN_DATA is not set");
        return;
    };
    let real = open("mnist", &OpenOptions { dir: Some(dir), count: Some(5_848), ..Default::default() }).unwrap();
    let digits = open("digits", &OpenOptions { split: Split::All, ..Default::default() }).unwrap();
    let rows = |set: &dyn Dataset| {
        let mut x = vec![0.0; 784];
        let row = |i| {
            set.read(i, &mut x).unwrap();
            (set.label(i), x.iter().map(|value| value.to_bits()).collect::<Vec<_>>())
        };
        (0..set.len()).map(row).collect::<std::collections::HashSet<_>>()
    };
    assert!(rows(&*digits).is_subset(&rows(&*real)));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn idx(dims: &[u32], fill: impl Fn(usize) -> u8) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend((0..dims.iter().product::<u32>() as usize).map(fill));
    bytes
}

/// Files of the test split whose first pixel tells the image.
fn write_test(dir: &Path, zipped: bool) {
    let images = idx(&[10_000, 28, 28], |i| if i % 784 == 0 { (i / 784 % 251) as u8 } else { 0 });
    let labels = idx(&[10_000], |i| (i % 10) as u8);
    for (name, bytes) in [("t10k-images-idx3-ubyte", images), ("t10k-labels-idx1-ubyte", labels)] {
        let (name, bytes) = if zipped { (format!("{name}.gz"), gzip(&bytes)) } else { (name.to_owned(), bytes) };
        fs::write(dir.join(name), bytes).unwrap();
    }
}

#[test]
fn files_may_be_plain_or_gzipped_in_the_folder_or_in_its_mnist() {
    for zipped in [false, true] {
        for below in ["", "mnist"] {
            let folder = tempfile::tempdir().unwrap();
            let dir = folder.path().join(below);
            fs::create_dir_all(&dir).unwrap();
            write_test(&dir, zipped);
            let set = open_in(folder.path(), Split::Test).unwrap();
            let mut x = vec![0.0; 784];
            set.read(300, &mut x).unwrap();
            assert_eq!((x[0], x[1], set.label(300)), (49.0 / 255.0, 0.0, Some(0)));
        }
    }
}

#[test]
fn a_missing_file_is_named_with_every_place() {
    let folder = tempfile::tempdir().unwrap();
    for dir in [folder.path().to_owned(), folder.path().join("nowhere")] {
        let message = open_in(&dir, Split::Train).err().unwrap().to_string();
        for part in ["train-images-idx3-ubyte,", "train-images-idx3-ubyte.gz", &dir.join("mnist").display().to_string()] {
            assert!(message.contains(part), "{message}");
        }
    }
    write_test(folder.path(), true);
    fs::remove_file(folder.path().join("t10k-labels-idx1-ubyte.gz")).unwrap();
    let message = open_in(folder.path(), Split::Test).err().unwrap().to_string();
    assert!(message.contains("t10k-labels-idx1-ubyte"), "{message}");
}

#[test]
fn files_with_faults_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (images, labels) = (folder.path().join("t10k-images-idx3-ubyte.gz"), folder.path().join("t10k-labels-idx1-ubyte.gz"));
    let fault_with = |path: &Path, bytes: &[u8]| {
        write_test(folder.path(), true);
        fs::write(path, bytes).unwrap();
        let fault = open_in(folder.path(), Split::Test).err().unwrap();
        let file = path.file_name().unwrap().to_str().unwrap();
        assert!(matches!(fault, DatasetError::Label { .. }) || fault.to_string().contains(file), "{fault}");
        fault
    };
    let short = fault_with(&labels, &gzip(&idx(&[9_999], |_| 0)));
    assert!(matches!(short, DatasetError::Shape { ref found, .. } if found == &[9_999]), "{short}");
    let other = fault_with(&images, &gzip(&idx(&[10_000, 14, 14], |_| 0)));
    assert!(matches!(other, DatasetError::Shape { ref found, .. } if found == &[10_000, 14, 14]), "{other}");
    let eleventh = fault_with(&labels, &gzip(&idx(&[10_000], |i| if i == 77 { 10 } else { 0 })));
    assert!(matches!(eleventh, DatasetError::Label { index: 77, label: 10, classes: 10, .. }), "{eleventh}");
    let exchanged = fault_with(&images, &gzip(&idx(&[10_000], |_| 0)));
    assert!(matches!(exchanged, DatasetError::Format { fault: FormatError::Unexpected { offset: 3, .. }, .. }), "{exchanged}");
    let mut damaged = gzip(&idx(&[10_000], |i| (i % 10) as u8));
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x10;
    let damaged = fault_with(&labels, &damaged);
    assert!(matches!(damaged, DatasetError::Format { .. }), "{damaged}");
}
