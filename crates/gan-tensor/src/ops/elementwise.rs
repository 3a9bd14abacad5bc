//! What all element-wise operations share. An operation supplies its formula and its gradient.

use std::fmt::Debug;

use gan_kernels::{map, strided};

use crate::{Cx, Element, Io, Op, Shape, Var};

/// A function of one number.
pub trait Pointwise: Debug + Copy + Send + Sync + 'static {
    /// The operation's name.
    const NAME: &'static str;
    /// Rough cost of one element in floating-point operations.
    const FLOPS: u64 = 1;
    /// The function.
    fn apply<E: Element>(self, x: E) -> E;
    /// The cotangent of `x` for a cotangent `ct` of `y = f(x)`; `None` where the derivative is 0.
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>>;
}

/// A [`Pointwise`] function applied to every element.
#[derive(Debug, Clone, Copy)]
pub struct Unary<P>(pub P);

impl<P: Pointwise> Op for Unary<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        Ok(vec![ins[0]])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (f, out) = (self.0, io.out(0));
        if io.aliased(0) {
            map::in_place(cx.team, out, move |x| f.apply(x));
        } else {
            map::unary(cx.team, io.x(0), out, move |x| f.apply(x));
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].and_then(|ct| self.0.vjp(ins[0], outs[0], ct))]
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0)]
    }
    fn any_order(&self, _: &[Shape]) -> bool {
        true
    }
    fn flops(&self, _: &[Shape], outs: &[Shape]) -> u64 {
        P::FLOPS * outs[0].len() as u64
    }
}

/// A function of two numbers.
pub trait Pairwise: Debug + Copy + Send + Sync + 'static {
    /// The operation's name.
    const NAME: &'static str;
    /// Whether `f(x, y)` and `f(y, x)` are the same bits: either operand can then be overwritten by one kernel.
    const COMMUTATIVE: bool = false;
    /// The function.
    fn apply<E: Element>(self, x: E, y: E) -> E;
    /// The cotangents of `x` and `y` in the shape of `out = f(x, y)`; `None` where the derivative is 0.
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2];
}

/// A [`Pairwise`] function applied to every pair of elements, the smaller operand broadcast to the larger.
#[derive(Debug, Clone, Copy)]
pub struct Binary<P>(pub P);

impl<P: Pairwise> Op for Binary<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let fits = ins[0].broadcast(&ins[1]);
        fits.map(|s| vec![s]).ok_or_else(|| "shapes must be equal or stretch (a size of 1) to each other".to_owned())
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (f, out, to) = (self.0, io.out(0), io.out_shape(0));
        let layout = |i: usize| strided::Layout { offset: 0, strides: io.in_shape(i).strides_in(&to) };
        let f = move |x: E, y: E| f.apply(x, y);
        if io.aliased(0) || io.aliased(1) {
            let other = usize::from(io.aliased(0));
            strided::binary_in_place(cx.team, &to, (io.x(other), &layout(other)), out, f);
        } else {
            strided::binary(cx.team, &to, (io.x(0), &layout(0)), (io.x(1), &layout(1)), out, f);
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let Some(ct) = cts[0] else { return vec![None, None] };
        let grads = self.0.vjp(ins[0], ins[1], outs[0], ct);
        grads.into_iter().zip(ins).map(|(g, x)| g.map(|g| g.sum_to(x.shape()))).collect()
    }
    fn any_order(&self, _: &[Shape]) -> bool {
        true
    }
    fn aliases(&self, ins: &[Shape]) -> &'static [(usize, usize)] {
        let fits = |i: usize| ins[0].broadcast(&ins[1]) == Some(ins[i]);
        // a second operand that does not commute could be overwritten as well, for twice the kernels
        match (fits(0), fits(1) && P::COMMUTATIVE) {
            (true, true) => &[(0, 0), (1, 0)],
            (true, false) => &[(0, 0)],
            (false, true) => &[(1, 0)],
            (false, false) => &[],
        }
    }
}
