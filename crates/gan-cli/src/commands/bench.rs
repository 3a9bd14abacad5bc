//! `gan bench`: the speed of a training step, measured by the rules of a fair comparison.
//!
//! The median of nine chunks of at least 0.4 s after a warm-up. A chunk in which other programs took more than a tenth of
//! a core is thrown away and repeated. One thread is bound to core 0.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use gan::datasets::{Dataset, DatasetError, Loader, LoaderOptions, Provenance, Split};
use gan::tensor::{Cx, Graph, Key, Pool, Team};
use gan::train::{Adversarial, Config, Task};
use serde_json::json;

use crate::Outcome;
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A training step: one of D, one of G
    Step(StepArgs),
}

#[derive(Clone, Copy, ValueEnum)]
enum Model {
    /// The MNIST net of the 2014 paper: 3.567 GFLOP a step at batch 100
    Mlp,
}

#[derive(clap::Args)]
struct StepArgs {
    /// Which networks
    #[arg(long, value_enum, default_value = "mlp")]
    model: Model,
    /// Examples of a step
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: u32,
    /// Width of the generator's hidden layers
    #[arg(long, default_value_t = 1200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    width: u32,
    /// Threads [default: all cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Chunks to measure
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..))]
    chunks: u16,
    /// Least length of a chunk in seconds
    #[arg(long, default_value_t = 0.4)]
    chunk_seconds: f64,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let What::Step(args) = &args.what;
    let started = Instant::now();
    let threads = args.threads.map_or_else(Pool::default_threads, usize::from);
    if threads == 1 {
        bind_to_first_core();
    }
    let Model::Mlp = args.model;
    let overrides = [
        format!("train.batch={}", args.batch),
        format!("generator.layers[0].units={}", args.width),
        format!("generator.layers[2].units={}", args.width),
    ];
    let config = Config::from_toml(include_str!("bench_mlp.toml"), "bench mlp", &overrides)?;
    let data = Arc::new(Noise::new((args.batch as usize * 2).max(10_000), 784));
    let mut task = Adversarial::new(&config, &*data)?;
    let options = LoaderOptions { batch: args.batch as usize, seed: 1, shuffle: false, prefetch: 2 };
    let mut loader = Loader::new(data, options)?;
    let mut pool = Pool::new(threads);
    let mut step = || -> anyhow::Result<()> {
        task.step(&mut loader, &mut pool)?;
        Ok(())
    };
    step()?;
    let first = started.elapsed();
    for _ in 0..5 {
        step()?;
    }
    let three = timed(&mut step, 3)?;
    let n = ((args.chunk_seconds / (three.as_secs_f64() / 3.0)) as u32).max(1);
    let (mut quiet, mut noisy, mut cores) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..4 * args.chunks {
        let before = Busy::now();
        let took = timed(&mut step, n)?.as_secs_f64();
        let (others, own) = before.since(took);
        if others > 0.1 {
            noisy.push(took / f64::from(n));
            std::thread::sleep(Duration::from_millis(200));
            continue;
        }
        cores = own;
        quiet.push(took / f64::from(n));
        if quiet.len() == usize::from(args.chunks) {
            break;
        }
    }
    let (kept, thrown) = (quiet.len(), noisy.len());
    if kept < 3 {
        quiet.append(&mut noisy);
    }
    quiet.sort_by(f64::total_cmp);
    let median = quiet[quiet.len() / 2];
    let flops: u64 = task.plans().iter().map(|(_, p)| p.flops()).sum();
    let round = |x: f64, digits: i32| (x * 10f64.powi(digits)).round() / 10f64.powi(digits);
    let gflop = flops as f64 / 1e9;
    let line = json!({
        "peer": "gan", "version": env!("CARGO_PKG_VERSION"), "model": "mlp", "mode": "plan", "variant": pool.isa().name(),
        "threads": threads, "batch": args.batch, "width": args.width,
        "ms": round(median * 1e3, 3), "ms_best": round(quiet[0] * 1e3, 3),
        "it_s": round(1.0 / median, 2), "img_s": round(f64::from(args.batch) / median, 1),
        "first_step_s": round(first.as_secs_f64(), 3), "import_s": 0.0, "to_first_step_s": round(first.as_secs_f64(), 3),
        "peak_rss_mib": peak_memory().map(|m| round(m, 1)), "cores_used": round(cores, 2),
        "quiet_chunks": kept, "noisy_chunks": thrown,
        "gflop_it": round(gflop, 3), "gflop_s": round(gflop / median, 1),
    });
    if args.json {
        say(line)?;
    } else {
        say(format!(
            "mlp, batch {}, {threads} threads, {}: {:.2} ms a step (best {:.2}), {:.0} images/s, {:.1} GFLOP/s, first step after {:.2} s",
            args.batch,
            pool.isa(),
            median * 1e3,
            quiet[0] * 1e3,
            f64::from(args.batch) / median,
            gflop / median,
            first.as_secs_f64()
        ))?;
        if kept < 3 {
            say(format!("other programs were busy in {thrown} chunks: the figure is rough"))?;
        }
    }
    Ok(Outcome::Done)
}

