//! The eigenvalues of operators that are known, and of games that are.

use nalgebra::{Complex, DMatrix, DVector};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::theory::dynamics::eigenvalues;
use crate::theory::{SpectrumError, TheoryError};

type C = Complex<f64>;

fn random(n: usize, seed: u64) -> DMatrix<f64> {
    let mut random = StdRng::seed_from_u64(seed);
    DMatrix::from_fn(n, n, |_, _| random.random_range(-1.0..1.0))
}

fn search(a: &DMatrix<f64>, search: &Search) -> Result<Leading, TheoryError> {
    leading_eigenvalues(a.nrows(), |x, y| y.copy_from_slice((a * DVector::from_column_slice(x)).as_slice()), search)
}

fn wanted(wanted: usize, target: Target) -> Search {
    Search { wanted, target, ..Search::default() }
}

/// Checks values, residuals and vectors against `expected`, the leading ones first.
#[track_caller]
fn check(what: &str, a: &DMatrix<f64>, found: &Leading, expected: &[C], tolerance: f64) {
    assert!(
        found.converged,
        "{what}: not converged, {:?}",
        found.pairs.iter().map(|p| (p.value, p.residual)).collect::<Vec<_>>()
    );
    let complex = a.map(|x| C::new(x, 0.0));
    let scale = a.amax().max(1e-300);
    for (i, e) in expected.iter().enumerate() {
        let nearest = found.pairs.iter().map(|p| (p.value - e).norm()).fold(f64::INFINITY, f64::min);
        assert!(nearest <= tolerance * scale, "{what}: value {i}, {e}, is missed by {nearest:e}");
    }
    for pair in &found.pairs {
        let x = DVector::from_column_slice(&pair.vector);
        assert!((x.norm() - 1.0).abs() < 1e-12, "{what}");
        let residual = (&complex * &x - &x * pair.value).norm();
        assert!((residual - pair.residual).abs() < 1e-12 * scale, "{what}: {residual:e} {:e}", pair.residual);
        assert!(residual < tolerance * scale, "{what}: residual {residual:e}");
    }
}

/// `S B S^-1` with a well-conditioned S, neither orthogonal nor structured.
fn similar(b: &DMatrix<f64>, seed: u64) -> DMatrix<f64> {
    let n = b.nrows();
    let s = DMatrix::identity(n, n) + random(n, seed) * (0.4 / (n as f64).sqrt());
    let inverse = s.clone().try_inverse().unwrap();
    s * b * inverse
}

fn leading(values: &[C], target: Target, n: usize) -> Vec<C> {
    let mut sorted = values.to_vec();
    let key = |l: &C| if target == Target::Rightmost { l.re } else { l.norm() };
    sorted.sort_by(|a, b| key(b).total_cmp(&key(a)));
    sorted.truncate(n);
    sorted
}

#[test]
fn random_matrices_as_the_dense_method_has_them() {
    for n in [1, 2, 3, 7, 41, 60, 150, 300] {
        let a = random(n, n as u64);
        let all = eigenvalues(&a).unwrap();
        for target in [Target::LargestMagnitude, Target::Rightmost] {
            let found = search(&a, &wanted(6, target)).unwrap();
            check(&format!("{n} {target:?}"), &a, &found, &leading(&all, target, 6), 1e-8);
            assert!(found.pairs.len() >= 6.min(n) && found.pairs.len() <= 7);
            assert_eq!(found.complete, n <= 40);
        }
    }
}

