//! Fields of real games: against differences, against the dense Jacobian, and against the Dirac-GAN in closed form.

use gan_layers::{Network, Spec, Updates, optim};
use gan_tensor::Pool;
use nalgebra::{Complex, DMatrix};

use super::*;
use crate::theory::dynamics::{SmallGame, eigenvalues, games::Dirac, relativistic_roots, spectral_radius};
use crate::theory::{SpectrumError, TheoryError};
use crate::{Game, Parts, Penalty, Players, objectives, penalties, priors, testing};

fn linear(units: usize) -> Spec {
    Spec::new("linear").with("units", units)
}

fn r1(gamma: f64) -> Vec<Box<dyn Penalty>> {
    vec![penalties::build(&Spec::new("r1").with("gamma", gamma), "penalty").unwrap()]
}

/// A game of these layers on samples of 3 values, with R1.
fn game(g: &[Spec], d: &[Spec], objective: &str) -> Game {
    let sgd = || Updates::new(optim::build(&Spec::new("sgd").with("momentum", 0.5), "optimizer").unwrap());
    let players = Players {
        generator: Network::build("generator", g, [2], 0, 1).unwrap(),
        discriminator: Network::build("discriminator", d, [3], 1, 1).unwrap(),
        prior: Box::new(priors::Normal),
        sample: [3].into(),
    };
    let objective = objectives::build(&Spec::new(objective), "objective").unwrap();
    Game::new(Parts { penalties: r1(0.7), ..Parts::new(players, objective, sgd(), sgd()) }).unwrap()
}

fn data(values: usize) -> Vec<f32> {
    (0..values).map(|i| (1.7 * i as f32).sin()).collect()
}

/// With masks, noise and statistics of batches, all of which are held fixed.
fn perceptron() -> Game {
    let dropout = || Spec::new("dropout").with("keep", 0.7);
    let g = [linear(4), Spec::new("softplus"), Spec::new("batch_norm"), linear(3)];
    let d = [dropout(), linear(5), Spec::new("tanh"), dropout(), linear(1)];
    game(&g, &d, "non_saturating")
}

/// Column `j` of the Jacobian by fourth-order differences of the field.
fn difference(field: &mut GameField, j: usize, pool: &mut Pool) -> Vec<f64> {
    const H: f64 = 1e-3;
    let start = field.parameters();
    let mut at = |d: f64| {
        let mut x = start.clone();
        x[j] += d;
        field.set_parameters(&x).unwrap();
        field.field(pool).unwrap()
    };
    let [a, b, c, d] = [H, -H, 2.0 * H, -2.0 * H].map(&mut at);
    field.set_parameters(&start).unwrap();
    (0..start.len()).map(|i| (8.0 * (a[i] - b[i]) - (c[i] - d[i])) / (12.0 * H)).collect()
}

#[test]
fn the_jacobian_is_the_derivative_of_the_field() {
    let pool = &mut Pool::new(2);
    let mut field = GameField::new(&perceptron(), &data(12), 5, 3).unwrap();
    assert_eq!((field.dimension(), field.generator_parameters()), (12 + 8 + 15 + 20 + 6, 12 + 8 + 15));
    let jacobian = field.dense_jacobian(pool).unwrap();
    let mut worst: f64 = 0.0;
    for j in 0..field.dimension() {
        for (i, expected) in difference(&mut field, j, pool).into_iter().enumerate() {
            worst = worst.max((jacobian[(i, j)] - expected).abs());
        }
    }
    assert!(worst < 1e-9 * jacobian.amax().max(1.0), "{worst:e}");
    // the masks and the noise are those of the draw: another draw, another game
    let other = GameField::new(&perceptron(), &data(12), 5, 4).unwrap().dense_jacobian(pool).unwrap();
    assert!((other - &jacobian).amax() > 1e-3);
    assert_eq!(GameField::new(&perceptron(), &data(12), 5, 3).unwrap().dense_jacobian(pool).unwrap(), jacobian);
}

