//! What a classifier descends.

use gan_tensor::Var;

/// Mean cross-entropy of a batch, in nats, and the share of it that is judged rightly.
///
/// `H = -1/n sum_i sum_k q_ik ln softmax(l_i)_k` with `q_ik = (1 - s) [k = y_i] + s / K` for logits `l: [n, K]`, classes `y: [n]` and
/// smoothing `s` (Szegedy et al. 2016, section 7). Stable: the logarithm of the softmax is `l - ln sum e^l`.
pub(super) fn cross_entropy<'g>(logits: Var<'g>, labels: Var<'g>, smoothing: f64) -> (Var<'g>, Var<'g>) {
    let graph = logits.graph();
    let [n, classes] = logits.shape()[..] else { return (logits, logits) };
    let numbers: Vec<f64> = (0..classes).map(|k| k as f64).collect();
    let right = labels.reshape([n, 1]).equal(graph.literal([1, classes], &numbers));
    let target = right * (1.0 - smoothing) + smoothing / classes as f64;
    let loss = -(target * logits.log_softmax(1)).sum() / n as f64;
    let hits = labels.reshape([n, 1]).equal(logits.argmax(1));
    (loss, hits.mean())
}

#[cfg(test)]
mod tests {
    use gan_tensor::{Cx, Graph, Team};

    use super::*;

    /// Loss, accuracy and gradient by the logits.
    fn at(logits: &[f64], labels: &[f64], classes: usize, smoothing: f64) -> (f64, f64, Vec<f64>) {
        let graph = Graph::new();
        let n = labels.len();
        let (l, y) = (graph.input("logits", [n, classes]), graph.input("labels", [n]));
        let (loss, accuracy) = cross_entropy(l, y, smoothing);
        let gradient = graph.grad(loss, &[l])[0];
        let team = Team::serial();
        let out = graph.eval::<f64>(&[loss, accuracy, gradient], &[], &[logits, labels], &Cx::new(&team, 0, 0)).unwrap();
        (out[0].values()[0], out[1].values()[0], out[2].values().to_vec())
    }

    /// `torch.nn.functional.cross_entropy(l, y, label_smoothing=0.1)` of PyTorch 2, in double precision.
    #[test]
    fn agrees_with_plain_code_and_its_gradient_is_softmax_minus_target() {
        let logits = [0.5, -1.0, 2.0, 0.1, 0.3, -0.7];
        let labels = [2.0, 0.0];
        for smoothing in [0.0, 0.1, 0.9] {
            let (loss, accuracy, gradient) = at(&logits, &labels, 3, smoothing);
            let mut expected = 0.0;
            for (i, row) in logits.chunks(3).enumerate() {
                let sum: f64 = row.iter().map(|l| l.exp()).sum();
                for (k, l) in row.iter().enumerate() {
                    let q = f64::from(u8::from(k as f64 == labels[i])) * (1.0 - smoothing) + smoothing / 3.0;
                    expected -= q * (l.exp() / sum).ln() / 2.0;
                    assert!((gradient[3 * i + k] - (l.exp() / sum - q) / 2.0).abs() < 1e-14);
                }
            }
            assert!((loss - expected).abs() < 1e-14, "{loss} {expected}");
            assert_eq!(accuracy, 0.5);
        }
    }

    #[test]
    fn logits_far_from_each_other_do_not_overflow() {
        let (loss, accuracy, gradient) = at(&[5000.0, 0.0, -5000.0, 5000.0], &[0.0, 0.0], 2, 0.0);
        assert_eq!((loss, accuracy), (5000.0, 0.5));
        assert_eq!(gradient, [0.0, 0.0, -0.5, 0.5]);
    }
}
