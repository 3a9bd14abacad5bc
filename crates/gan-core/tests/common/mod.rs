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
    Updates::new(optim::build(&Spec::new("sgd"), "optimizer").unwrap())
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

/// Multiples of 1/2048 in [-1, 1): a generator of our own, started by the name.
pub fn draw(name: &str, n: usize) -> Vec<f64> {
    let start = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |s, b| (s ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    let next = |s: &u64| Some(s.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(next(&start), next).take(n).map(|s| ((s >> 52) as f64 - 2048.0) / 2048.0).collect()
}

/// Initial values of a parameter.
pub fn start(name: &str, shape: &Shape) -> Vec<f32> {
    let rows = shape.len() / shape[shape.rank() - 1];
    let (mut scale, mut offset) = (0.25, 0.0);
    if name.ends_with("weight") {
        scale = 1.0;
        while scale * scale * rows as f64 > 4.0 {
            scale /= 2.0;
        }
    } else if name.ends_with("gain") {
        offset = 1.0;
    }
    draw(name, shape.len()).iter().map(|x| (x * scale + offset) as f32).collect()
}
