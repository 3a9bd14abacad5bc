//! Copies and element-wise maths over arbitrary strides: permutations, slices, broadcasting.

use crate::{Element, Team};

/// Dimensions a strided operand may have.
pub const MAX_RANK: usize = 6;

/// Where an operand's element for a multi-index lies: `offset + sum index[d] * strides[d]`.
/// A stride of 0 repeats the operand along that dimension (broadcasting).
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Index of the element at the origin.
    pub offset: usize,
    /// One stride for each dimension of the output.
    pub strides: [usize; MAX_RANK],
}

/// The offset of row `row` (all dimensions but the last, in row-major order).
#[inline(always)]
fn row_offset(mut row: usize, dims: &[usize], layout: &Layout) -> usize {
    let mut at = layout.offset;
    for d in (0..dims.len().saturating_sub(1)).rev() {
        at += row % dims[d] * layout.strides[d];
        row /= dims[d];
    }
    at
}

/// Calls `f(row, out_row)` for every innermost row of an output with dimensions `dims`.
fn rows<E: Element>(team: &Team<'_>, dims: &[usize], out: &mut [E], f: impl Fn(usize, &mut [E]) + Sync) {
    let n = dims.last().copied().unwrap_or(1);
    assert_eq!(out.len(), dims.iter().product::<usize>(), "the output has its dimensions' size");
    if out.is_empty() {
        return;
    }
    let per = (crate::map::CHUNK / n).max(1);
    team.chunks(out, per * n, |chunk, o| {
        for (r, o) in o.chunks_exact_mut(n).enumerate() {
            f(chunk * per + r, o);
        }
    });
}

/// `out[index] = x[layout(index)]`, `out` row-major with dimensions `dims`.
pub fn copy<E: Element>(team: &Team<'_>, dims: &[usize], x: &[E], layout: &Layout, out: &mut [E]) {
    let stride = dims.len().checked_sub(1).map_or(0, |d| layout.strides[d]);
    rows(team, dims, out, |r, o| {
        let at = row_offset(r, dims, layout);
        match stride {
            1 => o.copy_from_slice(&x[at..at + o.len()]),
            0 => o.fill(x[at]),
            s => {
                assert!(at + (o.len() - 1) * s < x.len(), "a layout stays within its operand");
                for (o, &x) in o.iter_mut().zip(x[at..].iter().step_by(s)) {
                    *o = x;
                }
            }
        }
    });
}

/// `out[layout(index)] = x[index]`: the inverse of [`copy`]; elements of `out` that no index reaches
/// keep their value. The layout must reach every element at most once.
pub fn scatter<E: Element>(dims: &[usize], x: &[E], layout: &Layout, out: &mut [E]) {
    let n = dims.last().copied().unwrap_or(1);
    let stride = dims.len().checked_sub(1).map_or(1, |d| layout.strides[d]);
    if x.is_empty() {
        return;
    }
    for (r, x) in x.chunks_exact(n).enumerate() {
        let at = row_offset(r, dims, layout);
        for (j, &x) in x.iter().enumerate() {
            out[at + j * stride] = x;
        }
    }
}

simd! {
    fn row2[E: Element, F: Fn(E, E) -> E](x: (&[E], usize), y: (&[E], usize), out: &mut [E], f: F) {
        let ((x, sx), (y, sy), n) = (x, y, out.len());
        match (sx, sy) {
            (1, 1) => for ((o, &x), &y) in out.iter_mut().zip(&x[..n]).zip(&y[..n]) { *o = f(x, y); },
            (1, 0) => { let y = y[0]; for (o, &x) in out.iter_mut().zip(&x[..n]) { *o = f(x, y); } }
            (0, 1) => { let x = x[0]; for (o, &y) in out.iter_mut().zip(&y[..n]) { *o = f(x, y); } }
            _ => for (j, o) in out.iter_mut().enumerate() { *o = f(x[j * sx], y[j * sy]); },
        }
    }
}

/// `out[index] = f(x[..], y[..])` with each operand seen through its layout.
pub fn binary<E: Element>(
    team: &Team<'_>,
    dims: &[usize],
    (x, lx): (&[E], &Layout),
    (y, ly): (&[E], &Layout),
    out: &mut [E],
    f: impl Fn(E, E) -> E + Copy + Sync,
) {
    let last = dims.len().saturating_sub(1);
    let isa = team.isa();
    rows(team, dims, out, |r, o| {
        let (ax, ay) = (row_offset(r, dims, lx), row_offset(r, dims, ly));
        row2(isa, (&x[ax..], lx.strides[last]), (&y[ay..], ly.strides[last]), o, f);
    });
}
