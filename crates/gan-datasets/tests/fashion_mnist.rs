//! Fashion-MNIST at full size, where Debian's package has installed it; its reader is MNIST's.

use gan_datasets::{OpenOptions, Split, open};

#[test]
fn the_installed_files() {
    if !std::path::Path::new("/usr/share/datasets/fashion-mnist").is_dir() {
        println!("skipped: the package dataset-fashion-mnist is not installed");
        return;
    }
    let [train, validation, test] = [Split::Train, Split::Validation, Split::Test]
        .map(|split| open("fashion-mnist", &OpenOptions { split, ..Default::default() }).unwrap());
    assert_eq!([train.len(), validation.len(), test.len()], [50_000, 10_000, 10_000]);
    let mut counts = [0; 10];
    let (mut sum, mut x) = (0.0, vec![0.0; 784]);
    for set in [&train, &validation] {
        for i in 0..set.len() {
            counts[set.label(i).unwrap() as usize] += 1;
            set.read(i, &mut x).unwrap();
            sum += x.iter().map(|value| f64::from(*value)).sum::<f64>();
        }
    }
    // 6,000 of each class, and the published mean of the 60,000.
    assert_eq!(counts, [6_000; 10]);
    assert!((sum / (60_000.0 * 784.0) - 0.2860).abs() < 5e-5);
    assert_eq!([0, 1, 2, 3, 4].map(|i| test.label(i).unwrap()), [9, 2, 1, 1, 6]);
    assert_eq!(train.provenance().licence, "MIT");
}