#[test]
fn a_spectrum_that_was_put_in() {
    let n = 200;
    let mut b = DMatrix::zeros(n, n);
    for i in 0..n {
        b[(i, i)] = -(i as f64) / n as f64;
    }
    // two pairs, the leading ones to the right and by magnitude
    for (i, re, im) in [(10, 0.3, 0.2), (30, -0.2, 3.0)] {
        (b[(i, i)], b[(i, i + 1)], b[(i + 1, i)], b[(i + 1, i + 1)]) = (re, im, -im, re);
    }
    let a = similar(&b, 1);
    let right = search(&a, &wanted(2, Target::Rightmost)).unwrap();
    check("rightmost", &a, &right, &[C::new(0.3, 0.2), C::new(0.3, -0.2)], 1e-8);
    assert!(right.pairs[0].value.im > 0.0 && right.pairs[1].value.im < 0.0);
    let large = search(&a, &wanted(2, Target::LargestMagnitude)).unwrap();
    check("largest", &a, &large, &[C::new(-0.2, 3.0), C::new(-0.2, -3.0)], 1e-8);
    // one of a pair brings the other
    let one = search(&a, &wanted(1, Target::LargestMagnitude)).unwrap();
    assert_eq!(one.pairs.len(), 2);
    // the start does not matter
    let other = search(&a, &Search { seed: 99, ..wanted(2, Target::Rightmost) }).unwrap();
    assert!((other.pairs[0].value - right.pairs[0].value).norm() < 1e-8);
}

/// Values that lie so close that many restarts are needed.
#[test]
fn a_clustered_spectrum_takes_restarts() {
    let n = 400;
    let b = DMatrix::from_fn(n, n, |i, j| if i == j { 1.0 - i as f64 / n as f64 } else { 0.0 });
    let a = similar(&b, 3);
    let expected: Vec<C> = (0..4).map(|i| C::new(1.0 - f64::from(i) / n as f64, 0.0)).collect();
    let found = search(&a, &Search { basis: 24, ..wanted(4, Target::Rightmost) }).unwrap();
    assert!(found.restarts > 3, "{}", found.restarts);
    check("cluster", &a, &found, &expected, 1e-7);
}

#[test]
fn a_defective_value_is_found_to_the_root_of_the_rounding() {
    let n = 120;
    let mut b = DMatrix::from_fn(n, n, |i, j| if i == j { 0.5 * i as f64 / n as f64 } else { 0.0 });
    (b[(0, 0)], b[(1, 1)], b[(0, 1)]) = (2.0, 2.0, 1.0);
    let a = similar(&b, 4);
    let found = search(&a, &wanted(2, Target::LargestMagnitude)).unwrap();
    for pair in &found.pairs[..2] {
        assert!((pair.value - C::new(2.0, 0.0)).norm() < 1e-5, "{}", pair.value);
        assert!(pair.residual < 1e-7, "{:e}", pair.residual);
    }
}

/// All eigenvalues on one circle: the least convenient spectrum of all. In a basis of the whole space it is exact; in a smaller one
/// residuals say how far one is.
#[test]
fn rotations() {
    let n = 60;
    let turn = DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i == (j + 1) % n)));
    let whole = search(&turn, &Search { basis: n, ..wanted(8, Target::LargestMagnitude) }).unwrap();
    assert!(whole.complete && whole.restarts == 0);
    for pair in &whole.pairs {
        assert!((pair.value.powu(n as u32) - C::new(1.0, 0.0)).norm() < 1e-11 && pair.residual < 1e-12);
    }
    // the rightmost of them: 1, and the first pair
    let angle = std::f64::consts::TAU / n as f64;
    let expected = [C::new(1.0, 0.0), C::new(angle.cos(), angle.sin()), C::new(angle.cos(), -angle.sin())];
    let found = search(&turn, &wanted(3, Target::Rightmost)).unwrap();
    check("circle", &turn, &found, &expected, 1e-8);
    // one plane that turns in a space where nothing happens: the Krylov space closes
    let mut plane = DMatrix::zeros(90, 90);
    (plane[(3, 70)], plane[(70, 3)]) = (0.5, -0.5);
    let found = search(&plane, &wanted(4, Target::LargestMagnitude)).unwrap();
    check("plane", &plane, &found, &[C::new(0.0, 0.5), C::new(0.0, -0.5), C::new(0.0, 0.0)], 1e-12);
}

