//! What reaches G while a real D is trained and G stands still.

use gan::core::theory::{LatentCells, TheoryError, sigmoid, softplus};
use gan::core::{Game, Parts, Players, Prior, objectives, priors};
use gan::layers::{Network, Numbers, Progress, Spec, Updates, Weights, optim};
use gan::tensor::{Cx, Graph, Plan, Pool, Shape, Store, Var};

use super::super::cells::Quantiles;

/// Units of each hidden layer of D.
const HIDDEN: usize = 32;
/// Samples of each kind in a step of D.
const BATCH: usize = 256;
/// Latent values over which gradients are averaged.
const LATENT: usize = 4096;
/// Cells from which the latent values are found, and those over which V is integrated.
const CELLS: usize = 20_000;
const COARSE: usize = 2000;
/// D's learning rate.
const RATE: f64 = 0.003;

/// What was measured after so many steps of D.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub step: usize,
    /// Norm of the gradient of `E log(1 - D(G(z)))` in G's mean and standard deviation.
    pub minimax: f64,
    /// Of `-E log D(G(z))`.
    pub non_saturating: f64,
    /// Mean of D over the fakes.
    pub d_fake: f64,
    /// V(D, G).
    pub value: f64,
}

/// Data `N(0, 1)`, a generator `G(z) = mean + std z` that stands still, and a discriminator of two hidden layers that is trained.
pub(super) struct Lesson {
    /// Store 0 is G's, store 1 is D's.
    stores: [Store<f64>; 2],
    step: Plan<f64>,
    data: Plan<f64>,
    updates: Updates,
    gradients: [Plan<f64>; 2],
    logits: Plan<f64>,
    /// Data that gradients of G's losses are given, and do not read.
    reals: Vec<f64>,
    masses: Vec<f64>,
    pool: Pool,
    seed: u64,
    steps: usize,
}

impl Lesson {
    pub fn new(mean: f64, std: f64, seed: u64) -> anyhow::Result<Lesson> {
        let z = quantiles(LATENT)?;
        let even = || -> Box<dyn Prior> { Box::new(Even { z: z.clone() }) };
        // D's loss is the same under both objectives; G's differ
        let trained = game("non_saturating", Box::new(priors::Normal), (mean, std), seed)?;
        let measured = [game("minimax", even(), (mean, std), seed)?, game("non_saturating", even(), (mean, std), seed)?];

        let graph = Graph::new();
        let step = graph.compile(&[trained.trace_discriminator(&graph, BATCH, &Numbers::new())?.loss])?;
        let graph = Graph::new();
        let data = graph.compile(&[graph.normal("data", [BATCH, 1])])?;
        let of_generator = |game: &Game| -> anyhow::Result<Plan<f64>> {
            let graph = Graph::new();
            Ok(graph.compile(&game.trace_gradients(&graph, LATENT, &Numbers::new())?.generator)?)
        };
        let gradients = [of_generator(&measured[0])?, of_generator(&measured[1])?];
        let graph = Graph::new();
        // the data have the distribution of z, too
        let cells = LatentCells::normal(COARSE)?;
        let centres: Vec<f64> = cells.edges().windows(2).map(|e| f64::midpoint(e[0], e[1])).collect();
        let real = graph.literal([COARSE, 1], &centres);
        let fake = trained.trace_decoder(&graph, real, Weights::Raw)?;
        let logits = graph.compile(&[trained.trace_judge(&graph, real)?, trained.trace_judge(&graph, fake)?])?;
        let players = trained.players();
        let stores = [&players.generator, &players.discriminator].map(|net| net.params().values().cast());
        // the networks are small: a second thread would only wait
        let (masses, pool) = (cells.masses().to_vec(), Pool::new(1));
        Ok(Lesson { stores, step, data, updates: updates()?, gradients, logits, reals: z, masses, pool, seed, steps: 0 })
    }

