//! `gan interpolate`.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use serde_json::json;

use crate::commands::sample::{paint, png};
use crate::fault::Usage;
use crate::options::{Drawing, Machine, Printing};
use crate::output::{counted, is_stdout, say};
use crate::{Outcome, open};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The run's folder, or a checkpoint in it
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Lines, a row each; a line begins where the one above it ends
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    rows: u16,
    /// Samples of a line, both ends included
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..=256))]
    columns: u16,
    #[command(flatten)]
    drawing: Drawing,
    /// The picture; - for the standard output
    #[arg(long, value_name = "PNG", default_value = "interpolation.png", value_parser = PathBufValueParser::new().try_map(png))]
    out: PathBuf,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    printing: Printing,
}

const EXAMPLES: &str = "\
A generator that has learned the data passes from one sample to the next through others that could be data; one that \
has learned them by heart jumps.

Example:
  gan interpolate runs/digits-1 --rows 5 --columns 12 --seed 3 --out lines.png";

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if is_stdout(&args.out) && args.printing.json {
        return Err(Usage("only one of --out - and --json can go to the standard output".to_owned()).into());
    }
    let mut session = open::session(&args.run, &args.drawing.checkpoint, &args.machine)?;
    let (rows, columns) = (usize::from(args.rows), usize::from(args.columns));
    let samples = session.lines(rows, columns, args.drawing.seed, args.drawing.weights())?;
    paint(&mut session, samples, columns, &args.out)?;
    if args.printing.json {
        let file = args.out.display().to_string();
        let (seed, step) = (args.drawing.seed, session.steps());
        say(json!({ "rows": rows, "columns": columns, "seed": seed, "step": step, "files": [file] }))?;
    } else if !args.printing.quiet && !is_stdout(&args.out) {
        let lines = counted(rows as u64, "line");
        say(format!("{lines} of {columns} samples of step {} in {}", session.steps(), args.out.display()))?;
    }
    Ok(Outcome::Done)
}
