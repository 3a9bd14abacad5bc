//! The projection discriminator's last layer (Miyato & Koyama 2018, eq. 3).

use gan_tensor::Var;

use super::labels::{classes, rows};
use super::linear::Affine;
use super::weight::Weight;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec, init};

/// `y = w . x + b + <v_c, x>` with a learnt vector `v_c` for each class `c`: one number an example, the logit of D.
#[derive(Debug)]
struct Projection {
    affine: Affine,
    /// `[classes, in]`.
    table: Weight,
}

impl Module for Projection {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let batch = x.shape().first().copied().unwrap_or(0);
        let x = x.reshape([batch, self.affine.inputs()]);
        let of_class = (x * rows(cx, self.table.var(cx), batch)).sum_axes(&[1]).reshape([batch, 1]);
        self.affine.apply(cx, x) + of_class
    }
    fn reads_labels(&self) -> bool {
        true
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "projection",
    doc: "the logit w . x + b + <v, x> with a learnt v for each class: the end of a conditional D. init (xavier), bias (true), bias_init (0), \
          max_column_norm, spectral_norm (false)",
    build: |f, b| {
        let classes = classes(f, b)?;
        let affine = Affine::build(f, b, 1)?;
        let start = init::from_fields(f, "init", "xavier")?;
        let table = Weight::build(f, b, ("embedding", [classes, affine.inputs()].into(), 1), &*start)?;
        Built::new(Projection { affine, table }, [1])
    },
    cases: || {
        vec![
            Case::new(Spec::new("projection"), [4], [1]).of_classes(3),
            Case::new(Spec::new("projection").with("bias", false), [2, 1, 3], [1]).of_classes(2),
        ]
    },
};
