//! `gan bench`: speed, by the same rules and with the same output as the programs it is compared to.

mod models;
mod parzen;
mod peak;
mod sample;
mod step;

use clap::Subcommand;
use gan::tensor::Pool;

use crate::Outcome;
use crate::measure::bind_to_first_core;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A training step: one of D, one of G
    Step(step::Args),
    /// A generator in use: latent vectors to samples
    Sample(sample::Args),
    /// Parzen-window log-likelihoods
    Parzen(parzen::Args),
    /// Multiplications and additions that the machine can do at most
    Peak(peak::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Step(args) => step::run(args),
        What::Sample(args) => sample::run(args),
        What::Parzen(args) => parzen::run(args),
        What::Peak(args) => peak::run(args),
    }
}

/// What every benchmark may be told.
#[derive(clap::Args)]
struct Common {
    /// Threads [default: all cores]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

impl Common {
    /// The threads that are measured: one is bound to core 0, as the rules have it.
    fn pool(&self) -> Pool {
        let threads = self.threads.map_or_else(Pool::default_threads, usize::from);
        if threads == 1 {
            bind_to_first_core();
        }
        Pool::new(threads)
    }
}

fn round(x: f64, digits: i32) -> f64 {
    (x * 10f64.powi(digits)).round() / 10f64.powi(digits)
}
