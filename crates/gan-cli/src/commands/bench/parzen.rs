//! `gan bench parzen`: the work of the Parzen-window program of the peers.

use std::time::Instant;

use gan::metrics::{Samples, parzen};
use gan::tensor::{Cx, Graph, Team};
use serde_json::json;

use super::{Common, round};
use crate::Outcome;
use crate::measure::peak_memory;
use crate::output::say;

#[derive(clap::Args)]
#[command(after_help = RULES)]
pub(crate) struct Args {
    /// Test points
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    points: u32,
    /// Samples, the centres of the windows
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    samples: u32,
    /// Values of a point
    #[arg(long, value_name = "D", default_value_t = 784, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    dim: u32,
    #[command(flatten)]
    common: Common,
}

const RULES: &str = "\
Uniform noise in [0, 1]. The log-likelihood of all points for sigma 0.2, the median of 5 repeats; and the choice among ten \
sigmas on a tenth of the points, the median of 3. One thread is bound to core 0. FLOPs are those of the products alone.

Example:
  gan bench parzen --threads 2 --json";

/// Median seconds of some repeats after one to warm up, and the last result.
fn median<T>(repeats: usize, mut f: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<(f64, T)> {
    let mut result = f()?;
    let mut seconds = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        result = f()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok((seconds[repeats / 2], result))
}

fn noise(n: usize, dim: usize, draw: u32) -> anyhow::Result<Vec<f32>> {
    let graph = Graph::new();
    let noise = graph.uniform("noise", [n, dim], 0.0, 1.0);
    let made = graph.eval::<f32>(&[noise], &[], &[], &Cx::new(&Team::serial(), 0, draw))?;
    Ok(made.iter().flat_map(|t| t.values().iter().copied()).collect())
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (n, m, dim) = (args.points as usize, args.samples as usize, args.dim as usize);
    let few = (n / 10).max(1);
    let mut pool = args.common.pool();
    let (samples, points, validation) = (noise(m, dim, 0)?, noise(n, dim, 1)?, noise(few, dim, 2)?);
    let [samples, points, validation] = [&samples, &points, &validation].map(|x| Samples::new(x, dim));
    let (samples, points, validation) = (samples?, points?, validation?);
    let threads = pool.threads();
    let isa = pool.isa();
    let (one, value) = median(5, || {
        let found = pool.region(|team| parzen::log_likelihood(team, &samples, &points, &[0.2]))?;
        Ok(found.mean(0))
    })?;
    let (ten, _) = median(3, || Ok(pool.region(|team| parzen::choose_sigma(team, &samples, &validation, &parzen::GRID))?))?;
    let gflop = 2.0 * n as f64 * m as f64 * dim as f64 / 1e9;
    let memory = peak_memory().map(|x| round(x, 1));
    if args.common.json {
        say(json!({
            "peer": "gan", "version": env!("CARGO_PKG_VERSION"), "model": "parzen", "variant": isa.name(), "threads": threads,
            "points": n, "samples": m, "dim": dim, "ms": round(one * 1e3, 2), "gflop_s": round(gflop / one, 1),
            "sigmas": parzen::GRID.len(), "search_points": few, "search_ms": round(ten * 1e3, 2),
            "peak_rss_mib": memory, "log_likelihood": round(value, 3),
        }))?;
    } else {
        say(format!(
            "parzen, {m} samples x {n} points x {dim}, threads {threads}, {isa}: {:.0} ms ({:.1} GFLOP/s of products); \
             {} sigmas x {few} points {:.0} ms; log-likelihood {value:.3}",
            one * 1e3,
            gflop / one,
            parzen::GRID.len(),
            ten * 1e3
        ))?;
    }
    Ok(Outcome::Done)
}
