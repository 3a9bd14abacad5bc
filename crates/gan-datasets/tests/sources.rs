//! Every data set of the registry keeps the contract of `Dataset`, and the densities are what they say.

use std::collections::HashSet;
use std::path::PathBuf;

use gan_datasets::{Dataset, DatasetError, OpenOptions, Split, open, sources};

/// The folder of real data, if there is one.
fn data() -> Option<PathBuf> {
    std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from)
}

fn samples(set: &dyn Dataset) -> Vec<Vec<f32>> {
    let mut x = vec![0.0; set.sample_len()];
    (0..set.len())
        .map(|i| {
            set.read(i, &mut x).unwrap();
            x.clone()
        })
        .collect()
}

#[test]
fn every_set_keeps_the_contract() {
    let mut names = HashSet::new();
    'sets: for source in sources::ALL {
        assert!(names.insert(source.name), "two sets are called {}", source.name);
        assert!(!source.doc.is_empty() && !source.doc.ends_with('.') && !source.doc.contains('\n'));
        if source.needs_dir {
            // a package of the operating system may have installed it
            if let Err(fault) = open(source.name, &OpenOptions::default()) {
                assert!(matches!(fault, DatasetError::NoFolder { .. }), "{fault}");
            }
            if data().is_none() {
                println!("skipped {}: GAN_DATA is not set", source.name);
                continue;
            }
        }
        let mut opened = 0;
        for split in Split::ALL {
            let options = OpenOptions { dir: data(), split: *split, seed: 5, ..Default::default() };
            let whole = match open(source.name, &options) {
                Ok(set) => set,
                Err(DatasetError::NoSplit { .. }) => continue,
                Err(fault @ DatasetError::MissingFile { .. }) => {
                    println!("skipped {}: {fault}", source.name);
                    continue 'sets;
                }
                Err(fault) => panic!("{}: {fault}", source.name),
            };
            check(source.name, &*whole, *split);
            opened += 1;
            for bad in [0, usize::MAX] {
                let options = OpenOptions { count: Some(bad), ..options.clone() };
                assert!(matches!(open(source.name, &options), Err(DatasetError::SampleCount { .. })));
            }
            let few = open(source.name, &OpenOptions { count: Some(20), ..options.clone() }).unwrap();
            assert_eq!(few.len(), 20);
            let mut x = vec![0.0; whole.sample_len()];
            for (i, sample) in samples(&*few).into_iter().enumerate() {
                whole.read(i, &mut x).unwrap();
                assert_eq!((sample, few.label(i)), (x.clone(), whole.label(i)), "a count takes the first samples");
            }
        }
        assert!(opened >= 2 || source.needs_dir);
    }
}

fn check(name: &str, set: &dyn Dataset, split: Split) {
    let provenance = set.provenance();
    assert_eq!((provenance.name.as_str(), provenance.split, provenance.count), (name, split, set.len()));
    assert!(!provenance.source.is_empty() && !provenance.licence.is_empty() && !set.is_empty());
    assert_eq!(set.sample_len(), set.sample_shape().iter().product::<usize>());
    let (low, high) = set.range();
    assert!(low < high);
    let (mut x, mut again) = (vec![f32::NAN; set.sample_len()], vec![f32::NAN; set.sample_len()]);
    for i in 0..set.len() {
        set.read(i, &mut x).unwrap();
        assert!(x.iter().all(|x| (low..=high).contains(x)), "{name}: a value outside of [{low}, {high}] in sample {i}");
        if i % 97 == 0 {
            set.read(i / 2, &mut again).unwrap();
            set.read(i, &mut again).unwrap();
            assert_eq!(x, again, "{name}: sample {i} differs at the second reading");
        }
        match (set.label(i), set.classes()) {
            (Some(label), Some(classes)) => assert!((label as usize) < classes),
            (None, None) => {}
            other => panic!("{name}: label and classes {other:?}"),
        }
    }
    assert!(matches!(set.read(set.len(), &mut x), Err(DatasetError::Index { .. })));
    x.push(0.0);
    assert!(matches!(set.read(0, &mut x), Err(DatasetError::Buffer { .. })));
    assert_eq!(set.label(set.len()), None);
    if let Some(modes) = set.modes() {
        assert_eq!((modes.dim, modes.centres.len()), (set.sample_len(), modes.count() * modes.dim));
        assert!(set.density(modes.centre(0)).unwrap() > 0.0);
    }
    assert_eq!(set.density(&vec![0.0; set.sample_len() + 1]), None);
}

