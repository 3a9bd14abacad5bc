//! Dropout (Srivastava et al. 2014), inverted: kept values are scaled up, so that nothing changes at test time.

use gan_kernels::random;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// Keeps each element with probability `keep` and divides it by `keep`; sets the others to 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout {
    pub keep: f64,
    pub stream: u32,
}

impl Op for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        if self.keep > 0.0 && self.keep <= 1.0 {
            return Ok(vec![ins[0]]);
        }
        Err(format!("the probability to keep a value lies in (0, 1], found {}", self.keep))
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let row = io.out_shape(0).row_len();
        random::dropout(cx.team, cx.key(self.stream), row, self.keep, io.out_from(0, 0));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        // linear in x: the same mask, drawn again from the same counters
        vec![cts[0].map(|ct| ins[0].graph.push(*self, &[ct]))]
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0)]
    }
}

impl<'g> Var<'g> {
    /// Dropout with a mask for every row, drawn anew in every run from the stream `name`.
    #[track_caller]
    pub fn dropout(self, keep: f64, name: &str) -> Var<'g> {
        let stream = self.graph.stream(name);
        self.graph.push(Dropout { keep, stream }, &[self])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "dropout",
    doc: "Dropout, inverted.",
    cases: || vec![Case::unary(Domain::Real, |x| x.dropout(0.6, "test").square())],
};