fn timed(step: &mut impl FnMut() -> anyhow::Result<()>, n: u32) -> anyhow::Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        step().context("a measured step failed")?;
    }
    Ok(start.elapsed())
}

/// Uniform noise, stored: reading it costs a copy.
struct Noise {
    values: Vec<f32>,
    shape: [usize; 1],
    provenance: Provenance,
}

impl Noise {
    fn new(n: usize, dim: usize) -> Self {
        let graph = Graph::new();
        let noise = graph.uniform("data", [n, dim], 0.0, 1.0);
        let team = Team::serial();
        let key = Key { seed: 0, draw: 0, stream: 0 };
        let values = graph.eval::<f32>(&[noise], &[], &[], &Cx::new(&team, key.seed, key.draw));
        let values = values.ok().and_then(|mut v| v.pop()).map(|t| t.values().to_vec()).unwrap_or_default();
        Self { values, shape: [dim], provenance: Provenance::new("noise", "made on the spot", "none", Split::All, n) }
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

/// CPU seconds used so far: by the whole machine and by this process. Linux only; elsewhere every chunk counts as quiet.
struct Busy {
    machine: f64,
    process: f64,
}

impl Busy {
    fn now() -> Self {
        // the kernel's clock ticks for user space: 100 a second on every Linux in use
        const TICKS: f64 = 100.0;
        let sum = |text: &str, skip: usize, at: &[usize]| -> f64 {
            let fields: Vec<f64> = text.split_whitespace().skip(skip).map(|x| x.parse().unwrap_or(0.0)).collect();
            at.iter().filter_map(|&i| fields.get(i)).sum::<f64>() / TICKS
        };
        let read = |p: &str| std::fs::read_to_string(PathBuf::from(p)).unwrap_or_default();
        let stat = read("/proc/stat");
        let own = read("/proc/self/stat");
        let own = own.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
        Self { machine: sum(stat.lines().next().unwrap_or_default(), 1, &[0, 1, 2, 5, 6, 7]), process: sum(own, 0, &[11, 12]) }
    }

    /// Cores that others and this process used since, over `seconds`.
    fn since(&self, seconds: f64) -> (f64, f64) {
        let now = Busy::now();
        let own = now.process - self.process;
        ((now.machine - self.machine - own) / seconds, own / seconds)
    }
}

/// Largest resident memory so far, in MiB.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

#[cfg(target_os = "linux")]
fn bind_to_first_core() {
    use nix::sched::{CpuSet, sched_setaffinity};
    let mut set = CpuSet::new();
    // a machine that refuses is measured unbound
    let _ = set.set(0).and_then(|()| sched_setaffinity(nix::unistd::Pid::from_raw(0), &set));
}

#[cfg(not(target_os = "linux"))]
fn bind_to_first_core() {}
