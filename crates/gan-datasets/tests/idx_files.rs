//! Pictures of one's own in IDX files.

use std::fs;
use std::path::Path;

use gan_datasets::{Dataset, DatasetError, FormatError, OpenOptions, Split, open};

fn idx(dims: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend((0..dims.iter().product::<u32>()).map(|i| i as u8));
    bytes
}

fn open_in(dir: &Path, split: Split) -> Result<Box<dyn Dataset>, DatasetError> {
    open("idx", &OpenOptions { dir: Some(dir.to_owned()), split, ..Default::default() })
}

#[test]
fn grey_and_coloured_pictures_are_split_in_order() {
    for (file, dims, shape) in [
        ("images.idx", &[20, 2, 3][..], [2, 3, 1]),
        ("images-idx3-ubyte", &[20, 2, 3], [2, 3, 1]),
        ("images.idx", &[20, 1, 2, 3], [1, 2, 3]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(file), idx(dims)).unwrap();
        let mut first = 0;
        for (split, len) in [(Split::Train, 16), (Split::Validation, 2), (Split::Test, 2)] {
            let set = open_in(folder.path(), split).unwrap();
            assert_eq!((set.len(), set.sample_shape(), set.classes(), set.label(0)), (len, &shape[..], None, None));
            let mut x = [0.0; 6];
            set.read(len - 1, &mut x).unwrap();
            assert_eq!(x[5] * 255.0, ((first + len) * 6 - 1) as f32);
            first += len;
        }
        assert_eq!(open_in(folder.path(), Split::All).unwrap().len(), 20);
    }
}

#[test]
fn labels_are_found_beside_the_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, dims: &[u32]| fs::write(folder.path().join(name), idx(dims)).unwrap();
    write("my-images-idx3-ubyte", &[20, 2, 3]);
    write("my-labels-idx1-ubyte", &[20]);
    let set = open_in(&folder.path().join("my-images-idx3-ubyte"), Split::Test).unwrap();
    assert_eq!((set.classes(), set.label(0), set.label(2)), (Some(20), Some(18), None));
    write("images.idx", &[20, 2, 3]);
    assert_eq!(open_in(folder.path(), Split::Train).unwrap().classes(), None);
    write("labels.idx", &[20]);
    assert_eq!(open_in(folder.path(), Split::Train).unwrap().classes(), Some(20));
    write("labels.idx", &[19]);
    assert!(matches!(open_in(folder.path(), Split::Train), Err(DatasetError::CountMismatch { images: 20, labels: 19, .. })));
}

#[test]
fn other_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let fault = |bytes: &[u8]| {
        fs::write(folder.path().join("images.idx"), bytes).unwrap();
        open_in(folder.path(), Split::All).err().unwrap()
    };
    let message = open_in(folder.path(), Split::All).err().unwrap().to_string();
    assert!(message.contains("images.idx.gz") && message.contains("images-idx4-ubyte"), "{message}");
    for dims in [&[20, 2][..], &[1, 1, 1, 1, 1]] {
        let fault = fault(&idx(dims));
        let message = fault.to_string();
        assert!(matches!(fault, DatasetError::Format { fault: FormatError::Unexpected { offset: 3, .. }, .. }), "{message}");
        assert!(message.contains("images.idx") && message.contains("3 to 4 dimensions"), "{message}");
    }
    assert!(matches!(fault(&idx(&[20, 0, 2])), DatasetError::Parameter { .. }));
    assert!(fault(&idx(&[0, 2, 2])).to_string().contains("split has no samples"));
    let golden = idx(&[1, 2, 1, 2]);
    for end in 0..golden.len() {
        let fault = fault(&golden[..end]);
        assert!(matches!(fault, DatasetError::Format { fault: FormatError::Truncated { .. }, .. }), "{fault}");
    }
}
