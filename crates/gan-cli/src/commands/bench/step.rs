//! `gan bench step`: the speed of a training step.

use std::time::Instant;

use anyhow::Context;
use gan::datasets::Loader;
use gan::tensor::Pool;
use gan::train::{Adversarial, RunProfile, Task};
use serde_json::json;

use super::models::Model;
use super::{Common, round};
use crate::Outcome;
use crate::measure::{measure, peak_memory};
use crate::output::say;

#[derive(clap::Args)]
#[command(after_help = RULES)]
pub(crate) struct Args {
    /// Which networks
    #[arg(long, value_enum, default_value = "mlp")]
    model: Model,
    /// Examples of a step [default: 100; dcgan: 64; toy: 256]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: Option<u32>,
    /// Width of the generator's hidden layers [default: 1200; toy: 128]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    width: Option<u32>,
    /// Chunks to measure
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=1000))]
    chunks: u16,
    /// Least length of a chunk in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0.4, value_parser = seconds)]
    chunk_seconds: f64,
    /// Make just so many steps and time nothing: for tools that count or sample
    #[arg(long, value_name = "N", conflicts_with_all = ["chunks", "chunk_seconds", "profile", "json"])]
    steps: Option<u32>,
    /// Time every operation afterwards, in as many steps as fit one second, and print where the time goes
    #[arg(long)]
    profile: bool,
    #[command(flatten)]
    common: Common,
}

const RULES: &str = "\
The median of the chunks after a warm-up; a chunk in which other programs took more than a tenth of a core is repeated. \
One thread is bound to core 0. FLOPs are those of the matrix products, forward and backward, nothing else.

Example:
  gan bench step --model mlp --batch 100 --threads 2 --json";

fn seconds(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|x: &f64| (0.0..=60.0).contains(x));
    found.ok_or_else(|| "expected a number from 0 to 60".to_owned())
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let mut pool = args.common.pool();
    let threads = pool.threads();
    let sized = args.model.sized(args.batch, args.width)?;
    // as many examples as the peers have; what counts instructions should not count their making
    let examples = if args.steps.is_some() { 1 } else { args.model.examples() };
    let (mut task, mut loader) = sized.build(examples)?;
    let setup = started.elapsed().as_secs_f64();
    if let Some(steps) = args.steps {
        for _ in 0..steps {
            task.step(&mut loader, &mut pool)?;
        }
        return Ok(Outcome::Done);
    }
    let step = || -> anyhow::Result<()> {
        task.step(&mut loader, &mut pool)?;
        Ok(())
    };
    let m = measure(usize::from(args.chunks), args.chunk_seconds, step).context("a measured step failed")?;
    let profile = if args.profile { Some(profile(&mut task, &mut loader, &mut pool)?) } else { None };
    let (name, batch) = (args.model.name(), sized.batch);
    let gflop = sized.flops().map(|f| f / 1e9);
    let images = f64::from(batch) / m.median;
    if args.common.json {
        let mut line = json!({
            "peer": "gan", "version": env!("CARGO_PKG_VERSION"), "model": name, "mode": "plan", "variant": pool.isa().name(),
            "threads": threads, "batch": batch, "width": sized.width,
            "ms": round(m.median * 1e3, 3), "ms_best": round(m.best * 1e3, 3),
            "it_s": round(1.0 / m.median, 2), "img_s": round(images, 1),
            "first_step_s": round(m.first, 3), "import_s": round(setup, 3), "to_first_step_s": round(setup + m.first, 3),
            "peak_rss_mib": peak_memory().map(|x| round(x, 1)), "cores_used": round(m.cores, 2),
            "quiet_chunks": m.quiet, "noisy_chunks": m.noisy,
        });
        if let Some(gflop) = gflop {
            line["gflop_it"] = round(gflop, 3).into();
            line["gflop_s"] = round(gflop / m.median, 1).into();
        }
        if let Some(profile) = profile {
            line["profile"] = serde_json::to_value(profile)?;
        }
        say(line)?;
        return Ok(Outcome::Done);
    }
    let rate = gflop.map(|g| format!(", {:.1} GFLOP/s", g / m.median)).unwrap_or_default();
    say(format!(
        "{name}, batch {batch}, threads {threads}, {}: {:.2} ms a step (best {:.2}), {images:.0} images/s{rate}, first step after {:.2} s",
        pool.isa(),
        m.median * 1e3,
        m.best * 1e3,
        setup + m.first
    ))?;
    if m.quiet < 3 {
        say(format!("other programs were busy in {} chunks: the figure is rough", m.noisy))?;
    }
    if let Some(profile) = profile {
        say(format!("\n{profile}"))?;
    }
    Ok(Outcome::Done)
}

/// Where the time of the steps of a second goes.
fn profile(task: &mut Adversarial, loader: &mut Loader, pool: &mut Pool) -> anyhow::Result<RunProfile> {
    task.start_profile();
    let (start, mut steps) = (Instant::now(), 0);
    while steps == 0 || start.elapsed().as_secs_f64() < 1.0 {
        task.step(loader, pool)?;
        steps += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    let (threads, isa) = (pool.threads(), pool.isa().name());
    Ok(RunProfile { steps, seconds, stepping: seconds, threads, isa, phases: task.profile() })
}