#[test]
fn spaces_that_close_at_once() {
    for n in [1, 2, 5, 100] {
        for (what, a, value) in [
            ("zero", DMatrix::zeros(n, n), 0.0),
            ("identity", DMatrix::identity(n, n), 1.0),
            ("tiny", DMatrix::identity(n, n) * 1e-250, 1e-250),
        ] {
            let found = search(&a, &wanted(3, Target::LargestMagnitude)).unwrap();
            assert_eq!(found.pairs.len(), 3.min(n), "{what} {n}");
            check(what, &a, &found, &vec![C::new(value, 0.0); 3.min(n)], 1e-12);
        }
        let shift = DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i + 1 == j)));
        let found = search(&shift, &Search { basis: n, ..wanted(1, Target::LargestMagnitude) }).unwrap();
        assert!(found.pairs[0].residual < 1e-10, "{n} {:e}", found.pairs[0].residual);
    }
}

#[test]
fn what_does_not_converge_is_told() {
    let a = random(300, 8);
    let found = search(&a, &Search { restarts: 0, basis: 16, ..wanted(6, Target::Rightmost) }).unwrap();
    assert!(!found.converged && found.restarts == 0);
    assert!(found.pairs.iter().any(|p| p.residual > 1e-3));
}

#[test]
fn what_cannot_be_searched_is_named() {
    let a = random(5, 1);
    assert!(matches!(search(&a, &wanted(0, Target::Rightmost)), Err(TheoryError::Setting { name: "wanted", .. })));
    assert!(matches!(search(&DMatrix::zeros(0, 0), &Search::default()), Err(TheoryError::Setting { name: "dimension", .. })));
    for tolerance in [0.0, -1.0, f64::NAN] {
        assert!(matches!(
            search(&a, &Search { tolerance, ..Search::default() }),
            Err(TheoryError::Setting { name: "tolerance", .. })
        ));
    }
    let nan = leading_eigenvalues(4, |_, y| y.fill(f64::NAN), &Search::default());
    assert_eq!(nan, Err(TheoryError::Spectrum(SpectrumError::OperatorNotFinite { product: 1 })));
    let all = search(&a, &wanted(usize::MAX, Target::Rightmost)).unwrap();
    assert!(all.complete && all.pairs.len() == 5);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        rng_seed: RngSeed::Fixed(2001),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Sparse matrices of small integers, in a basis smaller than they are: what is called found is found, and leads.
    #[test]
    fn matrices_of_small_integers(n in 14..40_usize, right in any::<bool>(), entries in prop::collection::vec(prop_oneof![4 => Just(0.0), 1 => Just(1.0), 1 => Just(-1.0), 1 => Just(2.0)], 40 * 40)) {
        let a = DMatrix::from_fn(n, n, |i, j| entries[i * 40 + j]);
        let target = if right { Target::Rightmost } else { Target::LargestMagnitude };
        let found = search(&a, &Search { basis: 12, ..wanted(2, target) }).unwrap();
        let all = eigenvalues(&a).unwrap();
        let key = |l: &C| if right { l.re } else { l.norm() };
        let most = all.iter().map(key).fold(f64::NEG_INFINITY, f64::max);
        for pair in &found.pairs {
            let x = DVector::from_column_slice(&pair.vector);
            let residual = (a.map(|x| C::new(x, 0.0)) * &x - &x * pair.value).norm();
            prop_assert!((residual - pair.residual).abs() < 1e-11);
        }
        prop_assert!(found.converged, "{:?}", found.pairs.iter().map(|p| p.residual).collect::<Vec<_>>());
        prop_assert!(found.pairs[0].residual < 1e-8 * (1.0 + most.abs()));
        // a defective value only to a root of the rounding
        prop_assert!((key(&found.pairs[0].value) - most).abs() < 1e-3, "{} {most}", found.pairs[0].value);
    }
}
