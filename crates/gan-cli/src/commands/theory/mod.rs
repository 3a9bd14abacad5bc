//! `gan theory`: what is true about GANs, as numbers and pictures.

mod arguments;
mod cells;
mod check;
mod convergence;
mod dirac;
mod f_gan;
mod figure1;
mod optimal_d;
mod output;
mod pair;
mod saturation;
mod spectrum;
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
  gan theory figure1                  Figure 1 of the paper, with networks trained meanwhile
  gan theory optimal-d                D* = p_data / (p_data + p_g), for any two densities
  gan theory value                    no D beats D*, no G beats p_g = p_data
  gan theory convergence              Prop. 2 as a program, and where each of its conditions fails
  gan theory saturation               why -log D trains G where log(1 - D) does not; the plateau of the JSD
  gan theory f-gan                    the nine f-divergences: functions, values, tightness of the bound
  gan theory dirac                    who converges: objectives, regularisers and steps in the smallest games
  gan theory spectrum runs/ring-1     the eigenvalues that decide whether training settles there
  gan theory check                    every identity of the theory, computed and compared

Each prints numbers (--json for programs); those that draw write into the folder theory (--out DIR, --format png|svg).";

// In the order of a lecture.
#[derive(Subcommand)]
enum What {
    /// Figure 1 of the paper, live: p_data, p_g and D of a one-dimensional game
    Figure1(figure1::Args),
    /// The optimal discriminator of two densities, and their divergences (Prop. 1)
    OptimalD(optimal_d::Args),
    /// The value of the game for other D, and C(G) for other G (eq. 1, 4 and 6)
    Value(value::Args),
    /// Prop. 2 as a program: p_g converges to p_data; three games in which a condition fails
    Convergence(convergence::Args),
    /// The gradient that reaches G under both losses, and divergences that have none
    Saturation(saturation::Args),
    /// The f-divergences of f-GAN: f, conjugate, activation, best T; their values for two distributions
    FGan(f_gan::Args),
    /// Games of two and four parameters: what converges, circles and runs away, and which weight helps
    Dirac(dirac::Args),
    /// Eigenvalues of a run's gradient field: whether its steps rotate, grow or contract
    Spectrum(spectrum::Args),
    /// Check every identity: claim, computed, expected, error; exit code 1 if one fails
    Check(check::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Figure1(args) => figure1::run(args),
        What::OptimalD(args) => optimal_d::run(args),
        What::Value(args) => value::run(args),
        What::Convergence(args) => convergence::run(args),
        What::Saturation(args) => saturation::run(args),
        What::FGan(args) => f_gan::run(args),
        What::Dirac(args) => dirac::run(args),
        What::Spectrum(args) => spectrum::run(args),
        What::Check(args) => check::run(args),
    }
}
