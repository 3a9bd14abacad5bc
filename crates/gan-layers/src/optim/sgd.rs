//! Gradient descent with momentum.

use gan_tensor::{Graph, Var};

use super::{Optimizer, OptimizerEntry, Update};
use crate::{Progress, Schedule, schedule};

/// `v = mu v - lr g`, `w += v` (Polyak 1964, the paper's rule); with `nesterov`, `w += mu v - lr g`.
#[derive(Debug)]
struct Sgd {
    lr: Box<dyn Schedule>,
    momentum: Box<dyn Schedule>,
    nesterov: bool,
}

impl Optimizer for Sgd {
    fn states(&self) -> &'static [&'static str] {
        &["velocity"]
    }
    fn scalars(&self) -> &'static [&'static str] {
        &["lr", "momentum"]
    }
    fn values(&self, p: Progress) -> Vec<f64> {
        vec![self.lr.at(p), self.momentum.at(p)]
    }
    fn update<'g>(&self, graph: &'g Graph, w: Var<'g>, g: Var<'g>, states: &[Var<'g>], scalars: &[Var<'g>]) -> Update<'g> {
        let step = graph.momentum(w, states[0], g, scalars[0], scalars[1], self.nesterov);
        Update { weight: step.weight, states: vec![step.velocity], squared_change: step.squared_change }
    }
}

pub(super) const ENTRY: OptimizerEntry = OptimizerEntry {
    name: "sgd",
    doc: "gradient descent. lr (0.1), momentum (0.5): numbers or schedules; nesterov (false)",
    build: |f| {
        Ok(Box::new(Sgd {
            lr: schedule::from_fields_in(f, "lr", 0.1, (0.0, f64::MAX))?,
            momentum: schedule::from_fields_in(f, "momentum", 0.5, (0.0, 1.0))?,
            nesterov: f.bool_or("nesterov", false)?,
        }))
    },
};
