//! `gan sweep`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context;
use gan::tensor::Pool;
use gan::train::picture::write_file as write_picture;
use gan::train::sweep::{Options, Progress, Results};
use gan::train::{Sweep, files};
use serde_json::json;

use crate::Outcome;
use crate::options::{Machine, Printing, on_interrupt};
use crate::output::{complain, quoted, say};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The sweep's file
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// Folder for the runs, the table and the plot [default: runs/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Runs at a time, which share the threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Only say which runs there are
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    printing: Printing,
}

const EXAMPLES: &str = "\
A sweep's file names what all runs have in common, the seeds, and what is varied:

  name = \"losses\"
  preset = \"ring\"                     # or: config = \"mine.toml\", which lies beside the file
  seeds = [1, 2, 3]
  settings = { \"train.steps\" = 2000 } # as --set of gan train
  [[axes]]
  key = \"game.objective\"
  values = [\"minimax\", \"non_saturating\"]
  [[axes]]
  name = \"penalty\"                    # several settings at once
  values = [
      { label = \"none\", set = { \"game.penalties\" = [] } },
      { label = \"R1\", set = { \"game.penalties\" = [\"r1\"] } },
  ]

Ctrl-C saves every run that is under way; the same command goes on. DIR/table.md, results.json and results.png hold what came of it.

Examples:
  gan sweep losses.toml --jobs 2                     two runs at a time, on half of the cores each
  gan sweep losses.toml --dry-run                    what would be trained";

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut sweep = Sweep::from_file(&args.file)?;
    for run in &mut sweep.runs {
        args.machine.apply(&mut run.config)?;
    }
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(&sweep.name));
    if args.dry_run {
        return list(&sweep, args.printing).map(|()| Outcome::Done);
    }
    let threads = args.machine.threads.map_or_else(Pool::default_threads, usize::from);
    let options = Options { jobs: args.jobs.into(), threads, interrupt: Arc::default() };
    on_interrupt(options.interrupt.clone())?;
    let tell = |progress: Progress<'_>| {
        // a line that cannot be printed is no reason to lose the runs
        let _ = ended(&sweep, &progress, args.printing);
    };
    let results = sweep.train(&out, &options, &tell)?;
    write(&results, &out)?;
    if args.printing.json {
        say(json!({ "event": "results", "results": results }))?;
    } else if !args.printing.quiet {
        say(format!("\n{results}\n\nin {}: table.md, results.json, results.png", quoted(&out)))?;
    }
    if options.interrupt.load(Ordering::SeqCst) && !results.complete() {
        complain(format!("saved; go on with: gan sweep {} --out {}", quoted(&args.file), quoted(&out)));
        return Ok(Outcome::Interrupted);
    }
    Ok(Outcome::Done)
}

/// What would be trained.
fn list(sweep: &Sweep, printing: Printing) -> anyhow::Result<()> {
    for run in &sweep.runs {
        let labels = sweep.cells.get(run.cell).map(|c| c.labels.as_slice()).unwrap_or_default();
        if printing.json {
            say(json!({ "folder": run.folder, "seed": run.seed, "labels": labels }))?;
        } else {
            say(format!("{}  {}", run.folder, labels.join(", ")))?;
        }
    }
    Ok(())
}

/// A line for a run that has come to its end.
fn ended(sweep: &Sweep, progress: &Progress<'_>, printing: Printing) -> anyhow::Result<()> {
    let f = progress.finished;
    if printing.json {
        return say(json!({ "event": "finished", "done": progress.done, "total": progress.total, "run": f }));
    }
    if printing.quiet {
        return Ok(());
    }
    let scores = sweep.metrics.iter().filter_map(|m| Some(format!("{m} {:.4}", f.scores.get(m)?)));
    let said = if f.scores.is_empty() { f.ended.clone() } else { scores.collect::<Vec<_>>().join(", ") };
    let when = if progress.earlier { "earlier".to_owned() } else { format!("{:.0} s", f.seconds) };
    say(format!("{}/{}  {}  {said}  ({when})", progress.done, progress.total, f.folder))
}

/// The table, the numbers and the plot.
fn write(results: &Results, out: &std::path::Path) -> anyhow::Result<()> {
    let table = format!("# {}\n\n{results}\n", results.name);
    let numbers = serde_json::to_string_pretty(results)?;
    for (name, text) in [("table.md", table), ("results.json", numbers + "\n")] {
        let path = out.join(name);
        files::write(&path, |f| f.write_all(text.as_bytes())).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(figure) = results.figure() {
        write_picture(out.join("results.png"), &figure.picture()?.to_png()?)?;
    }
    Ok(())
}
