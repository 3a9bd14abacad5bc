//! What G sees of an unrolled D is what D becomes when it is trained so many steps more on the same batch.

mod common;

use common::{Fixed, linear, players};
use gan_core::{Game, Parts, Unrolling, objectives, penalties};
use gan_layers::{Numbers, Progress, Spec, Updates, optim};
use gan_tensor::{Cx, Graph, Store, Team, Var};

const BATCH: usize = 3;
const STEPS: usize = 3;

fn updates(spec: &Spec) -> Updates {
    Updates::new(optim::build(spec, "optimizer").unwrap())
}

fn game(unrolling: usize, optimizer: &Spec, penalty: &str) -> Game {
    let layers = |first: Spec, last| [first, Spec::new("softplus"), linear(last)];
    // D's singular vectors move on in each of its steps, too
    let normalised = linear(5).with("spectral_norm", true);
    let mut players = players(&layers(linear(5), 2), &layers(normalised, 1), 2, 2);
    players.prior = Box::new(Fixed(vec![0.3, -1.0, 0.8, 0.1, -0.5, 0.9]));
    let objective = objectives::build(&Spec::new("non_saturating"), "objective").unwrap();
    let penalties = vec![penalties::build(&Spec::new(penalty), "penalty").unwrap()];
    let parts = Parts::new(players, objective, updates(&Spec::new("sgd")), updates(optimizer));
    Game::new(Parts { penalties, unrolling: Unrolling::new(unrolling), ..parts }).unwrap()
}

fn stores(game: &Game) -> [Store<f64>; 2] {
    [game.players().generator.params().values().cast(), game.players().discriminator.params().values().cast()]
}

/// The scalars of D's optimiser at its step `i`.
fn of_d(game: &Game, i: u64) -> Vec<f64> {
    game.discriminator_updates().values(Progress { step: i, epoch: 0.0 })
}

fn run(stores: &mut [Store<f64>; 2], scalars: &[f64], trace: impl for<'g> Fn(&'g Graph) -> Var<'g>) -> f64 {
    let graph = Graph::new();
    let mut plan = graph.compile::<f64>(&[trace(&graph)]).unwrap();
    let real = [1.0, 0.2, -0.4, 0.7, 0.1, -1.1];
    let inputs: Vec<&[f64]> = std::iter::once(&real[..]).chain(scalars.chunks(1)).collect();
    let team = Team::serial();
    let [g, d] = stores;
    plan.run(&mut [g, d], &inputs, &Cx::new(&team, 0, 0)).unwrap();
    plan.output(0)[0]
}

#[test]
fn the_loss_is_that_before_the_trained_discriminator() {
    let sgd = Spec::new("sgd").with("lr", 0.5).with("momentum", 0.9);
    let adam = Spec::new("adam").with("lr", 0.1);
    let rmsprop = Spec::new("rmsprop").with("lr", 0.05);
    for (optimizer, penalty) in [(&sgd, "r1"), (&sgd, "r2"), (&sgd, "consensus"), (&adam, "r1"), (&rmsprop, "r2")] {
        // D starts in the middle of its training, so that the states of its optimiser count
        let plain = game(0, optimizer, penalty);
        let mut trained = stores(&plain);
        let step = |trained: &mut [Store<f64>; 2], i| {
            run(trained, &of_d(&plain, i), |g| plain.trace_discriminator(g, BATCH, &Numbers::new()).unwrap().loss);
        };
        (0..2).for_each(|i| step(&mut trained, i));

        let ahead = game(STEPS, optimizer, penalty);
        let lr = [0.0, 0.0]; // of G, which stands still here
        let scalars: Vec<f64> = lr.into_iter().chain((2..2 + STEPS as u64).flat_map(|i| of_d(&ahead, i))).collect();
        let before = trained.clone();
        let seen = run(&mut trained, &scalars, |g| ahead.trace_generator(g, BATCH, &Numbers::new()).unwrap().loss);
        for (slot, spec) in plain.players().discriminator.params().specs().enumerate() {
            assert_eq!(before[1].get(slot), trained[1].get(slot), "G's step leaves {} as it is", spec.name);
        }

        let at_once = run(&mut trained, &lr, |g| plain.trace_generator(g, BATCH, &Numbers::new()).unwrap().loss);
        (2..2 + STEPS as u64).for_each(|i| step(&mut trained, i));
        let later = run(&mut trained, &lr, |g| plain.trace_generator(g, BATCH, &Numbers::new()).unwrap().loss);
        assert!((seen - later).abs() < 1e-12 * later.abs(), "{optimizer:?}, {penalty}: {seen} and {later}");
        assert!((seen - at_once).abs() > 1e-3, "{optimizer:?}, {penalty}: the steps change what G sees");
    }
}
