//! Objectives, penalties and priors that this crate does not know: everything they need is public.

mod common;

use common::{close, game_of, linear, players};
use gan_core::{Game, Objective, Penalty, Prior, Scene, testing};
use gan_layers::Numbers;
use gan_layers::Spec;
use gan_tensor::{Cx, Graph, Pool, Shape, Var};

/// Least squares (Mao et al. 2017, eq. 2 with a = 0, b = c = 1) on the logits.
#[derive(Debug)]
struct LeastSquares;

impl Objective for LeastSquares {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        ((real - 1.0).square().mean() + fake.square().mean()) * 0.5
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        (scene.d_fake() - 1.0).square().mean() * 0.5
    }
}

/// The gradient penalty between data and fakes (Gulrajani et al. 2017, eq. 3): `lambda E (|grad_x d(x)| - 1)^2`.
#[derive(Debug)]
struct GradientPenalty {
    lambda: f64,
}

impl Penalty for GradientPenalty {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = (scene.real(), scene.fake());
        let along = scene.graph().uniform("along", [scene.batch(), 1], 0.0, 1.0);
        let x = real + (fake - real) * along;
        let slope = scene.graph().grad(scene.d(x).sum(), &[x])[0];
        let norm = slope.square().sum_axes(&[1]).sqrt();
        (norm - 1.0).square().mean() * self.lambda
    }
}

/// A coin for each component.
#[derive(Debug)]
struct Coins;

impl Prior for Coins {
    fn draw<'g>(&self, graph: &'g Graph, name: &str, shape: Shape) -> Var<'g> {
        graph.bernoulli(name, shape, 0.5)
    }
}

#[test]
fn their_gradients_are_right_to_the_order_they_need() {
    let game = testing::game(Box::new(LeastSquares), vec![Box::new(GradientPenalty { lambda: 10.0 })]).unwrap();
    let e = testing::check_gradients(&game).unwrap();
    assert!(e.discriminator <= 1e-8 && e.generator <= 1e-8, "{e:?}");
}

#[test]
fn a_game_of_them_is_played() {
    // one fixed real point; D is linear, so its slope is its weight and the penalty draws its norm to 1
    let mut players = players(&[linear(2)], &[linear(1)], 3, 2);
    players.prior = Box::new(Coins);
    let mut game: Game = game_of(players, Box::new(LeastSquares), vec![Box::new(GradientPenalty { lambda: 10.0 })]);
    let graph = Graph::new();
    let [d, g] = game.trace_simultaneous(&graph, 8, &Numbers::new()).unwrap();
    let mut plan = graph.compile::<f32>(&[d.loss, g.loss]).unwrap();
    let real = [0.5f32, -0.25].repeat(8);
    let (lr, still): ([f32; 1], [f32; 1]) = ([0.02], [0.0]);
    let mut pool = Pool::new(1);
    for draw in 0..300 {
        let p = game.players_mut();
        let mut stores = [p.generator.params_mut().values_mut(), p.discriminator.params_mut().values_mut()];
        let inputs: [&[f32]; 5] = [&real, &lr, &still, &lr, &still];
        pool.region(|team| plan.run(&mut stores, &inputs, &Cx::new(team, 5, draw))).unwrap();
    }
    let d = game.players().discriminator.params();
    let w = d.read(d.find("layers[0].weight").unwrap());
    close("slope of D", &[f64::from(w[0].hypot(w[1]))], &[1.0], 0.15);
    assert!(plan.output(0)[0].is_finite() && plan.output(1)[0].is_finite());
    assert!(game.objective().optimum().is_none(), "nothing is claimed of an equilibrium unless it is said");
}

#[test]
fn a_prior_of_ones_own_is_drawn_anew_in_every_run() {
    let mut players = players(&[Spec::new("identity")], &[linear(1)], 3, 3);
    players.prior = Box::new(Coins);
    let mut game = game_of(players, Box::new(LeastSquares), Vec::new());
    let mut sampler = gan_core::Sampler::new(&game, gan_layers::Weights::Raw).unwrap();
    let x = sampler.sample(game.players_mut().generator.params_mut(), 1000, 1, &mut Pool::new(1)).unwrap();
    assert!(x.iter().all(|&x| x == 0.0 || x == 1.0));
    // a standard deviation is 0.0091
    close("share of ones", &[f64::from(x.iter().sum::<f32>()) / 3000.0], &[0.5], 0.08);
    assert_ne!(x[..300], x[300..600]);
}
