//! `gan bench sample`: the speed of a generator in use.

use std::time::Instant;

use anyhow::Context;
use gan::layers::Weights;
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
    /// Latent vectors of a call whose latency is measured
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: u32,
    /// Latent vectors of the call whose rate is measured; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    many: u32,
    /// Width of the generator's hidden layers [default: 1200; toy: 128]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    width: Option<u32>,
    /// Chunks to measure
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=1000))]
    chunks: u16,
    #[command(flatten)]
    common: Common,
}

const RULES: &str = "\
From given latent vectors to samples, by the way that `gan interpolate` takes. The latency is the median of chunks of a fifth of a \
second after a warm-up; a chunk in which other programs took more than a tenth of a core is repeated. The rate is the median of \
three calls after one to warm up. One thread is bound to core 0.

Example:
  gan bench sample --model mlp --batch 1 --threads 2 --json";

/// Seconds of a chunk.
const CHUNK: f64 = 0.2;

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut pool = args.common.pool();
    let (threads, isa) = (pool.threads(), pool.isa());
    let (mut task, _) = args.model.sized(None, args.width)?.build(1)?;
    let (mut decoder, generator) = task.decoder(Weights::Raw)?;
    let (batch, many) = (args.batch as usize, args.many as usize);
    let z = decoder.draw(batch.max(many), 1, &mut pool)?;
    let few = &z[..batch * decoder.latent()];
    let call = || -> anyhow::Result<()> {
        decoder.decode(generator, few, &mut pool)?;
        Ok(())
    };
    let m = measure(usize::from(args.chunks), CHUNK, call).context("a measured call failed")?;
    let mut seconds = Vec::new();
    if many > 0 {
        for _ in 0..4 {
            let start = Instant::now();
            decoder.decode(generator, &z[..many * decoder.latent()], &mut pool)?;
            seconds.push(start.elapsed().as_secs_f64());
        }
        seconds.remove(0);
        seconds.sort_by(f64::total_cmp);
    }
    let rates =
        seconds.get(seconds.len() / 2).zip(seconds.first()).map(|(median, best)| (many as f64 / median, many as f64 / best));
    let name = args.model.name();
    if args.common.json {
        let mut line = json!({
            "peer": "gan", "version": env!("CARGO_PKG_VERSION"), "model": format!("sample-{name}"), "mode": "plan", "variant": isa.name(),
            "threads": threads, "batch": batch, "ms": round(m.median * 1e3, 4), "ms_best": round(m.best * 1e3, 4),
            "first_ms": round(m.first * 1e3, 3), "cores_used": round(m.cores, 2), "quiet_chunks": m.quiet, "noisy_chunks": m.noisy,
            "peak_rss_mib": peak_memory().map(|x| round(x, 1)),
        });
        if let Some((median, best)) = rates {
            line["many"] = many.into();
            line["samples_s"] = round(median, 1).into();
            line["samples_s_best"] = round(best, 1).into();
        }
        say(line)?;
        return Ok(Outcome::Done);
    }
    let rate = rates.map(|(median, _)| format!("; {many} at once: {median:.0} samples/s")).unwrap_or_default();
    say(format!(
        "sampling {name}, threads {threads}, {isa}: {:.3} ms for {batch} (best {:.3}){rate}",
        m.median * 1e3,
        m.best * 1e3
    ))?;
    if m.quiet < 3 {
        say(format!("other programs were busy in {} chunks: the figure is rough", m.noisy))?;
    }
    Ok(Outcome::Done)
}
