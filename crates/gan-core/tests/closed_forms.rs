//! Losses at chosen logits against formulas written out by hand, and the equilibrium.

mod common;

use common::{Fixed, close, game_of, linear, objective, players};
use gan_core::theory::LOG_4;
use gan_core::{Game, Penalty, Phase, objectives, penalties};
use gan_layers::Numbers;
use gan_layers::Spec;
use gan_tensor::{Cx, Graph, Team, Var};

/// Chosen weights of D and G, each `y = weight x + bias` of one number.
fn game(objective: &Spec, penalties: Vec<Box<dyn Penalty>>, d_weight: f32, d_bias: f32, z: &[f64]) -> Game {
    let mut players = players(&[linear(1)], &[linear(1)], 1, 1);
    players.prior = Box::new(Fixed(z.to_vec()));
    players.generator.params_mut().write("layers[0].weight", &[1.0]).unwrap();
    players.discriminator.params_mut().write("layers[0].weight", &[d_weight]).unwrap();
    players.discriminator.params_mut().write("layers[0].bias", &[d_bias]).unwrap();
    game_of(players, objectives::build(objective, "objective").unwrap(), penalties)
}

fn eval<'g>(game: &Game, graph: &'g Graph, outs: &[Var<'g>], real: &[f64]) -> Vec<f64> {
    let p = game.players();
    let stores = [p.generator.params().values().cast::<f64>(), p.discriminator.params().values().cast::<f64>()];
    let team = Team::serial();
    let inputs = [real, &[0.0], &[0.0], &[0.0], &[0.0]];
    let values = graph.eval(outs, &[&stores[0], &stores[1]], &inputs, &Cx::new(&team, 0, 0)).unwrap();
    values.iter().map(|t| t.values()[0]).collect()
}

/// Losses of D and G where D's logits on data and fakes are these.
fn losses(spec: &Spec, real: &[f64], fake: &[f64]) -> [f64; 2] {
    let game = game(spec, Vec::new(), 1.0, 0.0, fake);
    let (gd, gg) = (Graph::new(), Graph::new());
    let d = game.trace_discriminator(&gd, real.len(), &Numbers::new()).unwrap();
    let g = game.trace_generator(&gg, real.len(), &Numbers::new()).unwrap();
    [eval(&game, &gd, &[d.loss], real)[0], eval(&game, &gg, &[g.loss], real)[0]]
}

const REAL: [f64; 3] = [2.0, -0.5, 0.25];
const FAKE: [f64; 3] = [-1.5, 0.75, -3.0];

