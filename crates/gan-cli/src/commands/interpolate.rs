//! `gan interpolate`.

use std::path::PathBuf;

use gan::layers::Weights;
use gan::train::{Portrait, picture};

use crate::options::Overrides;
use crate::output::say;
use crate::{Outcome, open};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The run's folder, or a checkpoint in it
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Lines: a row each
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rows: u16,
    /// Samples of a line, both ends included
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..=1000))]
    columns: u16,
    /// Seed of the latent vectors
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The picture
    #[arg(long, value_name = "PNG", default_value = "interpolation.png")]
    out: PathBuf,
    /// Which checkpoint: best, last or a step
    #[arg(long, default_value = "best")]
    checkpoint: String,
    /// The trained weights instead of their moving averages
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    overrides: Overrides,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut session = open::session(&args.run, &args.checkpoint, &args.overrides)?;
    let weights = if args.raw { Weights::Raw } else { Weights::Averaged };
    let (rows, columns) = (usize::from(args.rows), usize::from(args.columns));
    let samples = session.lines(rows, columns, args.seed, weights)?;
    let picture = Portrait::new(session.data(), samples, columns)?.paint()?;
    picture::write_png(&args.out, &picture)?;
    say(format!("{rows} lines of {columns} samples in {}", args.out.display()))?;
    Ok(Outcome::Done)
}
