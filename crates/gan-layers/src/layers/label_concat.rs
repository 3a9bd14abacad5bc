//! The class beside the features (Mirza & Osindero 2014).

use gan_tensor::{Shape, TensorError, Var};

use super::labels::{beside, classes, rows};
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Kind, Module, ParamId, Spec, init};

/// `y = [x, e]` along the last axis: `e` is the class as `[0, .., 1, .., 0]`, or a learnt vector of it; on a picture each value of
/// `e` is a constant plane.
#[derive(Debug)]
struct LabelConcat {
    /// `[classes, size]`, where the vectors are learnt.
    table: Option<ParamId>,
    classes: usize,
}

impl Module for LabelConcat {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let (graph, shape) = (cx.graph(), x.shape());
        let (batch, axis) = (shape.first().copied().unwrap_or(0), shape.rank().max(1) - 1);
        let e = match self.table {
            Some(table) => rows(cx, cx.param(table), batch),
            None => {
                let numbers: Vec<f64> = (0..self.classes).map(|k| k as f64).collect();
                cx.expect_labels(batch).reshape([batch, 1]).equal(graph.literal([1, self.classes], &numbers))
            }
        };
        let values = e.shape().last().copied().unwrap_or(0);
        let planes = with_last(&shape, values).map_or(e, |to| beside(e, x).expand(to));
        graph.concat(&[x, planes], axis)
    }
    fn reads_labels(&self) -> bool {
        true
    }
}

/// The shape with another last size.
pub(super) fn with_last(shape: &Shape, size: usize) -> Result<Shape, TensorError> {
    let but_last = shape.rank().saturating_sub(1);
    let sizes: Vec<usize> = shape[..but_last].iter().copied().chain([size]).collect();
    Shape::new(&sizes)
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "label_concat",
    doc: "puts the class beside the features, one-hot or as a learnt vector; as planes on a picture. size (none: one-hot), init (normal, std 1)",
    build: |f, b| {
        let classes = classes(f, b)?;
        let input = b.input();
        let Some(&features) = input.last() else { return Err(f.shape_fault("an example must have at least one dimension")) };
        let size = f.optional_count("size")?;
        let table = match size {
            Some(size) => {
                let start = init::from_fields_or(f, "init", Spec::new("normal").with("std", 1.0))?;
                Some(b.param("embedding", [classes, size], Kind::Trainable, &*start)?)
            }
            None => None, // and an init is refused, as nothing would read it
        };
        Built::new(LabelConcat { table, classes }, with_last(&input, features + size.unwrap_or(classes))?)
    },
    cases: || {
        let learnt = Spec::new("label_concat").with("size", 2);
        vec![
            Case::new(Spec::new("label_concat"), [4], [7]).of_classes(3),
            Case::new(learnt.clone(), [4], [6]).of_classes(3),
            Case::new(learnt, [2, 3, 1], [2, 3, 3]).of_classes(3),
            Case::new(Spec::new("label_concat"), [2, 1, 2], [2, 1, 4]).of_classes(2),
        ]
    },
};
