//! `gan bench peak`: what the arithmetic units can do at most, to compare with.

use std::time::Instant;

use gan_kernels::peak::multiply_adds;
use serde_json::json;

use super::{pool, round};
use crate::Outcome;
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Threads [default: all cores]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut pool = pool(args.threads);
    let (threads, isa) = (pool.threads(), pool.isa());
    // the best of many short tries: others can only take away
    let best = pool.region(|team| {
        let rates = (0..60).map(|_| {
            let start = Instant::now();
            let flops = multiply_adds(team, threads, 500_000);
            flops / start.elapsed().as_secs_f64() / 1e9
        });
        rates.fold(0.0, f64::max)
    });
    if args.json {
        say(json!({ "peer": "peak", "variant": isa.name(), "threads": threads, "gflop_s": round(best, 1) }))?;
    } else {
        say(format!("peak of f32 multiply-add, threads {threads}, {isa}: {best:.1} GFLOP/s"))?;
    }
    Ok(Outcome::Done)
}
