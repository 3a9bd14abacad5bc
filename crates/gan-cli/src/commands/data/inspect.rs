//! `gan data inspect`.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};
use gan::datasets::{Dataset, DatasetError};
use gan::train::picture;
use gan::train::{Portrait, TrainError};
use serde_json::{Value, json};

use super::Which;
use crate::Outcome;
use crate::commands::sample::png;
use crate::output::{counted, is_stdout, say, thousands, write_file};

/// Samples on a contact sheet.
const SHEET: usize = 100;
/// Points of a scatter plot or numbers of a histogram.
const POINTS: usize = 5000;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Draw samples from all over the set
    #[arg(long, value_name = "PNG", value_parser = PathBufValueParser::new().try_map(png))]
    out: Option<PathBuf>,
    /// Draw the mean of all samples
    #[arg(long, value_name = "PNG", value_parser = PathBufValueParser::new().try_map(png))]
    mean: Option<PathBuf>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  gan data inspect digits --out sheet.png --mean mean.png
  gan data inspect mnist --split test --dir /srv/data
  gan data inspect /srv/data/mnist --json";

/// What all samples together are like.
struct Summary {
    low: f32,
    high: f32,
    mean: f64,
    deviation: f64,
    /// The number of values that are NaN or infinite; the others are what the fields above are of.
    not_finite: u64,
    /// The mean of each value of a sample.
    means: Vec<f32>,
    /// The number of samples of each class.
    classes: Option<Vec<u64>>,
    /// The number of samples that equal an earlier one.
    duplicates: u64,
}

impl Summary {
    fn of(set: &dyn Dataset) -> Result<Self, DatasetError> {
        let (mut x, mut sums) = (vec![0.0f32; set.sample_len()], vec![0.0f64; set.sample_len()]);
        let (mut low, mut high, mut squares, mut finite) = (f32::INFINITY, f32::NEG_INFINITY, 0.0, 0u64);
        let mut classes = set.classes().map(|n| vec![0u64; n]);
        let (mut seen, mut duplicates) = (HashSet::with_capacity(set.len()), 0);
        for i in 0..set.len() {
            set.read(i, &mut x)?;
            for (value, sum) in x.iter().zip(&mut sums).filter(|(value, _)| value.is_finite()) {
                (low, high, finite) = (low.min(*value), high.max(*value), finite + 1);
                *sum += f64::from(*value);
                squares += f64::from(*value).powi(2);
            }
            duplicates += u64::from(!seen.insert(fingerprint(&x)));
            let class = classes.as_mut().zip(set.label(i)).and_then(|(classes, label)| classes.get_mut(label as usize));
            *class.unwrap_or(&mut 0) += 1;
        }
        let (n, count) = (set.len().max(1) as f64, finite.max(1) as f64);
        let mean = sums.iter().sum::<f64>() / count;
        let deviation = (squares / count - mean * mean).max(0.0).sqrt();
        let means = sums.iter().map(|sum| (sum / n) as f32).collect();
        let not_finite = set.len() as u64 * x.len() as u64 - finite;
        Ok(Self { low, high, mean, deviation, not_finite, means, classes, duplicates })
    }
}

/// 128 bits that are the same for different samples with probability 2^-128.
fn fingerprint(x: &[f32]) -> [u64; 2] {
    [0u8, 1].map(|salt| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        x.iter().for_each(|value| hasher.write_u32(value.to_bits()));
        hasher.finish()
    })
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let set = args.which.open()?;
    let summary = Summary::of(&*set).map_err(TrainError::from)?;
    if let Some(path) = &args.out {
        sheet(&*set, path)?;
    }
    if let Some(path) = &args.mean {
        let bytes = picture::grid(&summary.means, set.sample_shape(), set.shown(), 1)?.to_png()?;
        write_file(path, |out| out.write_all(&bytes))?;
    }
    let on_stdout = [&args.out, &args.mean].into_iter().flatten().any(|path| is_stdout(path));
    if args.json {
        say(serde_json::to_string_pretty(&as_json(&*set, &summary))?)?;
    } else if !on_stdout {
        show(&*set, &summary)?;
    }
    Ok(Outcome::Done)
}

/// Draws one sample from each of as many equal parts of the set; where in its part is scattered, since classes may take turns.
fn sheet(set: &dyn Dataset, path: &Path) -> anyhow::Result<()> {
    let dim = set.sample_len();
    let count = set.len().min(if dim > 2 { SHEET } else { POINTS });
    let mut samples = vec![0.0; count * dim];
    for (i, x) in samples.chunks_mut(dim).enumerate() {
        let (from, to) = (i * set.len() / count, (i + 1) * set.len() / count);
        let scattered = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        set.read(from + scattered as usize % (to - from), x).map_err(TrainError::from)?;
    }
    let bytes = Portrait::new(set, samples, 10)?.paint()?.to_png()?;
    write_file(path, |out| out.write_all(&bytes))
}

fn show(set: &dyn Dataset, summary: &Summary) -> anyhow::Result<()> {
    let about = set.provenance();
    say(format!("{}, {}: {} of shape {:?}", about.name, about.split, counted(set.len() as u64, "sample"), set.sample_shape()))?;
    say(format!("source      {}", about.source))?;
    say(format!("licence     {}", about.licence))?;
    let (low, high) = set.range();
    say(format!(
        "values      {} to {} (declared: {low} to {high}), mean {:.4}, deviation {:.4}",
        summary.low, summary.high, summary.mean, summary.deviation
    ))?;
    if summary.not_finite > 0 {
        say(format!("            {} are NaN or infinite", thousands(summary.not_finite)))?;
    }
    say(format!("duplicates  {}", counted(summary.duplicates, "sample")))?;
    for (class, n) in summary.classes.iter().flatten().enumerate() {
        let share = 100.0 * *n as f64 / set.len().max(1) as f64;
        say(format!("class {class:<5} {:>9}  {share:5.2} %", thousands(*n)))?;
    }
    Ok(())
}

fn as_json(set: &dyn Dataset, summary: &Summary) -> Value {
    let (about, (low, high)) = (set.provenance(), set.range());
    json!({
        "name": about.name, "source": about.source, "licence": about.licence, "split": about.split.name(),
        "count": set.len(), "shape": set.sample_shape(), "range": [low, high],
        "values": {
            "low": summary.low, "high": summary.high, "mean": summary.mean, "deviation": summary.deviation,
            "not_finite": summary.not_finite,
        },
        "classes": summary.classes, "duplicates": summary.duplicates,
    })
}
