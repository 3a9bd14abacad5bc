//! `gan theory`: what is true about GANs, as numbers and pictures.

mod check;
mod dirac;
mod output;
mod spectrum;

use clap::Subcommand;

use crate::Outcome;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

const EXAMPLES: &str = "\
Examples:
  gan theory check                    every identity of the theory, computed and compared
  gan theory dirac                    who converges: objectives, regularisers and steps in the smallest games
  gan theory spectrum runs/ring-1     the eigenvalues that decide whether training settles there

Each prints numbers (--json for programs); those that draw write into the folder theory (--out DIR, --format png|svg).";

#[derive(Subcommand)]
enum What {
    /// Check every identity: claim, computed, expected, error; exit code 1 if one fails
    Check(check::Args),
    /// Games of two and four parameters: what converges, circles and runs away, and which weight helps
    Dirac(dirac::Args),
    /// Eigenvalues of a run's gradient field: whether its steps rotate, grow or contract
    Spectrum(spectrum::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Check(args) => check::run(args),
        What::Dirac(args) => dirac::run(args),
        What::Spectrum(args) => spectrum::run(args),
    }
}
