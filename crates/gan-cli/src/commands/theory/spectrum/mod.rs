//! `gan theory spectrum`.

mod picture;
mod report;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gan::core::theory::TheoryError;
use gan::core::theory::spectrum::{GameField, Leading, Search, Target};
use gan::datasets::{Loader, LoaderOptions};
use gan::tensor::Pool;
use gan::train::TrainError;
use indicatif::{ProgressBar, ProgressStyle};

use super::output::Output;
use crate::fault::Usage;
use crate::memory::available_memory;
use crate::options::{Machine, which};
use crate::{Outcome, open};
use report::{Report, Scene};

#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub(crate) struct Args {
    /// A run's folder, or a checkpoint
    #[arg(value_name = "RUN|CHECKPOINT")]
    run: PathBuf,
    /// Which checkpoint: best, last or a step
    #[arg(long, value_name = "WHICH", default_value = "last", value_parser = which)]
    checkpoint: String,
    /// Seed of the batch, the noise and the masks, which are held fixed
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Samples of the batch [default: that of the run]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// Eigenvalues of each kind
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    eigenvalues: u16,
    /// Residual, relative to the eigenvalue, from which on one counts as found
    #[arg(long, value_name = "T", default_value_t = 1e-6, value_parser = tolerance, allow_negative_numbers = true)]
    tolerance: f64,
    /// Restarts of the search before it gives up
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    restarts: u16,
    /// The rightmost eigenvalues, too: what grows, or decays last
    #[arg(long)]
    rightmost: bool,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    output: Output,
}

const NOTES: &str = "\
Examples:
  gan theory spectrum runs/ring-1
  gan theory spectrum runs/ring-1 --checkpoint 2000 --rightmost --eigenvalues 20

The field is v = (-grad L_G, -grad (L_D + penalties)) of the run's own losses, in f64, at the trained weights (not their
averages). The optimiser (momentum, Adam's scaling), clipping and bounds of weights are no part of it: what is said of steps
holds for plain gradient descent.";

fn tolerance(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|t: &f64| *t > 0.0 && *t < 1.0);
    found.ok_or_else(|| "expected a number between 0 and 1".to_owned())
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (mut session, data) = open::session_with_data(&args.run, &args.checkpoint, &args.machine)?;
    let config = session.config().clone();
    let (batch, seed) = (args.batch.map_or(config.train.batch, |n| n as usize), args.seed);
    let options = LoaderOptions { batch, seed, shuffle: true, flip: config.data.flip, prefetch: 1 };
    let mut loader = Loader::new(data, options).map_err(TrainError::from)?;
    let real = loader.next().map_err(TrainError::from)?.x.clone();

    let (task, pool) = session.task_mut();
    let mut field = GameField::new(task.game(), &real, seed, 0)?;
    let search = |target| Search {
        wanted: args.eigenvalues.into(),
        target,
        // more than the least, so that few restarts are made; the rightmost lie closer together
        basis: 3 * usize::from(args.eigenvalues) + if target == Target::Rightmost { 50 } else { 20 },
        tolerance: args.tolerance,
        restarts: args.restarts.into(),
        seed,
    };
    let most = if args.rightmost { Target::Rightmost } else { Target::LargestMagnitude };
    check_memory(field.bytes(&search(most)), available_memory())?;
    let start = Instant::now();
    let norm = field.field(pool)?.iter().map(|v| v * v).sum::<f64>().sqrt();
    let largest = find(&mut field, &search(Target::LargestMagnitude), pool)?;
    let rightmost = args.rightmost.then(|| find(&mut field, &search(Target::Rightmost), pool)).transpose()?;
    let seconds = start.elapsed().as_secs_f64();

    let (step, tolerance) = (session.steps(), args.tolerance);
    let scene = Scene { config: &config, step, batch, seed, field: &field, norm, tolerance };
    let report = Report::new(&scene, largest, rightmost, seconds);
    let drawn = if args.output.draws() { args.output.figure("spectrum", &picture::figure(&report))? } else { None };
    args.output.print(&report.text(), report.json(), &[drawn])?;
    Ok(Outcome::Done)
}

/// Refuses, before anything is computed, what would not fit.
fn check_memory(needed: usize, available: Option<usize>) -> Result<(), Usage> {
    match available.filter(|room| needed > *room) {
        None => Ok(()),
        Some(room) => Err(Usage(format!(
            "the spectrum of these networks needs {} bytes ({} MiB), and there are {} MiB: ask for a smaller --batch or fewer --eigenvalues",
            needed,
            needed >> 20,
            room >> 20
        ))),
    }
}

/// Searches; what takes more than a moment is shown on the standard error, if that is a terminal.
fn find(field: &mut GameField, search: &Search, pool: &mut Pool) -> Result<Leading, TheoryError> {
    let what = match search.target {
        Target::LargestMagnitude => "eigenvalues of the largest magnitude",
        Target::Rightmost => "rightmost eigenvalues",
    };
    let (start, mut bar) = (Instant::now(), None);
    let found = field.watched_eigenvalues(search, pool, |product| {
        if start.elapsed() > Duration::from_secs(2) {
            bar.get_or_insert_with(|| progress(what)).set_position(product as u64);
        }
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    found
}

fn progress(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}: {pos} products with the Jacobian, {elapsed}");
    ProgressBar::no_length().with_message(what).with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_in_bytes() {
        assert!(check_memory(1 << 30, Some(1 << 30)).is_ok() && check_memory(usize::MAX, None).is_ok());
        let said = check_memory(3 << 20, Some(1 << 20)).unwrap_err().0;
        assert!(said.contains("3145728 bytes (3 MiB)") && said.contains("1 MiB") && said.contains("--batch"), "{said}");
    }
}
