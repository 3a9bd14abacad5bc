//! Adam (Kingma & Ba 2015).

use gan_tensor::ops::AdamConstants;
use gan_tensor::{Graph, Var};

use super::{Optimizer, OptimizerEntry, Update};
use crate::{Number, Progress, Schedule, schedule};

/// `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`, `w -= lr (m / c1) / (sqrt(v / c2) + epsilon)`.
///
/// The corrections are `c = 1 - beta^t`; of a scheduled decay, 1 less the product of all values that it had, which is the weight that
/// the zeros at the start still have in the moment.
#[derive(Debug)]
struct Adam {
    lr: Box<dyn Schedule>,
    betas: [Number; 2],
    epsilon: f64,
}

/// The logarithm of a product that is 0 for any correction: 1e-11.
const VANISHED: f64 = -25.0;

/// `1 - beta_0 .. beta_t` at step `t`, each epoch so far taken for as long as the others. A function of the progress alone, so that a run
/// that is resumed goes on with the same bits.
fn correction(beta: &Number, p: Progress) -> f64 {
    let Number::Scheduled(schedule) = beta else { return 1.0 - beta.at(p).powf((p.step + 1) as f64) };
    let rate = p.epoch / p.step.max(1) as f64;
    let mut ln = schedule.at(p).ln();
    for step in (0..p.step).rev() {
        if ln < VANISHED {
            break;
        }
        // an epoch that is over is over, however its share was rounded
        ln += schedule.at(Progress { step, epoch: step as f64 * rate + 1e-9 }).ln();
    }
    -ln.exp_m1()
}

impl Adam {
    /// The decays, if both are fixed.
    fn fixed(&self) -> Option<[f64; 2]> {
        match self.betas {
            [Number::Fixed(beta1), Number::Fixed(beta2)] => Some([beta1, beta2]),
            _ => None,
        }
    }
}

impl Optimizer for Adam {
    fn states(&self) -> &'static [&'static str] {
        &["moment1", "moment2"]
    }
    fn scalars(&self) -> &'static [&'static str] {
        match self.fixed() {
            Some(_) => &["lr", "correction1", "correction2"],
            None => &["lr", "correction1", "correction2", "beta1", "beta2"],
        }
    }
    fn values(&self, p: Progress) -> Vec<f64> {
        let mut values = vec![self.lr.at(p)];
        values.extend(self.betas.iter().map(|b| correction(b, p)));
        if self.fixed().is_none() {
            values.extend(self.betas.iter().map(|b| b.at(p)));
        }
        values
    }
    fn update<'g>(&self, graph: &'g Graph, w: Var<'g>, g: Var<'g>, states: &[Var<'g>], scalars: &[Var<'g>]) -> Update<'g> {
        let (operands, corrections) = ([w, states[0], states[1], g], [scalars[1], scalars[2]]);
        let step = match self.fixed() {
            Some([beta1, beta2]) => {
                let constants = AdamConstants { beta1, beta2, epsilon: self.epsilon };
                graph.adam(operands, scalars[0], corrections, constants)
            }
            None => graph.adam_with_betas(operands, scalars[0], corrections, [scalars[3], scalars[4]], self.epsilon),
        };
        Update { weight: step.weight, states: vec![step.first, step.second], squared_change: step.squared_change }
    }
}

pub(super) const ENTRY: OptimizerEntry = OptimizerEntry {
    name: "adam",
    doc: "Adam. lr (0.0002), beta1 (0.5), beta2 (0.999): numbers or schedules; epsilon (1e-8)",
    build: |f| {
        let beta = |key, default| Number::from_fields(f, key, default, (0.0, 0.999_999));
        Ok(Box::new(Adam {
            lr: schedule::from_fields_in(f, "lr", 2e-4, (0.0, f64::MAX))?,
            betas: [beta("beta1", 0.5)?, beta("beta2", 0.999)?],
            epsilon: f.positive("epsilon", 1e-8)?,
        }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Spec, optim};

    fn scheduled() -> Box<dyn Optimizer> {
        let ramp = Spec::new("linear").with("from", 0.9).with("to", 0.99).with("end", 3);
        optim::build(&Spec::new("adam").with("beta1", 0.0).with("beta2", ramp), "optimizer").unwrap()
    }

    #[test]
    fn corrections_are_the_running_products() {
        // 4 steps an epoch: the decay is 0.9, 0.93, 0.96, 0.99 from epoch to epoch
        let at = |step: u64| Progress { step, epoch: step as f64 / 4.0 };
        let adam = scheduled();
        assert_eq!(adam.scalars(), ["lr", "correction1", "correction2", "beta1", "beta2"]);
        let mut product = 1.0;
        for step in 0..40 {
            let beta2 = 0.9 + 0.03 * (step / 4).min(3) as f64;
            product *= beta2;
            let values = adam.values(at(step));
            assert!((values[4] - beta2).abs() < 1e-12 && values[1] == 1.0 && values[3] == 0.0);
            assert!((values[2] - (1.0 - product)).abs() < 1e-12, "step {step}: {} against {}", values[2], 1.0 - product);
        }
        // in the end nothing is left to correct
        assert!((adam.values(Progress { step: u64::MAX / 2, epoch: 1e9 })[2] - 1.0).abs() < 1e-10);
    }

    #[test]
    fn a_schedule_that_does_not_move_is_the_fixed_number() {
        let still = Spec::new("constant").with("value", 0.9);
        let moving = optim::build(&Spec::new("adam").with("beta2", still), "optimizer").unwrap();
        let fixed = optim::build(&Spec::new("adam").with("beta2", 0.9), "optimizer").unwrap();
        for step in [0, 1, 5, 100] {
            let p = Progress { step, epoch: 0.0 };
            for (a, b) in moving.values(p).iter().zip(fixed.values(p)) {
                assert!((a - b).abs() < 1e-13, "step {step}: {a} against {b}");
            }
        }
        let e = optim::build(&Spec::new("adam").with("beta2", Spec::new("linear")), "optimizer").unwrap_err().to_string();
        assert!(e.starts_with("optimizer.beta2: expected a number from 0 to 0.999999, found 1"), "{e}");
    }
}
