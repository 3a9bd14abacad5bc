//! `gan theory convergence`.

mod counter;
mod descent;
mod picture;

use gan::core::theory::convergence::{self, family, finite_k, overfitting};
use gan::core::theory::{Distribution, TheoryError};
use serde_json::json;

use super::arguments::{List, counts, positive, weights};
use super::output::Output;
use crate::Outcome;
use crate::fault::Usage;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Outcomes of the data: two humps, of which p_g at first has but an end
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(2..=1000))]
    outcomes: u16,
    /// The data themselves instead, as weights of outcomes: 1,4,6,4,1
    #[arg(long, value_name = "WEIGHTS", value_parser = weights, conflicts_with = "outcomes")]
    p_data: Option<Distribution>,
    /// What the generator starts with, as weights of the same outcomes
    #[arg(long, value_name = "WEIGHTS", value_parser = weights)]
    p_g: Option<Distribution>,
    /// Steps after which the descent ends in any case
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    steps: u32,
    /// Size of a step, halved where it gains nothing [default: the least probability of the data]
    #[arg(long, value_name = "H", value_parser = positive)]
    step_size: Option<f64>,
    /// KL(p_data || p_g) at which the descent ends, in nats
    #[arg(long, value_name = "KL", default_value = "1e-10", value_parser = positive)]
    tolerance: f64,
    /// Steps of D a turn, in the game where D does not reach its optimum
    #[arg(long, value_name = "K,K,..", default_value = "1,2,5,20", value_parser = |t: &str| counts(t, 6, 1000))]
    k: List<usize>,
    /// Samples, in the game where the data are known by samples only
    #[arg(long, value_name = "N,N,..", default_value = "10,30,100,300,1000,10000,100000", value_parser = |t: &str| counts(t, 12, 1_000_000))]
    samples: List<usize>,
    /// Seed of the samples
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: Output,
}

/// Everything that is shown.
struct Shown {
    p_data: Distribution,
    start: Distribution,
    options: convergence::descent::Options,
    descent: convergence::descent::Report,
    capacity: counter::Capacity,
    games: Vec<finite_k::Report>,
    samples: Vec<overfitting::Report>,
}

impl Shown {
    fn compute(args: &Args) -> anyhow::Result<Shown> {
        let p_data = args.p_data.clone().map_or_else(|| humps(usize::from(args.outcomes)), Ok)?;
        let start = args.p_g.clone().map_or_else(|| end_of(p_data.outcomes()), Ok)?;
        if start.outcomes() != p_data.outcomes() {
            let (expected, found) = (p_data.outcomes(), start.outcomes());
            return Err(
                Usage(format!("--p-g: expected {expected} weights, as many as p_data has outcomes, found {found}")).into()
            );
        }
        let outcomes = p_data.probabilities().iter().filter(|p| **p > 0.0).count();
        if outcomes < 2 {
            return Err(Usage("--p-data: expected weights of at least two outcomes above 0, found one".to_owned()).into());
        }
        let steps = usize::try_from(args.steps)?;
        let options = convergence::descent::Options { step: args.step_size, tolerance: args.tolerance, iterations: steps };
        let descent = convergence::descent::run(&p_data, &start, &options)?;
        let overfitted = overfitting::Options { seed: args.seed, ..overfitting::Options::default() };
        let samples = overfitting::run(&p_data, &args.samples.0, &overfitted)?;
        let capacity = counter::Capacity::of(&family::Scene::default())?;
        Ok(Shown { games: counter::games(&args.k.0)?, p_data, start, options, descent, capacity, samples })
    }

    /// `p_g` after so many steps.
    fn p_g_after(&self, iterations: usize) -> Result<Distribution, TheoryError> {
        let options = convergence::descent::Options { iterations, ..self.options };
        Ok(convergence::descent::run(&self.p_data, &self.start, &options)?.p_g)
    }
}

/// Two unequal humps, nowhere less than a sixth of the larger, so that the step size is not tiny.
fn humps(outcomes: usize) -> Result<Distribution, TheoryError> {
    let hump = |x: f64, at: f64| (-0.5 * ((x - at) / 0.22).powi(2)).exp();
    let weights: Vec<f64> = along(outcomes).map(|x| 0.2 + hump(x, -0.5) + 0.6 * hump(x, 0.5)).collect();
    Distribution::from_weights(&weights)
}

/// Most of the mass at the last outcomes.
fn end_of(outcomes: usize) -> Result<Distribution, TheoryError> {
    Distribution::from_weights(&along(outcomes).map(|x| (2.0 * x).exp()).collect::<Vec<_>>())
}

/// So many places from -1 to 1.
fn along(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| 2.0 * i as f64 / n.max(2).saturating_sub(1) as f64 - 1.0)
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let shown = Shown::compute(args)?;
    let pictures = if args.output.draws() {
        vec![
            args.output.figure("convergence", &picture::converging(&shown)?)?,
            args.output.figure("convergence-counter", &picture::counter(&shown)?)?,
        ]
    } else {
        Vec::new()
    };
    let text = [
        descent::text(&shown),
        counter::capacity_text(&shown.capacity),
        counter::games_text(&shown.games),
        counter::samples_text(&shown.samples, shown.p_data.outcomes()),
    ]
    .join("\n");
    let value = json!({
        "p_data": shown.p_data.probabilities().as_slice(),
        "start": shown.start.probabilities().as_slice(),
        "descent": descent::json(&shown),
        "capacity": counter::capacity_json(&shown.capacity),
        "finite_k": counter::games_json(&shown.games),
        "samples": counter::samples_json(&shown.samples),
    });
    args.output.print(&text, value, &pictures)?;
    Ok(Outcome::Done)
}
