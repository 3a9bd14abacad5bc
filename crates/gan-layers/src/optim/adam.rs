//! Adam (Kingma & Ba 2015).

use gan_tensor::ops::AdamConstants;
use gan_tensor::{Graph, Var};

use super::{Optimizer, OptimizerEntry, Update};
use crate::{Progress, Schedule, schedule};

#[derive(Debug)]
struct Adam {
    lr: Box<dyn Schedule>,
    constants: AdamConstants,
}

impl Optimizer for Adam {
    fn states(&self) -> &'static [&'static str] {
        &["moment1", "moment2"]
    }
    fn scalars(&self) -> &'static [&'static str] {
        &["lr", "correction1", "correction2"]
    }
    fn values(&self, p: Progress) -> Vec<f64> {
        let t = (p.step + 1) as f64;
        vec![self.lr.at(p), 1.0 - self.constants.beta1.powf(t), 1.0 - self.constants.beta2.powf(t)]
    }
    fn update<'g>(&self, graph: &'g Graph, w: Var<'g>, g: Var<'g>, states: &[Var<'g>], scalars: &[Var<'g>]) -> Update<'g> {
        let corrections = [scalars[1], scalars[2]];
        let step = graph.adam([w, states[0], states[1], g], scalars[0], corrections, self.constants);
        Update { weight: step.weight, states: vec![step.first, step.second], squared_change: step.squared_change }
    }
}

pub(super) const ENTRY: OptimizerEntry = OptimizerEntry {
    name: "adam",
    doc: "Adam. lr (0.0002): a number or schedule; beta1 (0.5), beta2 (0.999), epsilon (1e-8)",
    build: |f| {
        Ok(Box::new(Adam {
            lr: schedule::from_fields_in(f, "lr", 2e-4, (0.0, f64::MAX))?,
            constants: AdamConstants {
                beta1: f.f64_in("beta1", 0.5, 0.0, 0.999_999)?,
                beta2: f.f64_in("beta2", 0.999, 0.0, 0.999_999)?,
                epsilon: f.positive("epsilon", 1e-8)?,
            },
        }))
    },
};