/// Away from the equilibrium too.
#[test]
fn the_field_of_the_dirac_game_is_that_of_theory() {
    let pool = &mut Pool::new(1);
    let build = || objectives::build(&Spec::new("minimax"), "objective").unwrap();
    let game = testing::dirac(build(), r1(0.3)).unwrap();
    let mut field = GameField::new(&game, &[0.0; 4], 1, 0).unwrap();
    let small = SmallGame::new(Box::new(Dirac::new(2).unwrap()), "minimax", "r1", 0.3).unwrap();
    for x in [[0.4, -0.7], [2.0, 1.0], [0.0, 0.0]] {
        field.set_parameters(&x).unwrap();
        let v = field.field(pool).unwrap();
        let expected = small.field(&x).unwrap();
        assert!((v[0] - expected[0]).abs() < 1e-14 && (v[1] - expected[1]).abs() < 1e-14, "{x:?}: {v:?} {expected}");
    }
}

#[test]
fn the_dirac_game_of_real_layers_is_that_of_theory() {
    let pool = &mut Pool::new(1);
    for entry in objectives::ALL.iter().filter(|o| crate::theory::dynamics::objectives::find(o.name).is_some()) {
        for gamma in [0.0, 0.3, 2.5] {
            let what = format!("{} with R1 {gamma}", entry.name);
            // the small game has least squares in the coding for which D = 0 at the equilibrium
            let spec = match entry.name {
                "least_squares" => Spec::new(entry.name).with("fake", -1.0).with("real", 1.0).with("wanted", 1.0),
                name => Spec::new(name),
            };
            let objective = objectives::build(&spec, "objective").unwrap();
            let game = testing::dirac(objective, if gamma > 0.0 { r1(gamma) } else { Vec::new() }).unwrap();
            let small = SmallGame::new(Box::new(Dirac::new(2).unwrap()), entry.name, "r1", gamma).unwrap();
            let mut field = GameField::new(&game, &[0.0; 3], 1, 0).unwrap();
            let found = field.leading_eigenvalues(&Search::default(), pool).unwrap();
            assert!(found.complete && found.pairs.len() == 2);
            let expected = eigenvalues(&small.jacobian(&small.equilibrium()).unwrap()).unwrap();
            for value in expected {
                let near = found.pairs.iter().map(|p| (p.value - value).norm()).fold(f64::INFINITY, f64::min);
                assert!(near < 1e-10, "{what}: {value} is missed by {near:e}");
            }
            for x in [[0.0, 0.0], [0.4, 0.7]] {
                field.set_parameters(&x).unwrap();
                let error = (field.dense_jacobian(pool).unwrap() - small.jacobian(&x).unwrap()).amax();
                assert!(error < 1e-12, "{what} at {x:?}: {error:e}");
            }
        }
    }
    let non_saturating = || objectives::build(&Spec::new("non_saturating"), "objective").unwrap();
    let mut field = GameField::new(&testing::dirac(non_saturating(), r1(0.3)).unwrap(), &[0.0; 3], 1, 0).unwrap();
    let first = field.leading_eigenvalues(&Search::default(), pool).unwrap().pairs[0].value;
    assert!((first - relativistic_roots(0.3, 0.5)[0]).norm() < 1e-10);
    for (alternating, expected) in [(false, 0.986154), (true, 0.984886)] {
        let step = field.step_spectrum(0.1, alternating, &Search::default(), pool).unwrap();
        assert!((step.pairs[0].value.norm() - expected).abs() < 1e-6, "{}", step.pairs[0].value.norm());
    }
}

