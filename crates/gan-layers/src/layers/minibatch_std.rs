//! How much the examples of a batch differ, as a feature (Karras et al. 2018, section 3).

use gan_tensor::{Shape, Var};

use super::label_concat::with_last;
use super::labels::beside;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Kind, Mode, Module, ParamId, Spec, init};

/// Keeps the slope of the root finite where all examples of a group are the same.
const EPSILON: f64 = 1e-8;

/// `y = [x, s]` along the last axis: `s` is the standard deviation of each value over a group of examples, averaged over all values: one
/// number a group, a constant plane on a picture. A generator whose fakes are too much alike shows itself to D.
///
/// Example `i` of a batch of `n` belongs to group `i mod (n / group)`, as in StyleGAN2; where `group` does not divide the batch, the
/// next smaller size that does takes its place. In use the running mean of training takes the place of `s`, so that an example
/// is judged by itself.
#[derive(Debug)]
struct MinibatchStd {
    group: usize,
    momentum: f64,
    deviation: ParamId,
}

impl MinibatchStd {
    /// `[groups, 1]`: the mean deviation of the values of each group.
    fn deviations<'g>(x: Var<'g>, group: usize) -> Var<'g> {
        let (batch, values) = (x.shape().first().copied().unwrap_or(0), x.shape().row_len());
        let groups = x.reshape([group, batch / group, values]);
        let variance = (groups - groups.mean_axes(&[0])).square().mean_axes(&[0]);
        (variance + EPSILON).sqrt().mean_axes(&[2]).reshape([batch / group, 1])
    }
}

impl Module for MinibatchStd {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let shape = x.shape();
        let (batch, axis) = (shape.first().copied().unwrap_or(0), shape.rank().max(1) - 1);
        let running = cx.param(self.deviation);
        let s = if cx.mode() == Mode::Eval || batch == 0 {
            running.expand([batch, 1])
        } else {
            let group = (1..=self.group.min(batch)).rev().find(|&g| batch.is_multiple_of(g)).unwrap_or(1);
            let s = Self::deviations(x, group);
            cx.update(self.deviation, running * (1.0 - self.momentum) + s.mean().reshape([1]).detach() * self.momentum);
            s.reshape([1, batch / group, 1]).expand([group, batch / group, 1]).reshape([batch, 1])
        };
        let plane: Option<Shape> = with_last(&shape, 1).ok();
        cx.graph().concat(&[x, plane.map_or(s, |to| beside(s, x).expand(to))], axis)
    }
    fn couples_batch(&self) -> bool {
        true
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "minibatch_std",
    doc: "puts the mean deviation over groups of examples beside the features; a plane on a picture. group (4), momentum (0.1)",
    build: |f, b| {
        let input = b.input();
        let Some(&features) = input.last().filter(|_| !input.is_empty()) else {
            return Err(f.shape_fault("an example must have at least one value"));
        };
        let layer = MinibatchStd {
            group: f.count_or("group", 4)?,
            momentum: f.f64_in("momentum", 0.1, 0.0, 1.0)?,
            deviation: b.param("deviation", [1], Kind::Buffer, &init::Constant(1.0))?,
        };
        Built::new(layer, with_last(&input, features + 1)?)
    },
    cases: || {
        let pairs = Spec::new("minibatch_std").with("group", 2);
        vec![
            Case::new(Spec::new("minibatch_std"), [3], [4]),
            Case::new(pairs, [2, 1, 2], [2, 1, 3]),
            Case::new(Spec::new("minibatch_std").with("group", 3), [3], [4]),
        ]
    },
};
