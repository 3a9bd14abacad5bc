//! Options that several commands share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use gan::datasets::sources;
use gan::train::RunConfig;
use gan::train::observers::Options;

use crate::fault::Usage;
use crate::output::complain;

/// Most steps of a run: a thousand a microsecond for a year would be fewer.
const MAX_STEPS: u64 = 1_000_000_000_000_000;
/// Most minutes of a run: two thousand years.
const MAX_MINUTES: f64 = 1e9;

/// How long to train. Without any of them, as long as the configuration says.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Length {
    /// Train for so many steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_STEPS))]
    pub steps: Option<u64>,
    /// Train for so many passes over the data
    #[arg(long, value_name = "N", value_parser = epochs)]
    pub epochs: Option<f64>,
    /// Train for so long: 90s, 3m, 1.5h
    #[arg(long, value_name = "TIME", value_parser = minutes)]
    pub time: Option<f64>,
}

impl Length {
    pub(crate) fn is_given(&self) -> bool {
        self.steps.is_some() || self.epochs.is_some() || self.time.is_some()
    }
}

/// What is printed.
#[derive(Args, Clone, Copy)]
pub(crate) struct Printing {
    /// Print nothing but faults
    #[arg(long, conflicts_with = "json")]
    pub quiet: bool,
    /// Print JSON, for programs
    #[arg(long)]
    pub json: bool,
}

impl Printing {
    pub(crate) fn observers(self) -> Options {
        Options { quiet: self.quiet, json: self.json }
    }
}

/// What the machine has: threads and the place of the data.
#[derive(Args)]
pub(crate) struct Machine {
    /// Threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Folder with the data set's files, or the folder above it [default: $GAN_DATA, else data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Machine {
    /// Writes them into a configuration.
    pub(crate) fn apply(&self, config: &mut impl RunConfig) -> Result<(), Usage> {
        let config = config.shared_mut();
        if let Some(n) = self.threads {
            config.train.threads = Some(n.into());
        }
        if let Some(dir) = &self.data {
            config.data.dir = Some(from_anywhere("--data", dir)?);
        } else if config.data.dir.is_none() && needs_files(&config.data.name) && data_folder().is_dir() {
            config.data.dir = Some(from_anywhere("--data", &data_folder())?);
        }
        Ok(())
    }
}

/// Whether the data set called `name` is read from files.
pub(crate) fn needs_files(name: &str) -> bool {
    sources::ALL.iter().any(|s| s.name == name && s.needs_dir)
}

/// Where data sets are, if nothing else is said: what `GAN_DATA` names, else the folder `data`.
pub(crate) fn data_folder() -> PathBuf {
    let named = std::env::var_os("GAN_DATA").filter(|dir| !dir.is_empty());
    named.map_or_else(|| PathBuf::from("data"), PathBuf::from)
}

/// A folder that a run finds again from wherever it is resumed.
pub(crate) fn from_anywhere(option: &str, dir: &Path) -> Result<PathBuf, Usage> {
    let full = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    if full.to_str().is_none() {
        let shown = full.display();
        return Err(Usage(format!("{option} {shown}: the path must be Unicode, since the run's config.toml keeps it")));
    }
    Ok(full)
}

/// Seed, checkpoint and weights of commands that draw from a generator.
#[derive(Args)]
pub(crate) struct Drawing {
    /// Seed of the latent vectors
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Which checkpoint: best, last or a step
    #[arg(long, value_name = "WHICH", default_value = "best", value_parser = which)]
    pub checkpoint: String,
    /// The trained weights instead of their moving averages
    #[arg(long)]
    pub raw: bool,
}

impl Drawing {
    pub(crate) fn weights(&self) -> gan::layers::Weights {
        if self.raw { gan::layers::Weights::Raw } else { gan::layers::Weights::Averaged }
    }
}

pub(crate) fn which(text: &str) -> Result<String, String> {
    match text {
        "best" | "last" => Ok(text.to_owned()),
        _ => text.parse::<u64>().map(|n| n.to_string()).map_err(|_| "expected best, last or the number of a step".to_owned()),
    }
}

fn positive(text: &str, most: f64) -> Option<f64> {
    text.parse().ok().filter(|x: &f64| *x > 0.0 && *x <= most)
}

fn epochs(text: &str) -> Result<f64, String> {
    positive(text, MAX_STEPS as f64).ok_or_else(|| format!("expected a number greater than 0, at most {MAX_STEPS}"))
}

/// `90s`, `3m`, `1.5h` in minutes; a plain number counts as minutes.
fn minutes(text: &str) -> Result<f64, String> {
    let (number, factor) = match text.char_indices().last() {
        Some((i, 's')) => (&text[..i], 1.0 / 60.0),
        Some((i, 'm')) => (&text[..i], 1.0),
        Some((i, 'h')) => (&text[..i], 60.0),
        _ => (text, 1.0),
    };
    let found = positive(number, MAX_MINUTES).map(|x| x * factor).filter(|x| *x <= MAX_MINUTES);
    found.ok_or_else(|| "expected a time like 90s, 3m or 1.5h".to_owned())
}

/// Ctrl-C and SIGTERM ask for an orderly end; a second one ends at once.
pub(crate) fn on_interrupt(flag: Arc<AtomicBool>) -> anyhow::Result<()> {
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        complain("\nstopping after this step and saving; press Ctrl-C again to end at once");
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{minutes, which};

    #[test]
    fn times() {
        assert_eq!(minutes("90s"), Ok(1.5));
        assert_eq!(minutes("3m"), Ok(3.0));
        assert_eq!(minutes("1.5h"), Ok(90.0));
        assert_eq!(minutes("2"), Ok(2.0));
        for bad in ["", "s", "-3m", "3 days", "NaNm", "infh", "0s", "3µ", "1e300h", "1e9h"] {
            assert!(minutes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn checkpoints_by_name_or_step() {
        assert_eq!(which("best"), Ok("best".to_owned()));
        assert_eq!(which("007"), Ok("7".to_owned()));
        for bad in ["", "bst", "-1", "1.5", "18446744073709551616"] {
            assert!(which(bad).is_err(), "{bad}");
        }
    }
}