/// The cumulative distribution of a 1-D density by the trapezoidal rule, against that of the samples (Kolmogorov and
/// Smirnov: 1.95 / sqrt(n) is passed once in a thousand).
#[test]
fn samples_on_the_line_follow_their_density() {
    for name in ["gaussian", "mixture", "uniform"] {
        let set = open(name, &OpenOptions { seed: 1, ..Default::default() }).unwrap();
        let mut x: Vec<f64> = samples(&*set).iter().map(|x| f64::from(x[0])).collect();
        x.sort_by(f64::total_cmp);
        let (low, high) = (f64::from(set.range().0) - 1.0, f64::from(set.range().1) + 1.0);
        let steps = 20_000;
        let width = (high - low) / f64::from(steps);
        let density = |x: f64| set.density(&[x]).unwrap();
        let (mut mass, mut below, mut worst) = (0.0, 0, 0.0f64);
        for step in 0..steps {
            let at = low + width * f64::from(step);
            mass += 0.5 * width * (density(at) + density(at + width));
            while below < x.len() && x[below] <= at + width {
                below += 1;
            }
            worst = worst.max((mass - below as f64 / x.len() as f64).abs());
        }
        assert!((mass - 1.0).abs() < 1e-4, "{name}: the density has mass {mass}");
        assert!(worst < 1.95 / (x.len() as f64).sqrt() + width, "{name}: distance {worst}");
    }
}

#[test]
fn samples_in_the_plane_lie_about_their_modes() {
    for (name, count, sigma) in [("ring", 8, 0.01), ("grid", 25, 0.05)] {
        let set = open(name, &OpenOptions { seed: 2, ..Default::default() }).unwrap();
        let modes = set.modes().unwrap();
        assert_eq!((modes.count(), set.classes(), modes.sigma), (count, Some(count), sigma));
        let (mut squares, mut counts) = (0.0, vec![0usize; count]);
        for (i, x) in samples(&*set).iter().enumerate() {
            let label = set.label(i).unwrap() as usize;
            counts[label] += 1;
            let distance: f64 = modes.centre(label).iter().zip(x).map(|(c, x)| (f64::from(*x) - c).powi(2)).sum();
            assert!(distance.sqrt() < 6.0 * sigma);
            squares += distance;
        }
        let n = set.len() as f64;
        // E r^2 = 2 sigma^2, with relative standard error 1/sqrt(n).
        assert!((squares / n / (2.0 * sigma * sigma) - 1.0).abs() < 5.0 / n.sqrt());
        let expected = n / count as f64;
        assert!(counts.iter().all(|c| (*c as f64 - expected).abs() < 5.0 * expected.sqrt()), "{counts:?}");
        // At a centre the other modes add nothing: p = 1 / (count 2 pi sigma^2).
        let peak = 1.0 / (count as f64 * std::f64::consts::TAU * sigma * sigma);
        assert!((set.density(modes.centre(3)).unwrap() / peak - 1.0).abs() < 1e-12);
    }
    let ring = open("ring", &OpenOptions::default()).unwrap();
    for k in 0..8 {
        let centre = ring.modes().unwrap().centre(k);
        assert!((centre[0].hypot(centre[1]) - 1.0).abs() < 1e-15);
    }
    assert_eq!(open("grid", &OpenOptions::default()).unwrap().modes().unwrap().centre(1), [-4.0, -2.0]);
}

