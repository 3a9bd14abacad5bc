//! `gan bench step`: the speed of a training step.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::ValueEnum;
use gan::datasets::{Dataset, DatasetError, Loader, LoaderOptions, Provenance, Split};
use gan::tensor::{Cx, Graph, Key, Pool, Team};
use gan::train::{Adversarial, Config, RunProfile, Task, TrainError};
use serde_json::json;

use super::{pool, round};
use crate::Outcome;
use crate::measure::{measure, peak_memory};
use crate::output::say;

#[derive(Clone, Copy, ValueEnum)]
enum Model {
    /// The MNIST net of the 2014 paper: 3.567 GFLOP a step at batch 100
    Mlp,
    /// The same generator against a critic with the gradient penalty
    WgangpMlp,
    /// Two-dimensional data and small nets
    Toy,
}

impl Args {
    fn batch(&self) -> u32 {
        self.batch.unwrap_or(if matches!(self.model, Model::Toy) { 256 } else { 100 })
    }

    fn width(&self) -> u32 {
        self.width.unwrap_or(if matches!(self.model, Model::Toy) { 128 } else { 1200 })
    }
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Model::Mlp => "mlp",
            Model::WgangpMlp => "wgangp-mlp",
            Model::Toy => "toy",
        }
    }

    fn config(self) -> &'static str {
        match self {
            Model::Mlp => include_str!("mlp.toml"),
            Model::WgangpMlp => include_str!("wgangp_mlp.toml"),
            Model::Toy => include_str!("toy.toml"),
        }
    }

    /// Values of a sample.
    fn dim(self) -> usize {
        if matches!(self, Model::Toy) { 2 } else { 784 }
    }

    /// FLOPs of the matrix products of an iteration, where they were counted.
    fn flops(self, batch: u32, width: u32) -> Option<f64> {
        matches!(self, Model::Mlp).then(|| mlp_flops(batch.into(), width.into()))
    }
}

#[derive(clap::Args)]
#[command(after_help = RULES)]
pub(crate) struct Args {
    /// Which networks
    #[arg(long, value_enum, default_value = "mlp")]
    model: Model,
    /// Examples of a step [default: 100; toy: 256]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: Option<u32>,
    /// Width of the generator's hidden layers [default: 1200; toy: 128]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    width: Option<u32>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Chunks to measure
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=1000))]
    chunks: u16,
    /// Least length of a chunk in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0.4, value_parser = seconds)]
    chunk_seconds: f64,
    /// Time every operation afterwards, in as many steps as fit one second, and print where the time goes
    #[arg(long)]
    profile: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
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

/// FLOPs of the matrix products of one iteration of the MLP, nothing recomputed or shared between the two steps.
fn mlp_flops(batch: f64, width: f64) -> f64 {
    let g = [100.0 * width, width * width, width * 784.0];
    let d = [784.0 * 1200.0, 240.0 * 1200.0, 240.0];
    let (g_all, d_all): (f64, f64) = (g.iter().sum(), d.iter().sum());
    // G forward; D forward, dW and dX (not into the data) on real and fake
    let d_step = g_all + 2.0 * (2.0 * d_all + d_all - d[0]);
    // G and D forward, dX through D, dW and dX (not into z) of G
    let g_step = g_all + 2.0 * d_all + g_all + g_all - g[0];
    2.0 * batch * (d_step + g_step)
}

/// The model that is timed, its data and its first place in training.
fn build(args: &Args) -> anyhow::Result<(Adversarial, Loader)> {
    let overrides = [
        format!("train.batch={}", args.batch()),
        format!("generator.layers[0].units={}", args.width()),
        format!("generator.layers[2].units={}", args.width()),
    ];
    let config = Config::from_toml(args.model.config(), &format!("bench {}", args.model.name()), &overrides)?;
    let batch = args.batch() as usize;
    let data = Arc::new(Noise::new((batch * 2).max(10_000), args.model.dim())?);
    let task = Adversarial::new(&config, &*data)?;
    let options = LoaderOptions { batch, seed: 1, shuffle: false, prefetch: 2 };
    Ok((task, Loader::new(data, options).map_err(TrainError::from)?))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let mut pool = pool(args.threads);
    let threads = pool.threads();
    let (mut task, mut loader) = build(args)?;
    let setup = started.elapsed().as_secs_f64();
    let step = || -> anyhow::Result<()> {
        task.step(&mut loader, &mut pool)?;
        Ok(())
    };
    let m = measure(usize::from(args.chunks), args.chunk_seconds, step).context("a measured step failed")?;
    let profile = if args.profile { Some(profile(&mut task, &mut loader, &mut pool)?) } else { None };
    let (name, batch) = (args.model.name(), args.batch());
    let gflop = args.model.flops(batch, args.width()).map(|f| f / 1e9);
    let images = f64::from(batch) / m.median;
    if args.json {
        let mut line = json!({
            "peer": "gan", "version": env!("CARGO_PKG_VERSION"), "model": name, "mode": "plan", "variant": pool.isa().name(),
            "threads": threads, "batch": batch, "width": args.width(),
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

/// Uniform noise, stored: reading it costs a copy.
struct Noise {
    values: Vec<f32>,
    shape: [usize; 1],
    provenance: Provenance,
}

impl Noise {
    fn new(n: usize, dim: usize) -> anyhow::Result<Self> {
        let graph = Graph::new();
        let noise = graph.uniform("data", [n, dim], 0.0, 1.0);
        let team = Team::serial();
        let key = Key { seed: 0, draw: 0, stream: 0 };
        let made = graph.eval::<f32>(&[noise], &[], &[], &Cx::new(&team, key.seed, key.draw))?;
        let values = made.iter().flat_map(|t| t.values().iter().copied()).collect();
        Ok(Self { values, shape: [dim], provenance: Provenance::new("noise", "made on the spot", "none", Split::All, n) })
    }
}

impl Dataset for Noise {
    fn len(&self) -> usize {
        self.provenance.count
    }
    fn sample_shape(&self) -> &[usize] {
        &self.shape
    }
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        out.copy_from_slice(&self.values[i * self.shape[0]..][..self.shape[0]]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The count by hand and the compiled plans agree, but for what is no product.
    #[test]
    fn the_plans_do_the_work_that_is_counted() {
        assert!((mlp_flops(100.0, 1200.0) / 1e9 - 3.567).abs() < 5e-4);
        let args = Args {
            model: Model::Mlp,
            batch: Some(50),
            width: Some(64),
            threads: None,
            chunks: 1,
            chunk_seconds: 0.0,
            profile: false,
            json: false,
        };
        let (task, _) = build(&args).unwrap();
        let (mut products, mut all) = (0.0, 0.0);
        for (_, plan) in task.plans() {
            for s in plan.steps() {
                all += s.flops as f64;
                if s.op.contains("linear") {
                    products += 2.0 * s.ins[0][0] as f64 * s.ins[1].len() as f64;
                } else if s.op.contains("matmul") {
                    products += s.flops as f64;
                }
            }
        }
        let counted = mlp_flops(50.0, 64.0);
        assert!((products / counted - 1.0).abs() < 1e-3, "{products} {counted}");
        assert!(all < 1.1 * counted, "{all} {counted}");
    }
}
