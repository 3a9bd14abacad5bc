//! A harness for objectives and penalties, for the registries of this crate and for those of others.
//!
//! The losses of both players of a small smooth game are differentiated with respect to the players' parameters and compared
//! with central differences, in `f64`. A penalty that uses a gradient of D is so checked to second order.
//!
//! ```
//! use gan_core::{objectives, testing};
//! use gan_layers::Spec;
//! let objective = objectives::build(&Spec::new("minimax"), "objective")?;
//! let game = testing::game(objective, Vec::new())?;
//! let errors = testing::check_gradients(&game)?;
//! assert!(errors.discriminator < 1e-8 && errors.generator < 1e-8);
//! # Ok::<(), gan_core::CoreError>(())
//! ```

use gan_layers::{Kind, Network, Numbers, ParamId, ParamStore, Spec, Updates, optim};
use gan_tensor::ops::Domain;
use gan_tensor::testing::operand;
use gan_tensor::{Cx, Graph, Shape, Store, Team, Var};

use crate::{CoreError, Game, Objective, Parts, Penalty, Players, Prior, priors};

/// Examples of a step.
const BATCH: usize = 4;
/// Values of a latent vector.
const LATENT: usize = 2;
/// Values of a sample.
const SAMPLE: usize = 3;
/// Most scalars of an optimiser.
const MOST_SCALARS: usize = 3;

/// Largest relative errors of the gradients of the two losses: norm-wise, `|a - b| / max(|b|, 1)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct LossErrors {
    /// Of D's loss with the penalties, by D's parameters.
    pub discriminator: f64,
    /// Of G's loss, by G's parameters.
    pub generator: f64,
}

/// A small smooth game with these terms, its weights pseudo-random.
///
/// # Errors
/// None in practice: the networks fit.
pub fn game(objective: Box<dyn Objective>, penalties: Vec<Box<dyn Penalty>>) -> Result<Game, CoreError> {
    Game::new(Parts { penalties, ..Parts::new(small()?, objective, sgd()?, sgd()?) })
}

/// The players of a small smooth game.
fn small() -> Result<Players, CoreError> {
    let hidden = Spec::new("linear").with("units", 4);
    let layers = |last: usize| [hidden.clone(), Spec::new("softplus"), Spec::new("linear").with("units", last)];
    let mut players = Players {
        generator: Network::build("generator", &layers(SAMPLE), [LATENT], 0, 1)?,
        discriminator: Network::build("discriminator", &layers(1), [SAMPLE], 1, 1)?,
        prior: Box::new(priors::Normal),
        sample: [SAMPLE].into(),
    };
    for (stream, net) in [(100, &mut players.generator), (200, &mut players.discriminator)] {
        let specs: Vec<_> = net.params().of_kind(Kind::Trainable).map(|id| net.params().spec(id).clone()).collect();
        for (i, spec) in (stream..).zip(&specs) {
            let values: Vec<f32> = operand(Domain::Real, &spec.shape, i).iter().map(|&x| x as f32).collect();
            net.params_mut().write(&spec.name, &values)?;
        }
    }
    Ok(players)
}

/// Latent vectors of ones.
#[derive(Debug)]
struct Ones;

impl Prior for Ones {
    fn draw<'g>(&self, graph: &'g Graph, _: &str, shape: Shape) -> Var<'g> {
        graph.constant(1.0, shape)
    }
}

/// The Dirac-GAN (Mescheder et al. 2018) of real layers, at its equilibrium: `G(1) = theta`, `D(x) = psi x`, both 0. On data that are all
/// 0 its dynamics are those of [`theory::dynamics`](crate::theory::dynamics), in closed form.
///
/// # Errors
/// None in practice: the networks fit.
pub fn dirac(objective: Box<dyn Objective>, penalties: Vec<Box<dyn Penalty>>) -> Result<Game, CoreError> {
    let one = Spec::new("linear").with("units", 1).with("bias", false).with("init", Spec::new("constant"));
    let players = Players {
        generator: Network::build("generator", std::slice::from_ref(&one), [1], 0, 1)?,
        discriminator: Network::build("discriminator", std::slice::from_ref(&one), [1], 1, 1)?,
        prior: Box::new(Ones),
        sample: [1].into(),
    };
    Game::new(Parts { penalties, ..Parts::new(players, objective, sgd()?, sgd()?) })
}

fn sgd() -> Result<Updates, CoreError> {
    Ok(Updates::new(optim::build(&Spec::new("sgd"), "optimizer")?))
}

/// Checks the gradients of both losses of a game at its weights, on pseudo-random data and fixed noise.
///
/// The networks should be smooth and small: every trainable value is moved four times.
///
/// # Errors
/// A fault of the trace.
pub fn check_gradients(game: &Game) -> Result<LossErrors, CoreError> {
    let players = game.players();
    let (g, d) = (players.generator.params(), players.discriminator.params());
    let stores = [g.values().cast(), d.values().cast()];
    let graph = Graph::new();
    let loss = game.trace_discriminator(&graph, BATCH, &Numbers::new())?.loss;
    let discriminator = compare(game, &graph, loss, (&stores, d))?;
    let graph = Graph::new();
    let loss = game.trace_generator(&graph, BATCH, &Numbers::new())?.loss;
    let generator = compare(game, &graph, loss, (&stores, g))?;
    Ok(LossErrors { discriminator, generator })
}

