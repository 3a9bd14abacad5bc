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
    fn flops(&self, _: &[Shape], outs: &[Shape]) -> u64 {
        P::FLOPS * outs[0].len() as u64
    }
}

/// A function of two numbers.
pub trait Pairwise: Debug + Copy + Send + Sync + 'static {
    /// The operation's name.
    const NAME: &'static str;
    /// The function.
    fn apply<E: Element>(self, x: E, y: E) -> E;
    /// The cotangents of `x` and `y` in the shape of `out = f(x, y)`; `None` where the derivative is 0.
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2];
}

/// A [`Pairwise`] function applied to every pair of elements, the smaller operand broadcast to the larger.
#[derive(Debug, Clone, Copy)]
pub struct Binary<P>(pub P);

/// Whether `row` is a run of `out`'s trailing dimensions, repeated.
fn is_row(row: &Shape, out: &Shape) -> bool {
    let ones = row.iter().take_while(|&&d| d == 1).count();
    !row.is_empty() && out.ends_with(&row[ones..])
}

/// Whether `col` has one element for each row of `out`.
fn is_column(col: &Shape, out: &Shape) -> bool {
    col.rank() == out.rank() && col.rank() > 0 && col[0] == out[0] && col[1..].iter().all(|&d| d == 1) && !out.is_empty()
}

impl<P: Pairwise> Op for Binary<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let fits = ins[0].broadcast(&ins[1]);
        fits.map(|s| vec![s]).ok_or_else(|| "shapes must be equal or stretch (a size of 1) to each other".to_owned())
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (f, team, out) = (self.0, cx.team, io.out(0));
        let (sx, sy, so) = (io.in_shape(0), io.in_shape(1), io.out_shape(0));
        let forward = move |x: E, y: E| f.apply(x, y);
        let flipped = move |y: E, x: E| f.apply(x, y);
        match (io.aliased(0), io.aliased(1)) {
            (true, _) if sy.len() == 1 => {
                let y = io.x(1)[0];
                map::in_place(team, out, move |x| f.apply(x, y));
            }
            (_, true) if sx.len() == 1 => {
                let x = io.x(0)[0];
                map::in_place(team, out, move |y| f.apply(x, y));
            }
            (true, _) => map::binary_in_place(team, io.x(1), out, forward),
            (_, true) => map::binary_in_place(team, io.x(0), out, flipped),
            _ => {
                let (x, y) = (io.x(0), io.x(1));
                if sx == sy {
                    map::binary(team, x, y, out, forward);
                } else if sx.len() == so.len() && sy.len() == 1 {
                    let y = y[0];
                    map::unary(team, x, out, move |x| f.apply(x, y));
                } else if sy.len() == so.len() && sx.len() == 1 {
                    let x = x[0];
                    map::unary(team, y, out, move |y| f.apply(x, y));
                } else if sx == so && is_row(&sy, &so) {
                    map::with_row(team, x, y, out, forward);
                } else if sy == so && is_row(&sx, &so) {
                    map::with_row(team, y, x, out, flipped);
                } else if sx == so && is_column(&sy, &so) {
                    map::with_column(team, x, y, out, forward);
                } else if sy == so && is_column(&sx, &so) {
                    map::with_column(team, y, x, out, flipped);
                } else {
                    let layout = |s: &Shape| strided::Layout { offset: 0, strides: s.strides_in(&so) };
                    strided::binary(team, &so, (x, &layout(&sx)), (y, &layout(&sy)), out, forward);
                }
            }
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let Some(ct) = cts[0] else { return vec![None, None] };
        let grads = self.0.vjp(ins[0], ins[1], outs[0], ct);
        grads.into_iter().zip(ins).map(|(g, x)| g.map(|g| g.sum_to(x.shape()))).collect()
    }
    fn aliases(&self, ins: &[Shape]) -> &'static [(usize, usize)] {
        match (ins[0].len(), ins[1].len()) {
            _ if ins[0] == ins[1] => &[(0, 0), (1, 0)],
            (_, 1) => &[(0, 0)],
            (1, _) => &[(1, 0)],
            _ => &[],
        }
    }
}
