//! Where the time of training goes.

use std::fmt;
use std::time::Duration;

use gan_tensor::plan::{Profile, StepProfile};
use serde::Serialize;

/// Rows that take less than this share of their phase are shown together.
const SMALL: f64 = 0.005;

/// Where the time of training went, over `steps` steps: by phase and operation, and between them.
///
/// Its `Display` is a table, its JSON holds every operation of every plan.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct RunProfile {
    /// Steps that were timed.
    pub steps: u64,
    /// Seconds of all of them, observers included.
    pub seconds: f64,
    /// Seconds of the steps without observers.
    pub stepping: f64,
    /// Threads.
    pub threads: usize,
    /// Instruction set.
    pub isa: &'static str,
    /// The phases in the order of a step.
    pub phases: Vec<PhaseProfile>,
}

/// What one phase's plan costs.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct PhaseProfile {
    /// The phase: `discriminator`, `generator`.
    pub phase: &'static str,
    /// Runs of its plan: k a step for D.
    pub runs: u64,
    /// Seconds of all runs.
    pub seconds: f64,
    /// Its operations in order.
    pub operations: Vec<OperationProfile>,
}

/// What one operation of a plan costs.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct OperationProfile {
    /// The operation.
    pub op: &'static str,
    /// The layer or other part of the model.
    pub scope: String,
    /// Shapes of the operands.
    pub operands: Vec<Vec<usize>>,
    /// Shapes of the results.
    pub results: Vec<Vec<usize>>,
    /// Floating-point operations of a run, a multiply-add counting two.
    pub flops: u64,
    /// Bytes of operands and results, each counted once a run.
    pub bytes: u64,
    /// Seconds of all runs.
    pub seconds: f64,
}

impl PhaseProfile {
    pub(crate) fn new(phase: &'static str, profile: Profile) -> Self {
        let seconds = profile.time().as_secs_f64();
        let shapes = |s: &[gan_tensor::Shape]| s.iter().map(|s| s.to_vec()).collect();
        let operation = |s: StepProfile| OperationProfile {
            op: s.op,
            scope: s.scope,
            operands: shapes(&s.ins),
            results: shapes(&s.outs),
            flops: s.flops,
            bytes: s.bytes,
            seconds: s.time.as_secs_f64(),
        };
        Self { phase, runs: profile.runs, seconds, operations: profile.steps.into_iter().map(operation).collect() }
    }

    /// Operations of one kind, layer and size of products together, the costliest first.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines: Vec<Line<'_>> = Vec::new();
        for o in &self.operations {
            // the products of a layer differ in what they cost: forward, for the weights, to the layer below
            let product = if o.flops > 4 * (o.bytes / 4) { product(&o.operands) } else { String::new() };
            let same = |l: &&mut Line<'_>| l.op == o.op && l.scope == o.scope && l.product == product;
            match lines.iter_mut().find(same) {
                Some(l) => l.add(o),
                None => {
                    let mut l = Line { op: o.op, scope: &o.scope, product, calls: 0, flops: 0, bytes: 0, seconds: 0.0 };
                    l.add(o);
                    lines.push(l);
                }
            }
        }
        lines.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        lines
    }
}

/// The first two operands: `100x784 . 784x1200`.
fn product(operands: &[Vec<usize>]) -> String {
    let shape = |s: &Vec<usize>| s.iter().map(usize::to_string).collect::<Vec<_>>().join("x");
    operands.iter().take(2).map(shape).collect::<Vec<_>>().join(" . ")
}

/// A row of the table.
struct Line<'a> {
    op: &'a str,
    scope: &'a str,
    product: String,
    calls: u64,
    flops: u64,
    bytes: u64,
    seconds: f64,
}

impl Line<'_> {
    fn add(&mut self, o: &OperationProfile) {
        self.calls += 1;
        self.flops += o.flops;
        self.bytes += o.bytes;
        self.seconds += o.seconds;
    }
}

impl RunProfile {
    /// Milliseconds of a step.
    fn ms(&self, seconds: f64) -> f64 {
        1e3 * seconds / self.steps.max(1) as f64
    }

    fn share(&self, seconds: f64) -> f64 {
        100.0 * seconds / self.seconds.max(f64::MIN_POSITIVE)
    }

    /// Seconds in the steps, but in no plan: waiting for batches, learning rates, reports.
    fn between(&self) -> f64 {
        (self.stepping - self.phases.iter().map(|p| p.seconds).sum::<f64>()).max(0.0)
    }
}