#[test]
fn leading_values_as_the_dense_jacobian_has_them() {
    let pool = &mut Pool::new(1);
    let mut field = GameField::new(&perceptron(), &data(12), 5, 3).unwrap();
    let jacobian = field.dense_jacobian(pool).unwrap();
    let all = eigenvalues(&jacobian).unwrap();
    for target in [Target::LargestMagnitude, Target::Rightmost] {
        let search = Search { wanted: 4, target, basis: 24, ..Search::default() };
        let found = field.leading_eigenvalues(&search, pool).unwrap();
        assert!(found.converged && !found.complete);
        let key = |l: &Complex<f64>| if target == Target::Rightmost { l.re } else { l.norm() };
        let mut sorted = all.clone();
        sorted.sort_by(|a, b| key(b).total_cmp(&key(a)));
        for (pair, expected) in found.pairs.iter().zip(sorted) {
            assert!((key(&pair.value) - key(&expected)).abs() < 1e-8, "{target:?}: {} {expected}", pair.value);
            assert!(pair.residual < 1e-8);
            // a left eigenvector
            let w = nalgebra::DVector::from_column_slice(&pair.vector);
            let left = jacobian.transpose().map(|x| Complex::new(x, 0.0)) * &w - &w * pair.value;
            assert!(left.norm() < 1e-8, "{:e}", left.norm());
        }
    }
    // the linear map of alternating steps, from the dense Jacobian
    let (h, g, n) = (0.2, field.generator_parameters(), field.dimension());
    let block = |rows: std::ops::Range<usize>| {
        DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i == j)) + if rows.contains(&i) { h * jacobian[(i, j)] } else { 0.0 })
    };
    let expected = spectral_radius(&(block(0..g) * block(g..n))).unwrap();
    let found = field.step_spectrum(h, true, &Search { basis: n, ..Search::default() }, pool).unwrap();
    assert!((found.pairs[0].value.norm() - expected).abs() < 1e-10, "{} {expected}", found.pairs[0].value.norm());
}

/// Weights large enough to be kept as panels of columns: the order of the coordinates is row-major all the same.
#[test]
fn packed_weights_have_the_same_coordinates() {
    let pool = &mut Pool::new(2);
    let wide = game(&[linear(3)], &[linear(72), Spec::new("tanh"), linear(72), Spec::new("softplus"), linear(1)], "wasserstein");
    let mut field = GameField::new(&wide, &data(6), 2, 0).unwrap();
    let n = field.dimension();
    let large = TheoryError::Spectrum(SpectrumError::TooManyParameters { found: n, limit: 2000 });
    assert_eq!(field.dense_jacobian(pool).err(), Some(large));
    let net = wide.players().discriminator.params();
    let weight = net.read(net.find("layers[2].weight").unwrap()).to_vec();
    let start = field.generator_parameters() + 3 * 72 + 72;
    let at = &field.parameters()[start..start + 72 * 72];
    assert!(at.iter().zip(&weight).all(|(a, b)| *a == f64::from(*b)));
    // a column by differences against the products with a few rows
    let j = start + 72 * 17 + 5;
    let column = difference(&mut field, j, pool);
    let (mut u, mut row) = (vec![0.0; n], vec![0.0; n]);
    for i in [0, 8, 100, start + 3, start + 72 * 17 + 5, start + 72 * 20 + 9, n - 2] {
        u[i] = 1.0;
        field.vector_jacobian(&u, &mut row, pool).unwrap();
        u[i] = 0.0;
        assert!((row[j] - column[i]).abs() < 1e-10, "row {i}: {} {}", row[j], column[i]);
    }
    let found = field.leading_eigenvalues(&Search { wanted: 2, ..Search::default() }, pool).unwrap();
    assert!(found.converged, "{:?}", found.pairs.iter().map(|p| p.residual).collect::<Vec<_>>());
}

#[test]
fn what_does_not_fit_is_named() {
    let pool = &mut Pool::new(1);
    let game = perceptron();
    let data_fault = GameField::new(&game, &data(7), 1, 0).err();
    assert_eq!(data_fault, Some(TheoryError::VectorLength { expected: 9, found: 7 }));
    assert!(matches!(GameField::new(&game, &[], 1, 0).err(), Some(TheoryError::Spectrum(SpectrumError::Game(_)))));
    let mut field = GameField::new(&game, &data(6), 1, 0).unwrap();
    let n = field.dimension();
    assert!(matches!(field.set_parameters(&[1.0]), Err(TheoryError::VectorLength { found: 1, .. })));
    assert!(matches!(field.vector_jacobian(&[1.0], &mut vec![0.0; n], pool), Err(TheoryError::VectorLength { found: 1, .. })));
    assert!(matches!(field.vector_jacobian(&vec![0.0; n], &mut [0.0], pool), Err(TheoryError::VectorLength { found: 1, .. })));
    let mut x = field.parameters();
    x[0] = f64::NAN;
    field.set_parameters(&x).unwrap();
    let found = field.leading_eigenvalues(&Search::default(), pool);
    assert_eq!(found, Err(TheoryError::Spectrum(SpectrumError::OperatorNotFinite { product: 1 })));
}