/// The density has mass 1, and samples fall into the cells of a grid as it says.
#[test]
fn samples_about_curves_follow_their_density() {
    for (name, sigma) in [("spirals", 0.02), ("moons", 0.05)] {
        let set = open(name, &OpenOptions { seed: 3, ..Default::default() }).unwrap();
        let (low, high) = (f64::from(set.range().0), f64::from(set.range().1));
        // a cell of half a sigma integrates Gaussians to far below 1e-4
        let step = sigma / 2.0;
        let cells = ((high - low) / step).ceil() as usize;
        let coarse = 8;
        let side = cells / coarse + 1;
        let (mut mass, mut expected) = (0.0, vec![0.0; side * side]);
        for y in 0..cells {
            for x in 0..cells {
                let at = |i: usize| low + step * (i as f64 + 0.5);
                let p = set.density(&[at(x), at(y)]).unwrap() * step * step;
                mass += p;
                expected[y / coarse * side + x / coarse] += p;
            }
        }
        assert!((mass - 1.0).abs() < 1e-4, "{name}: mass {mass}");
        let mut counts = vec![0.0; side * side];
        let mut labels = [0.0f64; 2];
        for (i, x) in samples(&*set).iter().enumerate() {
            let cell = |x: f32| ((f64::from(x) - low) / step) as usize / coarse;
            counts[cell(x[1]) * side + cell(x[0])] += 1.0;
            labels[set.label(i).unwrap() as usize] += 1.0;
        }
        // Pearson's statistic over cells that expect 5 or more: mean f, deviation sqrt(2 f)
        let n = set.len() as f64;
        let terms: Vec<f64> = (expected.iter().zip(&counts))
            .filter(|(p, _)| **p * n >= 5.0)
            .map(|(p, count): (&f64, &f64)| (count - p * n).powi(2) / (p * n))
            .collect();
        let (statistic, f) = (terms.iter().sum::<f64>(), terms.len() as f64);
        assert!(f > 50.0 && (statistic - f).abs() < 5.0 * (2.0 * f).sqrt(), "{name}: {statistic} for {f} cells");
        assert!((labels[0] - n / 2.0).abs() < 5.0 * (n / 4.0).sqrt(), "{labels:?}");
    }
}

#[test]
fn stacked_digits_are_digits_of_the_same_split() {
    let Some(dir) = data() else {
        println!("skipped: GAN_DATA is not set");
        return;
    };
    let opened = |name, seed, count| {
        let options = OpenOptions { dir: Some(dir.clone()), split: Split::Test, seed, count, ..Default::default() };
        open(name, &options).unwrap()
    };
    let (digits, set) = (opened("mnist", 0, None), opened("stacked-mnist", 4, Some(30_000)));
    let key = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let known: std::collections::HashMap<_, _> =
        samples(&*digits).iter().enumerate().map(|(i, x)| (key(x), digits.label(i).unwrap())).collect();
    let mut x = vec![0.0; set.sample_len()];
    for i in 0..200 {
        set.read(i, &mut x).unwrap();
        let channel = |c: usize| known[&key(&x.iter().skip(c).step_by(3).copied().collect::<Vec<_>>())];
        assert_eq!(set.label(i), Some(100 * channel(0) + 10 * channel(1) + channel(2)));
    }
    let modes: HashSet<_> = (0..set.len()).map(|i| set.label(i)).collect();
    assert_eq!((modes.len(), set.classes()), (1_000, Some(1_000)));
    let other = opened("stacked-mnist", 5, Some(20));
    assert!((0..20).any(|i| other.label(i) != set.label(i)));
}

#[test]
fn seeds_and_splits_are_different_samples() {
    let first = |seed, split| {
        let options = OpenOptions { seed, split, count: Some(3), ..Default::default() };
        samples(&*open("gaussian", &options).unwrap())
    };
    let all: Vec<_> = [0, 1].iter().flat_map(|seed| Split::ALL.iter().map(|split| first(*seed, *split))).collect();
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| a != b));
    }
}

#[test]
fn a_wrong_name_gets_the_nearest_one() {
    let message = |name| open(name, &OpenOptions::default()).err().unwrap().to_string();
    assert!(message("minst").contains("did you mean `mnist`?"));
    assert!(message("MNIST").contains("did you mean `mnist`?"));
    assert!(message("digit").contains("did you mean `digits`?"));
    let far = message("qqq");
    assert!(!far.contains("did you mean") && far.contains("there are digits, mnist"), "{far}");
}
