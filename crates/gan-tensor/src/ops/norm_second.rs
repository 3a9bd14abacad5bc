//! Fused: the gradient of a normalisation's gradient, which penalties on gradients need.

use gan_kernels::norm::{self, Second};

use super::norm::{Over, average, spread};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// Operands: the cotangents `v`, `a`, `b` of the gradients of `x`, gain and shift; the cotangent `g` of the normalisation's
/// result, `x`, mean, rstd, gain. Results: the cotangents of `g`, of `x` with the statistics held fixed, of mean and rstd as
/// `[2, outer, groups]`, and of the gain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NormSecond {
    pub over: Over,
}

impl Op for NormSecond {
    fn name(&self) -> &'static str {
        "norm_second"
    }
    fn results(&self) -> usize {
        4
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let l = self.over.layout_with(&ins[4], &ins[7], &ins[7])?;
        if [ins[0], ins[3]] != [ins[4]; 2] || [ins[1].len(), ins[2].len()] != [l.channels(); 2] {
            return Err("the cotangents must have the operands' shapes".to_owned());
        }
        if [ins[5].len(), ins[6].len()] != [l.statistics(); 2] {
            return Err(format!("{} means and deviations are expected", l.statistics()));
        }
        Ok(vec![ins[4], ins[4], [2, l.outer, l.groups].into(), ins[7]])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok(layout) = self.over.layout(&io.in_shape(4)) else { return };
        let s = Second {
            v: io.x(0),
            dgain: io.x(1),
            dshift: io.x(2),
            dy: io.x(3),
            x: io.x(4),
            mean: io.x(5),
            rstd: io.x(6),
            gain: io.x(7),
        };
        let out = (io.out(0), io.out(1), io.out(2), io.out(3));
        norm::second(cx.team, layout, s, out, io.scratch());
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let shape = ins[4].shape();
        let l = self.over.layout(&shape).ok()?;
        let [x, a, b] = spread(l, ins[4], ins[1], ins[2]);
        let [v, g, gain] = [ins[0].reshape(x.shape()), ins[3].reshape(x.shape()), ins[7].reshape(a.shape())];
        let [mean, rstd] = [ins[5], ins[6]].map(|s| s.reshape([l.outer, 1, l.groups, 1]));
        let n = l.count() as f64;
        let (u, h, ag) = ((x - mean) * rstd, g * gain, a * g);
        let [h1, hu, v1, vu] = [h, h * u, v, v * u].map(average);
        let slope = rstd * (v - v1 - u * vu);
        let dg = gain * slope + a * u + b;
        let dx = rstd * (ag - rstd * (v * hu + h * vu));
        let dmean = rstd * (rstd * (v1 * hu + h1 * vu) - average(ag)) * n;
        let drstd = (average(ag * u) / rstd + average(v * h) - v1 * h1 - vu * hu * 3.0) * n;
        let statistics = [dmean, drstd].map(|s| s.reshape([1, l.outer, l.groups]));
        let dgain = (g * slope).sum_axes(&[0, 1]).reshape(ins[7].shape());
        Some(vec![dg.reshape(shape), dx.reshape(shape), x.graph.concat(&statistics, 0), dgain])
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        self.over.layout(&ins[4]).map_or(0, norm::second_scratch)
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        20 * ins[4].len() as u64
    }
}

fn results<'g>(x: &[Var<'g>], over: Over) -> Vec<Var<'g>> {
    x[0].graph.push_many(NormSecond { over }, x)
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "norm_second",
    doc: "Fused: the gradient of a normalisation's gradient.",
    cases: || {
        use Domain::{Positive, Real};
        let case = |x: &[usize], statistics: &[usize], gain: &[usize], build: super::Build| {
            let whole = (x, Real);
            let line = (gain, Real);
            Case::many(&[whole, line, line, whole, whole, (statistics, Real), (statistics, Positive), line], build)
        };
        vec![
            case(&[3, 5], &[1, 5], &[5], |x| results(x, Over::Batch)),
            case(&[2, 5, 4], &[2, 4], &[4], |x| results(x, Over::Positions)),
            case(&[2, 3, 4], &[2, 2], &[4], |x| results(x, Over::Groups(2))),
            case(&[3, 2, 4], &[3, 1], &[2, 4], |x| results(x, Over::Example)),
        ]
    },
};
