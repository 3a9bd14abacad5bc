//! Timing by the rules of a fair comparison.
//!
//! The median of chunks of a least length after a warm-up. A chunk in which other programs took more than a tenth of a
//! core is thrown away and repeated, four times as often as there are chunks at most.

use std::time::{Duration, Instant};

/// A share of a core that others may use while a chunk is measured.
const OTHERS: f64 = 0.1;

/// What was measured.
pub(crate) struct Measured {
    /// Seconds of the first step.
    pub first: f64,
    /// Seconds of a step: the median of the chunks.
    pub median: f64,
    /// Seconds of a step in the fastest chunk.
    pub best: f64,
    /// Cores that this process used in the last chunk.
    pub cores: f64,
    /// Chunks without others.
    pub quiet: usize,
    /// Chunks thrown away.
    pub noisy: usize,
}

/// Measures `step`, which does its work before it returns.
pub(crate) fn measure<E>(chunks: usize, chunk_seconds: f64, mut step: impl FnMut() -> Result<(), E>) -> Result<Measured, E> {
    let first = timed(1, &mut step)?;
    timed(5, &mut step)?;
    let three = timed(3, &mut step)?;
    let n = ((chunk_seconds * 3.0 / three) as u32).max(1);
    let (mut quiet, mut noisy, mut cores) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..4 * chunks {
        let before = Busy::now();
        let took = timed(n, &mut step)?;
        let (others, own) = before.since(took);
        cores = own;
        if others > OTHERS {
            noisy.push(took / f64::from(n));
            std::thread::sleep(Duration::from_millis(200));
            continue;
        }
        quiet.push(took / f64::from(n));
        if quiet.len() == chunks {
            break;
        }
    }
    let (kept, thrown) = (quiet.len(), noisy.len());
    if kept < 3 {
        quiet.append(&mut noisy);
    }
    quiet.sort_by(f64::total_cmp);
    let best = quiet.first().copied().unwrap_or(first);
    Ok(Measured { first, median: median(&quiet).unwrap_or(first), best, cores, quiet: kept, noisy: thrown })
}

/// Seconds of `n` steps.
fn timed<E>(n: u32, step: &mut impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let start = Instant::now();
    for _ in 0..n {
        step()?;
    }
    // a clock that stands still must not divide by zero
    Ok(start.elapsed().as_secs_f64().max(1e-9))
}

/// Of sorted numbers.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some((lower + upper) / 2.0)
}

/// CPU seconds used so far: by the whole machine and by this process. Linux only; elsewhere every chunk counts as quiet.
struct Busy {
    machine: f64,
    process: f64,
}

impl Busy {
    fn now() -> Self {
        // the kernel's clock ticks for user space: 100 a second on every Linux in use
        const TICKS: f64 = 100.0;
        let sum = |text: &str, skip: usize, at: &[usize]| -> f64 {
            let fields: Vec<f64> = text.split_whitespace().skip(skip).map(|x| x.parse().unwrap_or(0.0)).collect();
            at.iter().filter_map(|&i| fields.get(i)).sum::<f64>() / TICKS
        };
        let read = |p: &str| std::fs::read_to_string(p).unwrap_or_default();
        let stat = read("/proc/stat");
        let own = read("/proc/self/stat");
        let own = own.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
        Self { machine: sum(stat.lines().next().unwrap_or_default(), 1, &[0, 1, 2, 5, 6, 7]), process: sum(own, 0, &[11, 12]) }
    }

    /// Cores that others and this process used since, over `seconds`.
    fn since(&self, seconds: f64) -> (f64, f64) {
        let now = Busy::now();
        let own = now.process - self.process;
        ((now.machine - self.machine - own) / seconds, own / seconds)
    }
}

/// Largest resident memory so far, in MiB.
pub(crate) fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

#[cfg(target_os = "linux")]
pub(crate) fn bind_to_first_core() {
    use nix::sched::{CpuSet, sched_setaffinity};
    let mut set = CpuSet::new();
    // a machine that refuses is measured unbound
    let _ = set.set(0).and_then(|()| sched_setaffinity(nix::unistd::Pid::from_raw(0), &set));
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn bind_to_first_core() {}

#[cfg(test)]
mod tests {
    use super::{measure, median};

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), Some(3.0));
    }

    #[test]
    fn chunks_are_bounded_and_faults_come_through() {
        let m = measure(2, 0.0, || Ok::<(), ()>(())).unwrap();
        assert!(m.quiet <= 2 && m.quiet + m.noisy <= 8 && m.best <= m.median);
        assert_eq!(measure(2, 0.0, || Err("broken")).err(), Some("broken"));
    }
}