impl fmt::Display for RunProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for p in &self.phases {
            let lines = p.lines();
            let (shown, small): (Vec<_>, Vec<_>) = lines.iter().partition(|l| l.seconds >= SMALL * p.seconds);
            let width = |of: fn(&Line<'_>) -> usize, least: usize| shown.iter().map(|l| of(l)).fold(least, usize::max);
            let (a, b, c) = (width(|l| l.op.len(), 12), width(|l| l.scope.len(), 5), width(|l| l.product.len(), 7));
            writeln!(f, "{}", p.phase)?;
            writeln!(
                f,
                "  {:a$}  {:b$}  {:c$}  {:>5}  {:>9}  {:>7}  {:>7}  {:>6}",
                "operation", "layer", "product", "calls", "ms a step", "share", "GFLOP/s", "GB/s"
            )?;
            // calls of a step: k runs of D for one of G
            let calls = |n: u64| n * p.runs / self.steps.max(1);
            let rate = |n: u64, seconds: f64| n as f64 * p.runs as f64 / seconds.max(1e-9) / 1e9;
            for l in &shown {
                writeln!(
                    f,
                    "  {:a$}  {:b$}  {:c$}  {:>5}  {:>9.4}  {:>5.1} %  {:>7.1}  {:>6.1}",
                    l.op,
                    l.scope,
                    l.product,
                    calls(l.calls),
                    self.ms(l.seconds),
                    self.share(l.seconds),
                    rate(l.flops, l.seconds),
                    rate(l.bytes, l.seconds)
                )?;
            }
            let rest: f64 = small.iter().map(|l| l.seconds).sum();
            let wide = a + b + c + 4;
            let mut sum = |name: &str, n: u64, seconds: f64, rates: &str| {
                writeln!(f, "  {name:wide$}  {:>5}  {:>9.4}  {:>5.1} %{rates}", calls(n), self.ms(seconds), self.share(seconds))
            };
            if !small.is_empty() {
                sum("each below half a percent", small.iter().map(|l| l.calls).sum(), rest, "")?;
            }
            let flops: u64 = lines.iter().map(|l| l.flops).sum();
            let bytes: u64 = lines.iter().map(|l| l.bytes).sum();
            let rates = format!("  {:>7.1}  {:>6.1}", rate(flops, p.seconds), rate(bytes, p.seconds));
            sum("together", p.operations.len() as u64, p.seconds, &rates)?;
            writeln!(f)?;
        }
        writeln!(f, "a step, over {} of them on {} threads, {}", self.steps, self.threads, self.isa)?;
        let mut part =
            |name: &str, s: f64, work: &str| writeln!(f, "  {name:34}  {:>9.4} ms  {:>5.1} %{work}", self.ms(s), self.share(s));
        for p in &self.phases {
            let all = |of: fn(&OperationProfile) -> u64| {
                p.operations.iter().map(of).sum::<u64>() as f64 * p.runs as f64 / self.steps.max(1) as f64
            };
            let work = format!("  {:.3} GFLOP, {:.1} MB", all(|o| o.flops) / 1e9, all(|o| o.bytes) / 1e6);
            part(p.phase, p.seconds, &work)?;
        }
        part("batches, learning rates, reports", self.between(), "")?;
        if self.seconds > self.stepping {
            part("observers, checkpoints", self.seconds - self.stepping, "")?;
        }
        write!(f, "  {:34}  {:>9.4} ms", "together", self.ms(self.seconds))
    }
}

/// The trainer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    pub steps: u64,
    pub stepping: Duration,
    pub wall: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(op: &'static str, operands: &[&[usize]], flops: u64, seconds: f64) -> OperationProfile {
        let operands: Vec<Vec<usize>> = operands.iter().map(|s| s.to_vec()).collect();
        OperationProfile { op, scope: "d.layers[0]".into(), operands, results: vec![], flops, bytes: 4000, seconds }
    }

    #[test]
    fn rows_are_kinds_of_operations_in_a_layer_the_costliest_first() {
        let phase = PhaseProfile {
            phase: "discriminator",
            runs: 20,
            seconds: 3.0,
            operations: vec![
                operation("add", &[&[1000]], 1000, 0.2),
                operation("matmul", &[&[10, 50], &[50, 10]], 10_000, 1.5),
                operation("add", &[&[1000]], 1000, 0.3),
                operation("matmul", &[&[50, 10], &[10, 50]], 10_000, 0.999),
                operation("neg", &[&[1000]], 1000, 0.001),
            ],
        };
        let rows: Vec<_> = phase.lines().iter().map(|l| (l.op, l.product.clone(), l.calls)).collect();
        let wanted = [("matmul", "10x50 . 50x10", 1), ("matmul", "50x10 . 10x50", 1), ("add", "", 2), ("neg", "", 1)];
        assert_eq!(rows, wanted.map(|(o, p, n)| (o, p.to_owned(), n)));
        let run = RunProfile { steps: 10, seconds: 4.0, stepping: 3.5, threads: 2, isa: "avx2", phases: vec![phase] };
        let table = run.to_string();
        let row = |start: &str| {
            let line = table.lines().find(|l| l.trim_start().starts_with(start)).unwrap();
            line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        // two runs a step; 20 runs of 10,000 operations in 1.5 s
        assert_eq!(row("matmul")[5..9], ["2", "150.0000", "37.5", "%"]);
        assert_eq!(row("each below half a percent")[5..8], ["2", "0.1000", "0.0"]);
        assert_eq!(row("batches,")[4..7], ["50.0000", "ms", "12.5"]);
        assert_eq!(row("observers,")[2..5], ["50.0000", "ms", "12.5"]);
        assert!(table.ends_with("400.0000 ms"), "{table}");
    }
}
