//! The maxout layer (Goodfellow et al. 2013).

use gan_tensor::Var;

use super::linear::Affine;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

/// `h_u = max_p (x w + b)_{p, u}` with `w: [in, pieces * units]`, the pieces one after the other.
#[derive(Debug)]
struct Maxout {
    affine: Affine,
    pieces: usize,
}

impl Module for Maxout {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        self.affine.apply(cx, x).maxout(self.pieces)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "maxout",
    doc: "the maximum of several linear pieces. units, pieces; init (xavier), bias (true), bias_init (0), max_column_norm, \
          spectral_norm (false)",
    build: |f, b| {
        let (units, pieces) = (f.count("units")?, f.count("pieces")?);
        let Some(outputs) = units.checked_mul(pieces).filter(|n| *n <= 100_000_000) else {
            return Err(f.fault("pieces", "units x pieces of at most 100000000", pieces));
        };
        Built::new(Maxout { affine: Affine::build(f, b, outputs)?, pieces }, [units])
    },
    cases: || {
        let maxout = Spec::new("maxout").with("units", 3).with("pieces", 2);
        vec![Case::new(maxout.clone(), [4], [3]), Case::new(maxout.with("bias", false), [2, 2], [3])]
    },
};
