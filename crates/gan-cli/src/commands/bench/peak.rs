//! `gan bench peak`: what the arithmetic units can do at most, to compare with.

use std::time::Instant;

use gan_kernels::peak::multiply_adds;
use serde_json::json;

use super::{Common, round};
use crate::Outcome;
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut pool = args.common.pool();
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
    if args.common.json {
        say(json!({ "peer": "peak", "variant": isa.name(), "threads": threads, "gflop_s": round(best, 1) }))?;
    } else {
        say(format!("peak of f32 multiply-add, threads {threads}, {isa}: {best:.1} GFLOP/s"))?;
    }
    Ok(Outcome::Done)
}
