use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

fn pseudo_random(n: usize, seed: u64) -> DMatrix<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    DMatrix::from_fn(n, n, |_, _| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    })
}

fn check(a: &DMatrix<f64>, s: &Schur, what: &str) {
    let n = a.nrows();
    let scale = if a.amax() == 0.0 { 1.0 } else { a.amax() };
    let back = &s.u * s.t.map(|x| x / scale) * s.u.adjoint();
    let error = (back - a.map(|x| C::new(x / scale, 0.0))).norm();
    assert!(error < 1e-13, "{what}: A = U T U^H misses by {error:e}");
    let unitary = (s.u.adjoint() * &s.u - DMatrix::<C>::identity(n, n)).norm();
    assert!(unitary < 1e-12, "{what}: U is not unitary by {unitary:e}");
    for j in 0..n {
        for i in j + 1..n {
            assert_eq!(s.t[(i, j)], C::new(0.0, 0.0), "{what}: T is not triangular");
        }
    }
}

/// Permutation of the axes in a circle.
fn circle(n: usize) -> DMatrix<f64> {
    DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i == (j + 1) % n)))
}

#[test]
fn random_circular_and_degenerate_matrices() {
    for n in [0, 1, 2, 3, 5, 8, 13, 40] {
        check(&pseudo_random(n, 7 + n as u64), &Schur::new(&pseudo_random(n, 7 + n as u64)).unwrap(), "random");
        for (what, a) in [
            ("zero", DMatrix::zeros(n, n)),
            ("identity", DMatrix::identity(n, n)),
            ("shift", DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i == j + 1)))),
            ("huge", pseudo_random(n, 3) * 1e200),
            ("tiny", pseudo_random(n, 3) * 1e-200),
        ] {
            check(&a, &Schur::new(&a).unwrap(), what);
        }
        if n > 0 {
            check(&circle(n), &Schur::new(&circle(n)).unwrap(), "circle");
        }
    }
}

#[test]
fn a_huge_rotation_still_rotates() {
    for scale in [1e-200, 1e200] {
        let found = eigenvalues(&(DMatrix::from_row_slice(2, 2, &[0.0, 1.0, -1.0, 0.0]) * scale)).unwrap();
        assert!((found[0].im / scale - 1.0).abs() < 1e-14 && found[1] == found[0].conj());
    }
}

/// The matrix on which nalgebra's iteration does not end (its issue 611), and Day's (1996).
#[test]
fn matrices_on_which_others_stagnate() {
    let mut companion = circle(12);
    companion[(0, 11)] = 1.774_809_211_101_798;
    companion[(1, 11)] = -0.56;
    let day = DMatrix::from_fn(8, 8, |i, j| match (i, j) {
        _ if i / 2 == j / 2 && i != j => 1.0,
        _ if i == (j + 1) % 8 => 1e-3,
        _ => 0.0,
    });
    for a in [companion, day] {
        check(&a, &Schur::new(&a).unwrap(), "stagnating");
    }
}

#[test]
fn roots_of_unity() {
    for n in [3, 4, 7, 16] {
        for value in eigenvalues(&circle(n)).unwrap() {
            assert!((value.powu(n as u32) - C::new(1.0, 0.0)).norm() < 1e-12, "{n}: {value}");
        }
    }
}

#[test]
fn pairs_stand_together_the_positive_one_first() {
    let found = eigenvalues(&pseudo_random(30, 5)).unwrap();
    let mut i = 0;
    while i < found.len() {
        if found[i].im == 0.0 {
            i += 1;
            continue;
        }
        assert!(found[i].im > 0.0 && (found[i].conj() - found[i + 1]).norm() < 1e-12);
        i += 2;
    }
}

#[test]
fn raising_keeps_the_form_and_moves_the_value() {
    let a = pseudo_random(9, 2);
    let mut s = Schur::new(&a).unwrap();
    let before = s.values();
    s.raise(6, 1);
    check(&a, &s, "raised");
    assert_eq!(s.values()[1], before[6]);
    assert_eq!(s.values()[2], before[1]);
    assert_eq!(s.values()[7], before[7]);
}

#[test]
fn vectors_are_eigenvectors() {
    let a = pseudo_random(12, 9);
    let s = Schur::new(&a).unwrap();
    let complex = a.map(|x| C::new(x, 0.0));
    for (k, value) in s.values().into_iter().enumerate() {
        let y = s.vector(k);
        assert!((&complex * &y - &y * value).norm() < 1e-12);
    }
    // a Jordan block has one eigenvector, found for each of its eigenvalues
    let jordan = DMatrix::from_fn(4, 4, |i, j| if i == j { 2.0 } else { f64::from(u8::from(j == i + 1)) });
    let s = Schur::new(&jordan).unwrap();
    for k in 0..4 {
        let y = s.vector(k);
        assert!((y.norm() - 1.0).abs() < 1e-12 && y[0].norm() > 0.99);
    }
}

#[test]
fn what_has_no_spectrum_is_named() {
    assert!(matches!(
        eigenvalues(&DMatrix::zeros(2, 3)),
        Err(TheoryError::Spectrum(SpectrumError::NotSquare { rows: 2, columns: 3 }))
    ));
    let nan = DMatrix::from_element(2, 2, f64::NAN);
    assert!(matches!(eigenvalues(&nan), Err(TheoryError::Spectrum(SpectrumError::MatrixNotFinite { .. }))));
    assert_eq!(spectral_radius(&DMatrix::zeros(0, 0)), Ok(0.0));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        rng_seed: RngSeed::Fixed(1961),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Sparse matrices of small integers: singular, defective, of high symmetry, as random ones never are.
    #[test]
    fn matrices_of_small_integers(n in 1..24_usize, entries in prop::collection::vec(prop_oneof![3 => Just(0.0), 1 => Just(1.0), 1 => Just(-1.0), 1 => Just(2.0)], 24 * 24)) {
        let a = DMatrix::from_fn(n, n, |i, j| entries[i * 24 + j]);
        let schur = Schur::new(&a).unwrap();
        check(&a, &schur, "integers");
        let sum: C = schur.values().into_iter().sum();
        prop_assert!((sum - C::new(a.trace(), 0.0)).norm() < 1e-11);
    }

    #[test]
    fn permutations(order in Just((0..20_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let a = DMatrix::from_fn(20, 20, |i, j| f64::from(u8::from(order[j] == i)));
        check(&a, &Schur::new(&a).unwrap(), "permutation");
        prop_assert!(eigenvalues(&a).unwrap().iter().all(|l| (l.norm() - 1.0).abs() < 1e-12));
    }
}
