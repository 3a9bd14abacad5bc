//! What each step of a plan costs: a reading of the clock a step, only where it is asked for.

use std::time::{Duration, Instant};

use super::Plan;
use crate::{Element, Shape};

/// The clock of a plan that is profiled.
pub(super) struct Timings {
    steps: Box<[Duration]>,
    runs: u64,
    last: Instant,
}

impl Timings {
    /// A run begins.
    pub fn start(&mut self) {
        self.runs += 1;
        self.last = Instant::now();
    }

    /// Step `n` has ended; one past the last step are the copies into the stores.
    pub fn lap(&mut self, n: usize) {
        let now = Instant::now();
        self.steps[n] += now - self.last;
        self.last = now;
    }
}

/// What the steps of a plan cost, over all runs since [`Plan::start_profile`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Number of runs.
    pub runs: u64,
    /// The steps in order.
    pub steps: Vec<StepProfile>,
}

/// What one step of a plan costs.
#[derive(Clone, Debug, PartialEq)]
pub struct StepProfile {
    /// The operation.
    pub op: &'static str,
    /// The part of the model.
    pub scope: String,
    /// Shapes of the operands.
    pub ins: Vec<Shape>,
    /// Shapes of the results.
    pub outs: Vec<Shape>,
    /// Floating-point operations of a run, a multiply-add counting two.
    pub flops: u64,
    /// Bytes of operands and results, each counted once a run.
    pub bytes: u64,
    /// Time over all runs.
    pub time: Duration,
}

impl Profile {
    /// Time of all steps over all runs.
    pub fn time(&self) -> Duration {
        self.steps.iter().map(|s| s.time).sum()
    }
}

impl<E: Element> Plan<E> {
    /// Times every step from now on, anew if it did before.
    ///
    /// ```
    /// use gan_tensor::{Cx, Graph, Pool};
    /// let g = Graph::new();
    /// let x = g.input("x", [100, 100]);
    /// let mut plan = g.compile::<f32>(&[x.matmul(x)])?;
    /// plan.start_profile();
    /// Pool::new(1).region(|team| plan.run(&mut [], &[&[0.5; 100 * 100]], &Cx::new(team, 0, 0)))?;
    /// let profile = plan.profile().unwrap();
    /// assert_eq!((profile.runs, profile.steps[0].op, profile.steps[0].flops), (1, "matmul", 2_000_000));
    /// # Ok::<(), gan_tensor::TensorError>(())
    /// ```
    pub fn start_profile(&mut self) {
        let steps = vec![Duration::ZERO; self.steps.len() + 1].into();
        self.timings = Some(Timings { steps, runs: 0, last: Instant::now() });
    }

    /// What was timed since [`start_profile`](Plan::start_profile); nothing if it was not called.
    pub fn profile(&self) -> Option<Profile> {
        let timings = self.timings.as_ref()?;
        let bytes = |shapes: &[Shape]| shapes.iter().map(|s| (s.len() * size_of::<E>()) as u64).sum::<u64>();
        let mut steps: Vec<StepProfile> = self
            .steps()
            .zip(&timings.steps)
            .map(|(s, &time)| StepProfile {
                op: s.op,
                scope: s.scope.to_owned(),
                ins: s.ins.to_vec(),
                outs: s.outs.to_vec(),
                flops: s.flops,
                bytes: bytes(s.ins) + bytes(s.outs),
                time,
            })
            .collect();
        if !self.copies.is_empty() {
            let copied: Vec<Shape> = self.copies.iter().map(|c| [c.2].into()).collect();
            steps.push(StepProfile {
                op: "copies into stores",
                scope: String::new(),
                flops: 0,
                bytes: 2 * bytes(&copied),
                time: timings.steps[self.steps.len()],
                ins: copied.clone(),
                outs: copied,
            });
        }
        Some(Profile { runs: timings.runs, steps })
    }
}
