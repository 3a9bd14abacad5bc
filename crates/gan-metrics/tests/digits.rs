//! Real digits that were kept from training are the work of a perfect sampler: they score the floor.
//!
//! Takes MNIST from `$GAN_DATA/mnist`; skipped, with the reason printed, where the variable is not set.

use std::{fs::File, io::Read, path::Path};

use gan_metrics::{DuplicateShareOptions, Samples, duplicate_share};

const PIXELS: usize = 784;

/// The first `n` images of an IDX file, in [0, 1].
fn images(path: &Path, n: usize) -> Vec<f32> {
    let mut bytes = vec![0; 16 + n * PIXELS];
    flate2::read::GzDecoder::new(File::open(path).unwrap()).read_exact(&mut bytes).unwrap();
    bytes[16..].iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

#[test]
fn held_out_digits_score_the_floor_and_copies_do_not() {
    let Some(data) = std::env::var_os("GAN_DATA") else {
        println!("skipped: GAN_DATA is not set, so there are no digits to compare");
        return;
    };
    let folder = Path::new(&data).join("mnist");
    let training = images(&folder.join("train-images-idx3-ubyte.gz"), 20_000);
    let held_out = images(&folder.join("t10k-images-idx3-ubyte.gz"), 1000);
    let training_samples = Samples::new(&training, PIXELS).unwrap();
    let judge = |samples: &[f32]| {
        let options = DuplicateShareOptions { threshold: 0.5, ..Default::default() };
        duplicate_share(&Samples::new(samples, PIXELS).unwrap(), &training_samples, &options).unwrap()
    };

    let fresh = judge(&held_out);
    let floor = fresh.score.floor.unwrap();
    assert!((fresh.score.value - floor.value).abs() < 4.0 * floor.deviation.unwrap(), "{:?}", fresh.score);
    assert!((fresh.median_ratio - 1.0).abs() < 0.05, "{}", fresh.median_ratio);

    // Copies under a slight noise: a grey level of 1/32, the sign from the position.
    let noisy = |(i, v): (usize, &f32)| v + if i % 3 == 0 { 0.03125 } else { -0.03125 };
    let copies: Vec<f32> = training[..200 * PIXELS].iter().enumerate().map(noisy).collect();
    let copied = judge(&copies);
    assert!(copied.score.value > 0.99, "{:?}", copied.score);
    let own = copied.neighbours.iter().enumerate().filter(|(i, found)| found.index == *i).count();
    assert!(own >= 199, "{own}");
}
