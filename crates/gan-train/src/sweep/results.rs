//! What came of a sweep: for each combination the mean, spread and worst of each metric over the seeds.

use std::collections::BTreeMap;
use std::fmt;

use gan_metrics::Direction;
use serde::Serialize;

use super::{Run, Sweep};
use crate::{Summary, yardsticks};

/// A run that has come to its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finished {
    /// The number of its combination.
    pub cell: usize,
    /// Its seed.
    pub seed: u64,
    /// Its folder within that of the sweep.
    pub folder: String,
    /// How it ended: `done`, `stopped: ...`, `diverged: ...`.
    pub ended: String,
    /// Steps made.
    pub steps: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// The metrics at its end; none where it diverged.
    pub scores: BTreeMap<String, f64>,
}

impl Finished {
    pub(super) fn new(run: &Run, summary: Summary) -> Finished {
        let diverged = summary.ended.starts_with("diverged");
        Finished {
            cell: run.cell,
            seed: run.seed,
            folder: run.folder.clone(),
            scores: if diverged { BTreeMap::new() } else { summary.scores },
            ended: summary.ended,
            steps: summary.steps,
            seconds: summary.seconds,
        }
    }
}

/// The results of a sweep; its text is a table in Markdown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Results {
    /// Name of the sweep.
    pub name: String,
    /// What is varied.
    pub axes: Vec<String>,
    /// The value of each combination on each axis.
    pub cells: Vec<Vec<String>>,
    /// The metrics that are shown.
    pub metrics: Vec<String>,
    /// The runs, combination by combination.
    pub runs: Vec<Finished>,
    /// How many runs there are to be.
    pub total: usize,
}

/// A metric over the seeds of a combination.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Values.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (with n - 1); 0 for one value.
    pub deviation: f64,
    /// The worst of them, where it is known which way is better.
    pub worst: Option<f64>,
}

impl Results {
    pub(super) fn new(sweep: &Sweep, runs: Vec<Finished>) -> Results {
        Results {
            name: sweep.name.clone(),
            axes: sweep.axes.clone(),
            cells: sweep.cells.iter().map(|c| c.labels.clone()).collect(),
            metrics: sweep.metrics.clone(),
            runs,
            total: sweep.runs.len(),
        }
    }

    /// Whether every run has come to its end.
    pub fn complete(&self) -> bool {
        self.runs.len() == self.total
    }

    /// The values of a metric for a combination, seed by seed; those of runs that diverged are left out.
    pub fn values(&self, cell: usize, metric: &str) -> Vec<f64> {
        self.runs.iter().filter(|r| r.cell == cell).filter_map(|r| r.scores.get(metric).copied()).collect()
    }

    /// A metric over the seeds of a combination; nothing if no run has it.
    pub fn spread(&self, cell: usize, metric: &str) -> Option<Spread> {
        let values = self.values(cell, metric);
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        let worst = better(metric).and_then(|direction| {
            values.iter().copied().reduce(|a, b| if direction == Direction::Higher { a.min(b) } else { a.max(b) })
        });
        (n > 0).then(|| Spread { n, mean, deviation: if n > 1 { (squares / (n - 1) as f64).sqrt() } else { 0.0 }, worst })
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let head = self.axes.iter().chain(&self.metrics).map(String::as_str).chain(["runs", "diverged", "seconds a run"]);
        let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
        for (i, labels) in self.cells.iter().enumerate() {
            let runs: Vec<&Finished> = self.runs.iter().filter(|r| r.cell == i).collect();
            let diverged = runs.iter().filter(|r| r.ended.starts_with("diverged")).count();
            let seconds = runs.iter().map(|r| r.seconds).sum::<f64>() / runs.len().max(1) as f64;
            let scores = self.metrics.iter().map(|m| self.spread(i, m).map_or_else(|| "-".to_owned(), |s| s.to_string()));
            let rest = [runs.len().to_string(), diverged.to_string(), format!("{seconds:.0}")];
            rows.push(labels.iter().cloned().chain(scores).chain(rest).collect());
        }
        rows
    }
}

/// Which way a metric gets better.
fn better(metric: &str) -> Option<Direction> {
    let of_samples = gan_metrics::ALL.iter().find(|m| m.name == metric).map(|m| m.better);
    of_samples.or_else(|| yardsticks::ALL.iter().find(|y| y.name == metric).map(|y| y.better))
}

/// Four figures, without an exponent where there is no need; whole counts as such.
fn short(x: f64) -> String {
    match x.abs() {
        a if a < 10_000.0 && x.fract() == 0.0 => x.to_string(),
        a if (0.01..10_000.0).contains(&a) => format!("{:.*}", (3 - a.max(1.0).log10() as usize).min(4), x),
        _ => format!("{x:.2e}"),
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", short(self.mean))?;
        if self.n > 1 {
            write!(f, " ± {}", short(self.deviation))?;
            if let Some(worst) = self.worst {
                write!(f, " ({})", short(worst))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let columns = rows.first().map_or(0, Vec::len);
        let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (i, row) in rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(t, &w)| format!("{t:w$}")).collect();
            writeln!(f, "| {} |", cells.join(" | "))?;
            if i == 0 {
                let rules: Vec<String> = widths.iter().map(|&w| "-".repeat(w.max(3))).collect();
                writeln!(f, "| {} |", rules.join(" | "))?;
            }
        }
        write!(f, "mean ± standard deviation (worst) over the seeds, at the end of the runs; what diverged is left out")?;
        if !self.complete() {
            write!(f, "; {} of {} runs have ended", self.runs.len(), self.total)?;
        }
        Ok(())
    }
}