    /// Steps of D until it has made `steps` of them.
    pub fn teach_until(&mut self, steps: usize) -> anyhow::Result<()> {
        while self.steps < steps {
            let draw = self.steps as u32;
            let Lesson { stores: [g, d], step, data, pool, seed, .. } = self;
            pool.region(|team| data.run(&mut [], &[], &Cx::new(team, *seed, draw)))?;
            let mut scalars = self.updates.optimizer.values(Progress { step: self.steps as u64, epoch: 0.0 });
            if let Some(rate) = scalars.first_mut() {
                *rate /= (1.0 + self.steps as f64 / 100.0).sqrt();
            }
            let inputs: Vec<&[f64]> = std::iter::once(data.output(0)).chain(scalars.chunks(1)).collect();
            pool.region(|team| step.run(&mut [g, d], &inputs, &Cx::new(team, *seed, draw)))?;
            self.steps += 1;
        }
        Ok(())
    }

    /// Both gradients and what D says now.
    pub fn measure(&mut self) -> anyhow::Result<Moment> {
        let Lesson { stores: [g, d], gradients, logits, reals, masses, pool, seed, .. } = self;
        let mut norms = [0.0; 2];
        for (plan, norm) in gradients.iter_mut().zip(&mut norms) {
            pool.region(|team| plan.run(&mut [g, d], &[reals], &Cx::new(team, *seed, 0)))?;
            // a weight and a bias, one value each
            *norm = plan.output(0).iter().chain(plan.output(1)).map(|x| x * x).sum::<f64>().sqrt();
        }
        pool.region(|team| logits.run(&mut [g, d], &[], &Cx::new(team, *seed, 0)))?;
        let mean = |i: usize, f: fn(f64) -> f64| logits.output(i).iter().zip(&*masses).map(|(l, m)| m * f(*l)).sum::<f64>();
        let [minimax, non_saturating] = norms;
        let value = -mean(0, |l| softplus(-l)) - mean(1, softplus);
        Ok(Moment { step: self.steps, minimax, non_saturating, d_fake: mean(1, sigmoid), value })
    }
}

/// The middles of `n` parts of equal mass of the standard normal distribution.
fn quantiles(n: usize) -> Result<Vec<f64>, TheoryError> {
    let latent = LatentCells::normal(CELLS)?;
    let quantiles = Quantiles::new(latent.edges(), latent.masses());
    Ok((0..n).map(|i| quantiles.at((i as f64 + 0.5) / n as f64)).collect())
}

/// Latent values that are not drawn but spread evenly over the normal prior: means over them are expectations.
#[derive(Debug)]
struct Even {
    z: Vec<f64>,
}

impl Prior for Even {
    fn draw<'g>(&self, graph: &'g Graph, _: &str, shape: Shape) -> Var<'g> {
        graph.literal(shape, &self.z)
    }
}

fn game(objective: &str, prior: Box<dyn Prior>, (mean, std): (f64, f64), seed: u64) -> anyhow::Result<Game> {
    let linear = |units: usize| Spec::new("linear").with("units", units);
    let layers = [linear(HIDDEN), Spec::new("leaky_relu"), linear(HIDDEN), Spec::new("leaky_relu"), linear(1)];
    let mut generator = Network::build("generator", &[linear(1)], [1], 0, seed)?;
    generator.params_mut().write("layers[0].weight", &[std as f32])?;
    generator.params_mut().write("layers[0].bias", &[mean as f32])?;
    let discriminator = Network::build("discriminator", &layers, [1], 1, seed)?;
    let players = Players { generator, discriminator, prior, sample: [1].into() };
    let objective = objectives::build(&Spec::new(objective), "objective")?;
    let parts = Parts::new(players, objective, updates()?, updates()?);
    Ok(Game::new(parts)?)
}

fn updates() -> anyhow::Result<Updates> {
    let adam = Spec::new("adam").with("lr", RATE).with("beta1", 0.9);
    Ok(Updates { optimizer: optim::build(&adam, "optimizer")?, clip: None, average: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latent_values_have_the_moments_of_the_prior() {
        let z = quantiles(LATENT).unwrap();
        let mean = |f: fn(f64) -> f64| z.iter().map(|z| f(*z)).sum::<f64>() / LATENT as f64;
        assert!(mean(|z| z).abs() < 1e-9 && (mean(|z| z * z) - 1.0).abs() < 1e-3, "{} {}", mean(|z| z), mean(|z| z * z));
        assert!(z.windows(2).all(|w| w[0] < w[1]));
    }
}