/// The worst error of the gradients of `loss` by the trainable parameters of one player against fourth-order central differences.
fn compare(
    game: &Game,
    graph: &Graph,
    loss: Var<'_>,
    (stores, params): (&[Store<f64>; 2], &ParamStore),
) -> Result<f64, CoreError> {
    const H: f64 = 1e-3;
    let real = operand(Domain::Real, &game.players().batch_shape(BATCH)?, 1);
    let team = Team::serial();
    // the scalars of the optimisers are inputs too; only the loss before an unrolled D reads them
    let scalars = vec![[0.1]; MOST_SCALARS * (2 + game.unrolling().steps())];
    let inputs: Vec<&[f64]> = std::iter::once(&real[..]).chain(scalars.iter().map(|s| &s[..])).collect();
    let eval = |stores: &[Store<f64>; 2], outs: &[Var<'_>]| {
        graph.eval::<f64>(outs, &[&stores[0], &stores[1]], &inputs, &Cx::new(&team, 11, 3))
    };
    let ids: Vec<ParamId> = params.of_kind(Kind::Trainable).collect();
    let wanted: Vec<Var<'_>> = ids.iter().map(|&id| params.var(graph, id)).collect();
    let store = params.position();
    let mut moved = stores.clone();
    let mut worst: f64 = 0.0;
    for (gradient, &id) in eval(stores, &graph.grad(loss, &wanted))?.iter().zip(&ids) {
        let scale = gradient.values().iter().fold(1.0f64, |m, g| m.max(g.abs()));
        for (k, g) in gradient.values().iter().enumerate() {
            let (slot, k) = (params.slot(id), params.offset(id, k));
            let mut at = |d: f64| -> Result<f64, CoreError> {
                let start = stores[store].get(slot).unwrap_or_default()[k];
                let mut set = |x: f64| moved[store].get_mut(slot).unwrap_or_default()[k] = x;
                set(start + d);
                let value = eval(&moved, &[loss])?[0].values()[0];
                moved[store].get_mut(slot).unwrap_or_default()[k] = start;
                Ok(value)
            };
            let near = at(H)? - at(-H)?;
            let far = at(2.0 * H)? - at(-2.0 * H)?;
            let error = ((8.0 * near - far) / (12.0 * H) - g).abs() / scale;
            worst = if error > worst || error.is_nan() { error } else { worst };
        }
    }
    Ok(worst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::f_divergences;
    use crate::{objectives, penalties};

    #[test]
    fn every_objective_and_every_penalty() {
        let plain = objectives::ALL.iter().map(|e| Spec::new(e.name));
        // f-GAN is as many objectives as there are divergences, each with two losses of G
        let divergences = f_divergences::ALL.iter().flat_map(|e| {
            ["minimax", "non_saturating"].map(|g| Spec::new("f_gan").with("divergence", e.name).with("generator", g))
        });
        for spec in plain.chain(divergences) {
            let build = || objectives::build(&spec, "objective").unwrap();
            let e = check_gradients(&game(build(), Vec::new()).unwrap()).unwrap();
            assert!(e.discriminator <= 1e-8 && e.generator <= 1e-8, "{spec:?}: {e:?}");
            for penalty in penalties::ALL {
                let built = penalties::build(&Spec::new(penalty.name), "penalty").unwrap();
                let e = check_gradients(&game(build(), vec![built]).unwrap()).unwrap();
                assert!(e.discriminator <= 1e-8 && e.generator <= 1e-8, "{spec:?} with {}: {e:?}", penalty.name);
            }
        }
    }

    #[test]
    fn through_the_steps_of_an_unrolled_discriminator() {
        // with a small epsilon a first step is nearly a sign, which differences cannot follow
        let smooth = |name: &str| Spec::new(name).with("epsilon", 0.1);
        let optimizers = [(Spec::new("sgd"), Some("r1")), (smooth("adam"), None), (smooth("rmsprop"), Some("consensus"))];
        for (optimizer, penalty) in optimizers {
            let penalties = penalty.iter().map(|p| penalties::build(&Spec::new(p), "penalty").unwrap()).collect();
            let discriminator = Updates { optimizer: optim::build(&optimizer, "optimizer").unwrap(), ..sgd().unwrap() };
            let objective = objectives::build(&Spec::new("non_saturating"), "objective").unwrap();
            let parts = Parts::new(small().unwrap(), objective, sgd().unwrap(), discriminator);
            let game = Game::new(Parts { penalties, unrolling: crate::Unrolling::new(2), ..parts }).unwrap();
            let e = check_gradients(&game).unwrap();
            assert!(e.discriminator <= 1e-8 && e.generator <= 1e-8, "{optimizer:?}: {e:?}");
        }
    }

    /// Differentiates only one of two factors.
    #[derive(Debug)]
    struct Wrong;

    impl Objective for Wrong {
        fn discriminator<'g>(&self, scene: &crate::Scene<'g, '_>) -> Var<'g> {
            let (real, fake) = scene.d_pair();
            (real * fake.detach()).mean()
        }
        fn generator<'g>(&self, scene: &crate::Scene<'g, '_>) -> Var<'g> {
            (scene.d_fake() * scene.d_fake().detach()).mean()
        }
    }

    #[test]
    fn a_wrong_gradient_is_noticed() {
        let e = check_gradients(&game(Box::new(Wrong), Vec::new()).unwrap()).unwrap();
        assert!(e.discriminator > 0.01 && e.generator > 0.01, "{e:?}");
    }
}
