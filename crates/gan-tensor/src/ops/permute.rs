//! Dimensions in another order.

use gan_kernels::strided::{self, Layout};

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, MAX_RANK, Op, Shape, Var};

/// Dimension `d` of the result is dimension `order[d]` of the operand.
#[derive(Debug, Clone)]
struct Permute {
    order: Vec<usize>,
}

impl Permute {
    fn inverse(&self) -> Vec<usize> {
        let mut inverse = vec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
        inverse
    }
}

impl Op for Permute {
    fn name(&self) -> &'static str {
        "permute"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let mut sorted = self.order.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..ins[0].rank()) {
            return Err(format!("{:?} does not name each of {} dimensions once", self.order, ins[0].rank()));
        }
        Ok(vec![self.order.iter().enumerate().fold(ins[0], |s, (to, &from)| s.with(to, ins[0][from]))])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let own = io.in_shape(0).strides();
        let mut strides = [0; MAX_RANK];
        strides.iter_mut().zip(&self.order).for_each(|(s, &from)| *s = own[from]);
        strided::copy(cx.team, &io.out_shape(0), io.x(0), &Layout { offset: 0, strides }, io.out(0));
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.permute(&self.inverse()))]
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl<'g> Var<'g> {
    /// The dimensions in another order: dimension `d` of the result is dimension `order[d]` of this.
    #[track_caller]
    pub fn permute(self, order: &[usize]) -> Var<'g> {
        if order.iter().copied().eq(0..self.shape().rank()) {
            return self;
        }
        self.graph.push(Permute { order: order.to_vec() }, &[self])
    }

    /// The last two dimensions exchanged; of a matrix, its transpose. A product needs none:
    /// see [`matmul_with`](Var::matmul_with).
    #[track_caller]
    pub fn transpose(self) -> Var<'g> {
        let mut order: Vec<usize> = (0..self.shape().rank().max(2)).collect();
        let last = order.len() - 1;
        order.swap(last - 1, last);
        self.permute(&order)
    }

    /// [`transpose`](Var::transpose), as the papers abbreviate it.
    #[track_caller]
    pub fn t(self) -> Var<'g> {
        self.transpose()
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "permute",
    doc: "Dimensions in another order.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x.t().square()),
            Case::many(&[(&[2, 3, 4], Domain::Real)], |x| {
                vec![x[0].permute(&[2, 0, 1]).square(), x[0].permute(&[1, 0, 2]).exp()]
            }),
            Case::many(&[(&[2, 3, 1, 5], Domain::Real)], |x| vec![x[0].permute(&[3, 2, 0, 1]).square(), x[0].transpose().tanh()]),
        ]
    },
};
