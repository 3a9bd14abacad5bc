//! `gan theory`: what is true about GANs, as numbers and pictures.

mod check;
mod figure1;
mod optimal_d;
mod output;
mod pair;
mod saturation;
mod value;

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
  gan theory optimal-d                D* = p_data / (p_data + p_g), for any two densities
  gan theory value                    no D beats D*, no G beats p_g = p_data
  gan theory figure1                  Figure 1 of the paper, with networks trained meanwhile
  gan theory saturation               why -log D trains G where log(1 - D) does not; the plateau of the JSD
  gan theory check                    every identity of the theory, computed and compared

Each prints numbers (--json for programs); those that draw write into the folder theory (--out DIR, --format png|svg).";

#[derive(Subcommand)]
enum What {
    /// The optimal discriminator of two densities, and their divergences (Prop. 1)
    OptimalD(optimal_d::Args),
    /// The value of the game for other D, and C(G) for other G (eq. 1, 4 and 6)
    Value(value::Args),
    /// The gradient that reaches G under log(1 - D) and -log D; the plateau of the JSD (section 3)
    Saturation(saturation::Args),
    /// Check every identity: claim, computed, expected, error; exit code 1 if one fails
    Check(check::Args),
    /// Figure 1 of the paper, live: p_data, p_g and D of a one-dimensional game
    Figure1(figure1::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::OptimalD(args) => optimal_d::run(args),
        What::Value(args) => value::run(args),
        What::Saturation(args) => saturation::run(args),
        What::Check(args) => check::run(args),
        What::Figure1(args) => figure1::run(args),
    }
}
