//! RMSProp (Tieleman & Hinton 2012, lecture 6.5).

use gan_tensor::{Graph, Var};

use super::{Optimizer, OptimizerEntry, Update};
use crate::{Progress, Schedule, schedule};

/// `s = rho s + (1 - rho) g^2`, `w -= lr g / (sqrt(s) + epsilon)`.
#[derive(Debug)]
struct RmsProp {
    lr: Box<dyn Schedule>,
    rho: f64,
    epsilon: f64,
}

impl Optimizer for RmsProp {
    fn states(&self) -> &'static [&'static str] {
        &["mean_square"]
    }
    fn scalars(&self) -> &'static [&'static str] {
        &["lr"]
    }
    fn values(&self, p: Progress) -> Vec<f64> {
        vec![self.lr.at(p)]
    }
    fn update<'g>(&self, graph: &'g Graph, w: Var<'g>, g: Var<'g>, states: &[Var<'g>], scalars: &[Var<'g>]) -> Update<'g> {
        let s = states[0] * self.rho + g.square() * (1.0 - self.rho);
        // kept off 0, where the root's own gradient is infinite and an unrolled update would be NaN
        let root = s.maximum(graph.constant(f64::from(f32::MIN_POSITIVE), [])).sqrt();
        let change = scalars[0] * g / (root + self.epsilon);
        Update { weight: w - change, states: vec![s], squared_change: change.square().sum() }
    }
}

pub(super) const ENTRY: OptimizerEntry = OptimizerEntry {
    name: "rmsprop",
    doc: "RMSProp. lr (0.001): a number or schedule; rho (0.9), epsilon (1e-8)",
    build: |f| {
        Ok(Box::new(RmsProp {
            lr: schedule::from_fields_in(f, "lr", 1e-3, (0.0, f64::MAX))?,
            rho: f.f64_in("rho", 0.9, 0.0, 0.999_999)?,
            epsilon: f.positive("epsilon", 1e-8)?,
        }))
    },
};
