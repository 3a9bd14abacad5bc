//! Real digits that were kept from training are the work of a perfect sampler: they score the floor.
//!
//! Takes MNIST from `$GAN_DATA/mnist`; skipped, with the reason printed, where the variable is not set.

use std::{fs::File, io::Read, path::Path};

use gan_metrics::{
    DuplicateShareOptions, Samples, density, duplicate_share, frechet_distance, kernel_distance, memorisation, precision, recall,
};

const PIXELS: usize = 784;

/// The first `n` images of an IDX file, in [0, 1].
fn images(path: &Path, n: usize) -> Vec<f32> {
    let mut bytes = vec![0; 16 + n * PIXELS];
    flate2::read::GzDecoder::new(File::open(path).unwrap()).read_exact(&mut bytes).unwrap();
    bytes[16..].iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

#[test]
fn held_out_digits_score_the_floor_and_copies_do_not() {
    let Some(data) = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()) else {
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

#[test]
fn held_out_digits_are_neither_copies_nor_strangers() {
    let Some(data) = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()) else {
        println!("skipped: GAN_DATA is not set, so there are no digits to compare");
        return;
    };
    let folder = Path::new(&data).join("mnist");
    let training = images(&folder.join("train-images-idx3-ubyte.gz"), 3000);
    let held_out = images(&folder.join("t10k-images-idx3-ubyte.gz"), 2000);
    let training = Samples::new(&training, PIXELS).unwrap();
    let (fresh, others) = Samples::new(&held_out, PIXELS).unwrap().split(1000).unwrap();

    let copied = memorisation(&training.first(500), &training, &others).unwrap();
    let honest = memorisation(&fresh, &training, &others).unwrap();
    assert!(copied.score.value > 0.99 && copied.z > 20.0, "{copied:?}");
    assert!(honest.z.abs() < 4.0, "{honest:?}");

    let near = |score: gan_metrics::Score, slack: f64| {
        let floor = score.floor.unwrap();
        assert!((score.value - floor.value).abs() < slack + 4.0 * floor.deviation.unwrap_or(0.0), "{score:?}");
    };
    near(precision(&fresh, &others, 3).unwrap(), 0.0);
    near(recall(&fresh, &others, 3).unwrap(), 0.0);
    near(density(&fresh, &others, 5).unwrap(), 0.1);
    near(kernel_distance(&fresh, &others).unwrap().score, 0.0);

    // digits whose lower half is missing are far from digits
    let upper = |row: &[f32]| row.iter().enumerate().map(|(i, v)| if i < PIXELS / 2 { *v } else { 0.0 }).collect::<Vec<_>>();
    let (fresh, others) = (fresh.first(300), others.first(300));
    let upper: Vec<f32> = fresh.rows().flat_map(upper).collect();
    let frechet = |a: &Samples<'_>| frechet_distance(a, &others).unwrap().score.value;
    let (of_upper, of_whole) = (frechet(&Samples::new(&upper, PIXELS).unwrap()), frechet(&fresh));
    assert!(of_upper > 3.0 * of_whole, "{of_upper} {of_whole}");
}
