//! `gan theory saturation`: what gradient reaches the generator.

mod curves;
mod draw;
mod report;
mod trained;

use super::output::Output;
use crate::Outcome;
use curves::Curves;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// How far G's mean is from that of the data, in standard deviations of the data
    #[arg(long, value_name = "M", default_value_t = 6.0, value_parser = |text: &str| between(text, 0.1, 20.0))]
    distance: f64,
    /// Standard deviation of what G makes, that of the data being 1
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = |text: &str| between(text, 0.1, 10.0))]
    std: f64,
    /// Steps of the discriminator that is trained
    #[arg(long, value_name = "N", default_value_t = 3000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    steps: u32,
    /// Seed of the discriminator that is trained, and of all that it sees
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Width of the two uniform densities of the plateau
    #[arg(long, value_name = "W", default_value_t = 1.0, value_parser = |text: &str| between(text, 1e-3, 1e3))]
    width: f64,
    /// Standard deviation of the two narrow Gaussians of the plateau
    #[arg(long, value_name = "S", default_value_t = 0.1, value_parser = |text: &str| between(text, 1e-3, 1e3))]
    narrow: f64,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gan theory saturation
  gan theory saturation --distance 3 --steps 10000
  gan theory saturation --width 2 --narrow 0.3 --format svg

The data are N(0, 1), and G(z) = M + S z with z from N(0, 1). Its two losses are E log(1 - D(G(z))), which saturates, and
-E log D(G(z)), which does not; what is shown is the norm of their gradients in M and S. The plateau is that of the divergence
between two equal densities that no longer overlap.";

/// A number from `low` to `high`.
fn between(text: &str, low: f64, high: f64) -> Result<f64, String> {
    match text.parse() {
        Ok(v) if (low..=high).contains(&v) => Ok(v),
        _ => Err(format!("expected a number from {low} to {high}")),
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let curves = Curves::compute(args)?;
    let mut drawn = Vec::new();
    if args.output.draws() {
        drawn.push(args.output.figure("saturation", &draw::saturation(&curves, args))?);
        drawn.push(args.output.figure("support", &draw::support(&curves, args))?);
    }
    args.output.print(&report::text(&curves, args)?, report::json(&curves, args)?, &drawn)?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(between("0.1", 0.1, 20.0), Ok(0.1));
        for text in ["0.05", "21", "nan", "inf", "-1", "", "x"] {
            assert_eq!(between(text, 0.1, 20.0), Err("expected a number from 0.1 to 20".to_owned()), "{text}");
        }
    }
}
