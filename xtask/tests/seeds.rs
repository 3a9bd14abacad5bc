//! The seeds of the fuzz targets, read once each: a value or an error, never a panic.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::path::Path;

#[test]
fn every_target_has_seeds_and_reads_them() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let mut folders: Vec<_> = std::fs::read_dir(&seeds).unwrap().map(|e| e.unwrap().file_name()).collect();
    folders.sort();
    let mut names: Vec<&str> = targets::ALL.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
    for (name, read) in targets::ALL {
        let files: Vec<_> = std::fs::read_dir(seeds.join(name)).unwrap().map(|e| e.unwrap().path()).collect();
        assert!(!files.is_empty(), "{name} has no seeds");
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            read(&bytes);
            // cut off anywhere
            for end in [0, 1, bytes.len() / 2, bytes.len() - 1] {
                read(&bytes[..end.min(bytes.len())]);
            }
        }
    }
}
