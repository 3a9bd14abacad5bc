//! Fields and Jacobians of every combination against differences and closed forms.

use gan_layers::Spec;
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::regularisers::Effect;
use super::*;
use crate::theory::{DynamicsError, TheoryError};

fn game(model: &str, objective: &str, regulariser: &str, weight: f64) -> SmallGame {
    let spec = Spec::new(model).with("nodes", 12);
    let spec = if model == "gaussian" { spec.with("mean", 0.3).with("deviation", 0.8) } else { spec };
    SmallGame::new(games::build(&spec, "game").unwrap(), objective, regulariser, weight).unwrap()
}

/// The square matrix of these entries, row by row.
fn square(entries: &[f64]) -> DMatrix<f64> {
    let n = entries.len().isqrt();
    DMatrix::from_row_slice(n, n, entries)
}

/// Fourth-order central differences of a function of a vector, column by column.
fn differences(x: &[f64], rows: usize, f: impl Fn(&[f64]) -> DVector<f64>) -> DMatrix<f64> {
    const H: f64 = 1e-3;
    let mut all = DMatrix::zeros(rows, x.len());
    for j in 0..x.len() {
        let at = |d: f64| {
            let mut moved = x.to_vec();
            moved[j] += d;
            f(&moved)
        };
        all.set_column(j, &(((at(H) - at(-H)) * 8.0 - (at(2.0 * H) - at(-2.0 * H))) / (12.0 * H)));
    }
    all
}

/// Every combination of the registries at a point away from its kinks.
#[test]
fn fields_and_jacobians_are_derivatives() {
    for model in games::ALL {
        for objective in objectives::ALL {
            for regulariser in regularisers::ALL {
                let what = format!("{} {} {}", model.name, objective.name, regulariser.name);
                let game = game(model.name, objective.name, regulariser.name, 0.37);
                // D' keeps its sign over the points of the quadrature, and |D| stays below 1
                let x = match model.name {
                    "dirac" => vec![0.4, 0.7],
                    _ => vec![0.9, 0.2, 0.005, 0.08],
                };
                let field = game.field(&x).unwrap();
                let gradients = differences(&x, 2, |x| DVector::from_row_slice(&game.losses(x).unwrap()));
                if !matches!(regulariser.effect, Effect::Consensus) {
                    let generator = game.model().generator_parameters();
                    for i in 0..x.len() {
                        let expected = -gradients[(usize::from(i >= generator), i)];
                        assert!((field[i] - expected).abs() < 1e-9, "{what}, v_{i}: {} {expected}", field[i]);
                    }
                }
                let error = (game.jacobian(&x).unwrap() - differences(&x, x.len(), |x| game.field(x).unwrap())).amax();
                assert!(error < 1e-8, "{what}: v' misses by {error:e}");
            }
        }
    }
}

#[test]
fn the_field_vanishes_at_the_equilibrium_of_all_but_wgan_gp() {
    for model in games::ALL {
        for objective in objectives::ALL {
            for regulariser in regularisers::ALL {
                let what = format!("{} {} {}", model.name, objective.name, regulariser.name);
                let game = game(model.name, objective.name, regulariser.name, 0.8);
                let (x, v) = (game.equilibrium(), game.field(&game.equilibrium()).unwrap().norm());
                match game.jacobian(&x) {
                    Ok(_) => assert!(v < 1e-13 && regulariser.name != "wgan_gp", "{what}: {v:e}"),
                    Err(TheoryError::Dynamics(DynamicsError::NotDifferentiable { residual, .. })) => {
                        // pushed off with 2 weight, times E |2 x| for w2
                        assert!(residual == v && v > 1.59 && regulariser.name == "wgan_gp", "{what}: {v}");
                    }
                    Err(other) => panic!("{what}: {other}"),
                }
            }
        }
    }
    let v = game("dirac", "minimax", "wgan_gp", 0.8).field(&[0.0, 0.0]).unwrap();
    assert!(v[0] == 0.0 && (v[1] - 1.6).abs() < 1e-14);
    // without its weight it is the bare game
    assert!(game("dirac", "minimax", "wgan_gp", 0.0).jacobian(&[0.0, 0.0]).is_ok());
}

/// Wasserstein on a normal density: `L_D = w2 (a^2 + b^2 - s^2 - m^2) + w1 (b - m)`, `L_G` its negative but for constants.
#[test]
fn the_linear_quadratic_critic_in_closed_form() {
    let game = game("gaussian", "wasserstein", "none", 0.0);
    let (a, b, w2, w1, m, s) = (1.1, -0.4, 0.3, 0.7, 0.3, 0.8);
    let x = vec![a, b, w2, w1];
    let field = DVector::from_row_slice(&[2.0 * a * w2, 2.0 * b * w2 + w1, s * s + m * m - a * a - b * b, m - b]);
    assert!((game.field(&x).unwrap() - field).amax() < 1e-13);
    let jacobian =
        square(&[2.0 * w2, 0.0, 2.0 * a, 0.0, 0.0, 2.0 * w2, 2.0 * b, 1.0, -2.0 * a, -2.0 * b, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0]);
    assert!((game.jacobian(&x).unwrap() - jacobian).amax() < 1e-13);
}

