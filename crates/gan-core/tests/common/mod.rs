//! Small games for the tests.
#![allow(dead_code, reason = "each test file uses some of these")]

use gan_core::{Game, Objective, Parts, Penalty, Players, Prior, objectives, priors};
use gan_layers::{Network, Spec, Updates, optim};
use gan_tensor::{Graph, Shape, Var};

/// Latent vectors that the test chooses.
#[derive(Debug)]
pub struct Fixed(pub Vec<f64>);

impl Prior for Fixed {
    fn draw<'g>(&self, graph: &'g Graph, _: &str, shape: Shape) -> Var<'g> {
        graph.literal(shape, &self.0)
    }
}

pub fn linear(units: usize) -> Spec {
    Spec::new("linear").with("units", units)
}

pub fn sgd() -> Updates {
    Updates { optimizer: optim::build(&Spec::new("sgd"), "optimizer").unwrap(), clip: None, average: None }
}

pub fn objective(name: &str) -> Box<dyn Objective> {
    objectives::build(&Spec::new(name), "objective").unwrap()
}

pub fn players(g: &[Spec], d: &[Spec], latent: usize, sample: usize) -> Players {
    Players {
        generator: Network::build("generator", g, [latent], 0, 1).unwrap(),
        discriminator: Network::build("discriminator", d, [sample], 1, 1).unwrap(),
        prior: Box::new(priors::Normal),
        sample: [sample].into(),
    }
}

pub fn game_of(players: Players, objective: Box<dyn Objective>, penalties: Vec<Box<dyn Penalty>>) -> Game {
    Game::new(Parts { penalties, ..Parts::new(players, objective, sgd(), sgd()) }).unwrap()
}

/// A game of plain SGD on the non-saturating objective.
pub fn game(g: &[Spec], d: &[Spec], latent: usize, sample: usize) -> Game {
    game_of(players(g, d, latent, sample), objective("non_saturating"), Vec::new())
}

#[track_caller]
pub fn close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    let error = gan_tensor::testing::distance(found, expected);
    assert!(error <= tolerance, "{what}: error {error:e}: {found:?} against {expected:?}");
}
