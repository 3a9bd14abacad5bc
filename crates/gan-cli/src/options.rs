//! Options that several commands share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use gan::train::observers::Options;

/// How long to train. Without any of them, as long as the configuration says.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Length {
    /// Train for so many steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: Option<u64>,
    /// Train for so many passes over the data
    #[arg(long, value_name = "N", value_parser = positive)]
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
    #[arg(long)]
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

/// Everything that changes a configuration.
#[derive(Args)]
pub(crate) struct Overrides {
    /// Change a value of the configuration, as often as needed: --set generator.latent=32
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Folder with the data set's files
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|x: &f64| *x > 0.0 && x.is_finite()).ok_or_else(|| "expected a number greater than 0".to_owned())
}

/// `90s`, `3m`, `1.5h` in minutes; a plain number counts as minutes.
fn minutes(text: &str) -> Result<f64, String> {
    let (number, factor) = match text.char_indices().last() {
        Some((i, 's')) => (&text[..i], 1.0 / 60.0),
        Some((i, 'm')) => (&text[..i], 1.0),
        Some((i, 'h')) => (&text[..i], 60.0),
        _ => (text, 1.0),
    };
    positive(number).map(|x| x * factor).map_err(|_| "expected a time like 90s, 3m or 1.5h".to_owned())
}

/// Ctrl-C and SIGTERM ask for an orderly end; a second one ends at once.
pub(crate) fn on_interrupt(flag: Arc<AtomicBool>) -> anyhow::Result<()> {
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        eprintln!("\nstopping after this step and saving; press Ctrl-C again to end at once");
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn times() {
        assert_eq!(minutes("90s"), Ok(1.5));
        assert_eq!(minutes("3m"), Ok(3.0));
        assert_eq!(minutes("1.5h"), Ok(90.0));
        assert_eq!(minutes("2"), Ok(2.0));
        for bad in ["", "s", "-3m", "3 days", "NaNm", "infh", "0s", "3µ"] {
            assert!(minutes(bad).is_err(), "{bad}");
        }
    }
}
