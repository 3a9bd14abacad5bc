//! A branch of layers beside a shortcut (He et al. 2016).

use gan_tensor::Var;

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::sequence::Sequence;
use crate::{Kind, Module, ParamId, Spec, Value, init};

/// `y = shortcut(x) + scale branch(x)`: both yield one shape; a shortcut without layers is the identity.
///
/// The parameters of the inner layers are called `layers[0].weight`, `shortcut[0].weight` and so on, below the name of this layer.
/// With `init = "constant"` for the last layer of the branch and `init = { type = "he", gain = .. }` for the others this is the block of
/// fix-up initialisation (Zhang et al. 2019); with `scale = 0, learn_scale = true` that of ReZero (Bachlechner et al. 2021).
#[derive(Debug)]
struct Residual {
    branch: Sequence,
    shortcut: Sequence,
    scale: Scale,
}

#[derive(Debug)]
enum Scale {
    Fixed(f64),
    Learnt(ParamId),
}

impl Module for Residual {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let branch = self.branch.forward(cx, x);
        let scaled = match self.scale {
            Scale::Fixed(1.0) => branch,
            Scale::Fixed(scale) => branch * scale,
            Scale::Learnt(scale) => branch * cx.param(scale),
        };
        self.shortcut.forward(cx, x) + scaled
    }
    fn couples_batch(&self) -> bool {
        self.branch.couples_batch() || self.shortcut.couples_batch()
    }
    fn reads_labels(&self) -> bool {
        self.branch.reads_labels() || self.shortcut.reads_labels()
    }
    fn held_within(&self) -> usize {
        self.branch.held_within().saturating_add(self.shortcut.held_within())
    }
    fn blocks_gradient(&self) -> Option<&'static str> {
        self.branch.blocks_gradient().or_else(|| self.shortcut.blocks_gradient())
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "residual",
    doc: "layers beside a shortcut, added. layers; shortcut (none: the identity): layers, too; scale (1) of the branch, learn_scale (false)",
    build: |f, b| {
        let layers = f.specs("layers")?.ok_or_else(|| f.missing("layers", "a list of layers"))?;
        let shortcut = f.specs("shortcut")?.unwrap_or_default();
        let (branch, output) = Sequence::build("layers", &layers, b)?;
        let (shortcut, beside) = Sequence::build("shortcut", &shortcut, b)?;
        if output != beside {
            return Err(f.shape_fault(format!(
                "the branch yields {output}, the shortcut {beside}; give `shortcut` the layers that bring {} to {output}",
                b.input()
            )));
        }
        let scale = f.f64_or("scale", 1.0)?;
        let scale = if f.bool_or("learn_scale", false)? {
            Scale::Learnt(b.param("scale", [1], Kind::Trainable, &init::Constant(scale))?)
        } else {
            Scale::Fixed(scale)
        };
        Built::new(Residual { branch, shortcut, scale }, output)
    },
    cases: || {
        let linear = |units: usize| Spec::new("linear").with("units", units);
        let conv = |kernel: usize| Spec::new("conv2d").with("channels", 3).with("kernel", kernel).with("padding", kernel / 2);
        let list = |layers: &[Spec]| Value::List(layers.iter().cloned().map(Value::from).collect());
        let residual = |layers: &[Spec]| Spec::new("residual").with("layers", list(layers));
        vec![
            Case::same(residual(&[linear(5), Spec::new("softplus"), linear(4)]), [4]),
            Case::new(
                residual(&[conv(3), Spec::new("tanh"), Spec::new("average_pool").with("kernel", 2)])
                    .with("shortcut", list(&[Spec::new("average_pool").with("kernel", 2), conv(1)]))
                    .with("scale", 0.3),
                [4, 2, 2],
                [2, 1, 3],
            ),
            Case::same(residual(&[residual(&[linear(4)]), Spec::new("batch_norm")]).with("learn_scale", true), [4]),
        ]
    },
};
