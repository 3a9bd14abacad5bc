//! What layers that read the classes of examples have in common.

use gan_tensor::{Shape, Var};

use crate::module::{Build, Cx};
use crate::{Fields, LayerError};

/// The number of classes of the data.
pub(super) fn classes(f: &Fields<'_>, b: &Build<'_>) -> Result<usize, LayerError> {
    b.classes().ok_or_else(|| LayerError::NoClasses { path: f.path().to_owned() })
}

/// The row of a table `[classes, values]` that each example's class names, `[batch, values]`.
pub(super) fn rows<'g>(cx: &Cx<'g, '_>, table: Var<'g>, batch: usize) -> Var<'g> {
    table.gather(cx.expect_labels(batch))
}

/// `[batch, values]` as `[batch, 1, .., 1, values]`, to go with a batch of as many dimensions as `x`.
pub(super) fn beside<'g>(rows: Var<'g>, x: Var<'g>) -> Var<'g> {
    let ones = x.shape().rank().saturating_sub(2);
    let [batch, values] = [0, 1].map(|d| rows.shape().get(d).copied().unwrap_or(0));
    let sizes: Vec<usize> = std::iter::once(batch).chain(std::iter::repeat_n(1, ones)).chain([values]).collect();
    Shape::new(&sizes).map_or(rows, |shape| rows.reshape(shape))
}

#[cfg(test)]
mod tests {
    use crate::{Cx, Mode, Network, Spec};
    use gan_tensor::{Cx as RunCx, Graph, Team};

    const KINDS: [&str; 3] = ["label_concat", "conditional_batch_norm", "projection"];

    #[test]
    fn data_without_classes_are_a_named_fault() {
        for kind in KINDS {
            let e = Network::build("discriminator", &[Spec::new("relu"), Spec::new(kind)], [4], 0, 0).unwrap_err().to_string();
            assert!(e.starts_with("discriminator.layers[1]: the layer reads the classes of the examples"), "{e}");
        }
    }

    #[test]
    fn a_trace_without_labels_is_a_named_fault() {
        for kind in KINDS {
            let net = Network::builder("net", [4], 0, 0).unwrap().with_classes(Some(3)).layer(&Spec::new(kind)).unwrap().finish();
            assert_eq!((net.conditional(), net.asked_classes()), (true, Some(3)));
            let graph = Graph::new();
            net.forward(&Cx::new(&graph, net.params(), Mode::Train), graph.input("x", [2, 4]));
            let e = graph.check().unwrap_err().to_string();
            assert!(e.contains("labels") && e.contains("net.layers[0]"), "{e}");
        }
    }

    #[test]
    fn a_network_that_reads_no_labels_asks_for_none() {
        let net = Network::builder("net", [4], 0, 0).unwrap().with_classes(Some(3)).layer(&Spec::new("relu")).unwrap().finish();
        assert_eq!((net.conditional(), net.asked_classes()), (false, None));
    }

    #[test]
    fn a_class_that_does_not_exist_is_seen() {
        let net =
            Network::builder("net", [2], 0, 0).unwrap().with_classes(Some(3)).layer(&Spec::new("projection")).unwrap().finish();
        let graph = Graph::new();
        let labels = graph.literal([2], &[2.0, 3.0]);
        let cx = Cx::new(&graph, net.params(), Mode::Eval).with_labels(Some(labels));
        let y = net.forward(&cx, graph.constant(1.0, [2, 2]));
        let team = Team::serial();
        let y = graph.eval::<f32>(&[y], &[net.params().values()], &[], &RunCx::new(&team, 0, 0)).unwrap();
        assert!(y[0].values()[0].is_finite() && y[0].values()[1].is_nan());
    }
}
