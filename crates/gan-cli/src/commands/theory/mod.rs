//! `gan theory`: what is true about GANs, as numbers and pictures.

mod arguments;
mod check;
mod convergence;
mod f_gan;
mod output;

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
  gan theory convergence              Prop. 2 as a program, and where each of its conditions fails
  gan theory f-gan                    the nine f-divergences: functions, values, tightness of the bound

Each prints numbers (--json for programs); those that draw write into the folder theory (--out DIR, --format png|svg).";

#[derive(Subcommand)]
enum What {
    /// Check every identity: claim, computed, expected, error; exit code 1 if one fails
    Check(check::Args),
    /// Prop. 2 as a program: p_g converges to p_data; three games in which a condition fails
    Convergence(convergence::Args),
    /// The f-divergences of f-GAN: f, conjugate, activation, best T; their values for two distributions
    FGan(f_gan::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Check(args) => check::run(args),
        What::Convergence(args) => convergence::run(args),
        What::FGan(args) => f_gan::run(args),
    }
}