/// D(x) = 1 / (1 + e^-logit), written down the long way.
fn d(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

fn mean(x: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    x.iter().map(|&x| f(x)).sum::<f64>() / x.len() as f64
}

#[test]
fn losses_are_those_of_the_paper() {
    let value = mean(&REAL, |l| d(l).ln()) + mean(&FAKE, |l| (1.0 - d(l)).ln());
    for (name, generator) in [("minimax", mean(&FAKE, |l| (1.0 - d(l)).ln())), ("non_saturating", -mean(&FAKE, |l| d(l).ln()))] {
        close(name, &losses(&Spec::new(name), &REAL, &FAKE), &[-value, generator], 1e-14);
        let halved = Spec::new(name).with("d_scale", 0.5);
        close(name, &losses(&halved, &REAL, &FAKE), &[-0.5 * value, generator], 1e-14);
    }
}

#[test]
fn logits_of_a_thousand_do_not_overflow() {
    // an undecided D would pay log 4; one that is sure and right pays nothing, sure and wrong 1000 nats a sample
    for entry in objectives::ALL.iter().filter(|e| objective(e.name).judges_by_probability()) {
        let spec = Spec::new(entry.name);
        let [d, _] = losses(&spec, &[1e3], &[-1e3]);
        assert_eq!(d, 0.0, "{}", entry.name);
        assert!(losses(&spec, &[-1e3], &[1e3]).iter().all(|l| l.is_finite()), "{}", entry.name);
    }
    close("minimax", &losses(&Spec::new("minimax"), &[-1e3], &[1e3]), &[2e3, -1e3], 1e-14);
    // where D rejects every fake, minimax gives G nothing, the other everything
    close("minimax", &losses(&Spec::new("minimax"), &[1e3], &[-1e3]), &[0.0, 0.0], 1e-14);
    close("non_saturating", &losses(&Spec::new("non_saturating"), &[1e3], &[-1e3]), &[0.0, 1e3], 1e-14);
}

#[test]
fn equilibrium_is_that_of_theorem_1() {
    for entry in objectives::ALL.iter().filter(|e| objective(e.name).judges_by_probability()) {
        let optimum = objective(entry.name).optimum().unwrap_or_else(|| panic!("{} has an equilibrium", entry.name));
        assert_eq!((optimum.value, optimum.d), (-(4.0f64.ln()), 0.5), "{}", entry.name);
        // D = 1/2 everywhere
        let game = game(&Spec::new(entry.name), Vec::new(), 0.0, 0.0, &FAKE);
        let graph = Graph::new();
        let Phase { loss, value, d_real, d_fake, .. } = game.trace_discriminator(&graph, 3, &Numbers::new()).unwrap();
        let outs = [loss, value.unwrap(), d_real.unwrap(), d_fake.unwrap()];
        close(entry.name, &eval(&game, &graph, &outs, &REAL), &[LOG_4, -LOG_4, 0.5, 0.5], 1e-15);
    }
}

#[test]
fn r1_is_half_gamma_times_the_squared_slope() {
    let r1 = penalties::build(&Spec::new("r1").with("gamma", 3.0), "penalty").unwrap();
    let game = game(&Spec::new("minimax"), vec![r1], 1.5, 0.25, &FAKE);
    let graph = Graph::new();
    let loss = game.trace_discriminator(&graph, 3, &Numbers::new()).unwrap().loss;
    let w = game.players().discriminator.params();
    let by_weight = graph.grad(loss, &[w.var(&graph, w.find("layers[0].weight").unwrap())])[0];
    let logit = |x: f64| 1.5 * x + 0.25;
    let value = mean(&REAL, |x| d(logit(x)).ln()) + mean(&FAKE, |x| (1.0 - d(logit(x))).ln());
    let slope = mean(&REAL, |x| (d(logit(x)) - 1.0) * x) + mean(&FAKE, |x| d(logit(x)) * x);
    let found = eval(&game, &graph, &[loss, by_weight], &REAL);
    close("loss", &found[..1], &[-value + 1.5 * 1.5 * 1.5], 1e-14);
    close("its gradient", &found[1..], &[slope + 3.0 * 1.5], 1e-14);
}

#[test]
fn wasserstein_is_the_difference_of_means_and_shows_no_probabilities() {
    let found = losses(&Spec::new("wasserstein"), &REAL, &FAKE);
    let (real, fake) = (mean(&REAL, |x| x), mean(&FAKE, |x| x));
    close("wasserstein", &found, &[fake - real, -fake], 1e-14);
    let game = game(&Spec::new("wasserstein"), Vec::new(), 1.0, 0.0, &FAKE);
    let graph = Graph::new();
    let phase = game.trace_discriminator(&graph, 3, &Numbers::new()).unwrap();
    assert!(phase.value.is_none() && phase.d_real.is_none() && phase.d_fake.is_none() && phase.accuracy.is_none());
}

#[test]
fn wgan_gp_wants_slope_one_between_data_and_fakes() {
    // a linear critic has the same slope everywhere: -1.5, so (|-1.5| - 1)^2 = 1/4 and its derivative in the weight is 2 (1/2) (-1)
    let penalty = penalties::build(&Spec::new("wgan_gp").with("weight", 10.0), "penalty").unwrap();
    let game = game(&Spec::new("wasserstein"), vec![penalty], -1.5, 0.25, &FAKE);
    let graph = Graph::new();
    let loss = game.trace_discriminator(&graph, 3, &Numbers::new()).unwrap().loss;
    let w = game.players().discriminator.params();
    let by_weight = graph.grad(loss, &[w.var(&graph, w.find("layers[0].weight").unwrap())])[0];
    let gap = mean(&FAKE, |x| x) - mean(&REAL, |x| x);
    let found = eval(&game, &graph, &[loss, by_weight], &REAL);
    close("loss", &found[..1], &[-1.5 * gap + 10.0 * 0.25], 1e-11);
    close("its gradient", &found[1..], &[gap - 10.0], 1e-11);
}

#[test]
fn penalties_are_added_up_and_are_no_business_of_the_generator() {
    let r1 = |gamma: f64| penalties::build(&Spec::new("r1").with("gamma", gamma), "penalty").unwrap();
    let losses = |penalties: Vec<Box<dyn Penalty>>| {
        let game = game(&Spec::new("minimax"), penalties, 2.0, 0.0, &FAKE);
        let (gd, gg) = (Graph::new(), Graph::new());
        let d = game.trace_discriminator(&gd, 3, &Numbers::new()).unwrap().loss;
        let g = game.trace_generator(&gg, 3, &Numbers::new()).unwrap().loss;
        [eval(&game, &gd, &[d], &REAL)[0], eval(&game, &gg, &[g], &REAL)[0]]
    };
    let (none, both) = (losses(Vec::new()), losses(vec![r1(1.0), r1(3.0)]));
    close("D", &both[..1], &[none[0] + (0.5 + 1.5) * 4.0], 1e-14);
    assert_eq!(both[1], none[1]);
}
