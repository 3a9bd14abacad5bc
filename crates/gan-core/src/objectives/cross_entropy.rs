//! The discriminator's loss of the 2014 paper, with one-sided label smoothing (Salimans et al. 2016, section 3.4).

use gan_layers::{Fields, LayerError};
use gan_tensor::Var;

use super::Optimum;
use crate::Scene;

/// `-scale (E [a log D(x) + (1 - a) log(1 - D(x))] + E log(1 - D(G(z))))`, the negative value `V(D, G)` for labels `a = 1` of the data.
///
/// A label below 1 keeps D from certainty: `D* = a p_data / (p_data + p_g)`. Only the data's label is smoothed: one of the fakes above 0
/// would hold G where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct CrossEntropy {
    scale: f64,
    real_label: f64,
}

impl CrossEntropy {
    /// Reads `d_scale` (the published code of 2014 halves the loss) and `real_label`.
    pub fn read(f: &Fields<'_>) -> Result<CrossEntropy, LayerError> {
        Ok(CrossEntropy { scale: f.positive("d_scale", 1.0)?, real_label: f.f64_in("real_label", 1.0, 0.5, 1.0)? })
    }

    /// The loss, a scalar; with logits `l`, `-log D = softplus(-l)` and `-log(1 - D) = softplus(l)`.
    pub fn loss<'g>(self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        let graph = scene.graph();
        let real = real.bce_with_logits(graph.constant(self.real_label, [])).mean();
        let fake = fake.bce_with_logits(graph.constant(0.0, [])).mean();
        (real + fake) * self.scale
    }

    /// The equilibrium, where p_g = p_data: of Theorem 1, `D = 1/2` and `V = -log 4`, unless labels are smoothed.
    pub fn optimum(self) -> Optimum {
        let d = self.real_label / 2.0;
        Optimum { value: d.ln() + (1.0 - d).ln(), d }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::LOG_4;

    #[test]
    fn smoothed_labels_move_the_optimum() {
        let at = |real_label| CrossEntropy { scale: 1.0, real_label }.optimum();
        assert!((at(1.0).value + LOG_4).abs() < 1e-15 && at(1.0).d == 0.5);
        // the D that minimises -(a log D + (1 - a) log(1 - D)) - log(1 - D), by its derivative
        let a = 0.9;
        let slope = |d: f64| -a / d + (1.0 - a) / (1.0 - d) + 1.0 / (1.0 - d);
        assert!(slope(at(a).d).abs() < 1e-12);
    }
}