/// At the equilibrium of a normal density with logits: the block of D is `-f''`-weighted second moments of `(x^2, x)`.
#[test]
fn the_jacobian_of_the_logistic_gaussian_game_in_closed_form() {
    let (m, s) = (0.3_f64, 0.8_f64);
    let moment = |k: i32| match k {
        1 => m,
        2 => m * m + s * s,
        3 => m.powi(3) + 3.0 * m * s * s,
        _ => m.powi(4) + 6.0 * m * m * s * s + 3.0 * s.powi(4),
    };
    for (objective, sign) in [("minimax", 1.0), ("non_saturating", 1.0)] {
        let game = game("gaussian", objective, "none", 0.0);
        let expected = square(&[
            0.0,
            0.0,
            s,
            0.0,
            0.0,
            0.0,
            m,
            0.5 * sign,
            -s,
            -m,
            -0.5 * moment(4),
            -0.5 * moment(3),
            0.0,
            -0.5,
            -0.5 * moment(3),
            -0.5 * moment(2),
        ]);
        let error = (game.jacobian(&game.equilibrium()).unwrap() - expected).amax();
        assert!(error < 1e-12, "{objective}: {error:e}");
    }
}

#[test]
fn names_and_numbers_that_do_not_exist() {
    let dirac = || games::build(&Spec::new("dirac"), "game").unwrap();
    let unknown = SmallGame::new(dirac(), "minmax", "r1", 0.1).unwrap_err();
    assert!(unknown.to_string().contains("did you mean `minimax`?"), "{unknown}");
    assert!(matches!(SmallGame::new(dirac(), "hinge", "r3", 0.1), Err(TheoryError::Unknown { what: "regulariser", .. })));
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(SmallGame::new(dirac(), "hinge", "r1", weight), Err(TheoryError::Setting { name: "weight", .. })));
    }
    let game = game("dirac", "hinge", "r1", 0.1);
    assert_eq!(game.field(&[1.0]), Err(TheoryError::Dynamics(DynamicsError::PointLength { expected: 2, found: 1 })));
    assert!(matches!(
        game.jacobian(&[0.0, f64::INFINITY]),
        Err(TheoryError::Dynamics(DynamicsError::PointNotFinite { index: 1, .. }))
    ));
    assert!(games::Gaussian::new(0.0, 0.0, 8).is_err() && games::Gaussian::new(f64::NAN, 1.0, 8).is_err());
    assert!(games::build(&Spec::new("gaussian").with("nodes", 1000), "game").is_err());
    assert!(games::build(&Spec::new("dirac").with("mean", 1.0), "game").is_err());
}

/// A hinge asked for exactly at its corner.
#[test]
fn a_kink_of_an_objective_is_named_too() {
    let found = game("dirac", "hinge", "none", 0.0).jacobian(&[-1.0, 1.0]);
    assert!(matches!(found, Err(TheoryError::Dynamics(DynamicsError::NotDifferentiable { objective: "hinge", .. }))));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        rng_seed: RngSeed::Fixed(2018),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Mescheder et al. 2018, Lemma 4.1 with the eigenvalues of the Jacobian itself.
    #[test]
    fn r1_eigenvalues_of_the_dirac_game(gamma in 0.0..4.0_f64, noise in 0.0..2.0_f64) {
        for objective in ["minimax", "non_saturating", "relativistic"] {
            let g = game("dirac", objective, "r1", gamma);
            let found = eigenvalues(&g.jacobian(&g.equilibrium()).unwrap()).unwrap();
            let [up, down] = relativistic_roots(gamma, 0.5);
            // near gamma = 1 both are one, which splits by the root of the rounding
            let near = |z: nalgebra::Complex<f64>| found.iter().map(|l| (l - z).norm()).fold(f64::INFINITY, f64::min);
            prop_assert!(near(up) < 1e-7 && near(down) < 1e-7);
        }
        let g = game("dirac", "minimax", "instance_noise", noise);
        let jacobian = g.jacobian(&g.equilibrium()).unwrap();
        let expected = square(&[0.0, 0.5, -0.5, -0.5 * noise * noise]);
        prop_assert!((jacobian - expected).amax() < 1e-12);
    }

    /// Mescheder et al. 2017: consensus takes |l|^2 times its weight from each eigenvalue of an antisymmetric game.
    #[test]
    fn consensus_damps_by_the_square(weight in 0.0..3.0_f64) {
        let g = game("dirac", "wasserstein", "consensus", weight);
        let first = eigenvalues(&g.jacobian(&g.equilibrium()).unwrap()).unwrap()[0];
        prop_assert!((first.re + weight).abs() < 1e-12 && (first.im - 1.0).abs() < 1e-12);
    }

    /// Away from the equilibrium too the field of the bare zero-sum game is that of the derivation by hand.
    #[test]
    fn the_dirac_field_by_hand(theta in -3.0..3.0_f64, psi in -3.0..3.0_f64) {
        let v = game("dirac", "minimax", "none", 0.0).field(&[theta, psi]).unwrap();
        let s = 1.0 / (1.0 + (-theta * psi).exp());
        prop_assert!((v[0] - s * psi).abs() < 1e-14 && (v[1] + s * theta).abs() < 1e-14);
        let v = game("dirac", "non_saturating", "none", 0.0).field(&[theta, psi]).unwrap();
        prop_assert!((v[0] - (1.0 - s) * psi).abs() < 1e-14 && (v[1] + s * theta).abs() < 1e-14);
    }
}
