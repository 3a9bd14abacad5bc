//! `gan sample`.

use std::path::PathBuf;

use anyhow::bail;
use gan::layers::Weights;
use gan::train::{Portrait, picture};

use crate::options::Overrides;
use crate::output::say;
use crate::{Outcome, npy, open};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The run's folder, or a checkpoint in it
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// How many samples; the first ones do not depend on it
    #[arg(short = 'n', long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    count: u32,
    /// Seed of the latent vectors
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the values, in the data's own range, as an array of NumPy
    #[arg(long, value_name = "FILE")]
    npy: Option<PathBuf>,
    /// Write a picture [default: samples.png unless --npy is given]
    #[arg(long, value_name = "PNG")]
    out: Option<PathBuf>,
    /// Columns of the picture
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    columns: u16,
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
    let n = args.count as usize;
    let bytes = n.checked_mul(session.data().sample_len() * 4);
    if bytes.is_none_or(|b| b > 8 << 30) {
        bail!(
            "{n} samples of {} values would take more than 8 GiB: ask for fewer, with another --seed each time",
            session.data().sample_len()
        );
    }
    let weights = if args.raw { Weights::Raw } else { Weights::Averaged };
    let samples = session.samples_with(n, args.seed, weights)?;
    if let Some(path) = &args.npy {
        npy::write(path, &samples, n, session.data().sample_shape())?;
        say(format!("{n} samples in {}", path.display()))?;
    }
    let default = PathBuf::from("samples.png");
    if let Some(path) = args.out.as_ref().or(args.npy.is_none().then_some(&default)) {
        let picture = Portrait::new(session.data(), samples, usize::from(args.columns))?.paint()?;
        picture::write_png(path, &picture)?;
        say(format!("{n} samples in {}", path.display()))?;
    }
    Ok(Outcome::Done)
}
