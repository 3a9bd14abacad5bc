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

/// A binary operation's dimensions and strides with everything merged that lies together: equal shapes become one
/// dimension, a bias two.
struct Merged {
    dims: [usize; MAX_RANK],
    rank: usize,
    x: Layout,
    y: Layout,
}

impl Merged {
    fn new(dims: &[usize], lx: &Layout, ly: &Layout) -> Self {
        let none = [0; MAX_RANK];
        let mut m = Merged {
            dims: none,
            rank: 0,
            x: Layout { offset: lx.offset, strides: none },
            y: Layout { offset: ly.offset, strides: none },
        };
        for (d, &n) in dims.iter().enumerate().filter(|(_, n)| **n != 1) {
            let (sx, sy) = (lx.strides[d], ly.strides[d]);
            let last = m.rank.wrapping_sub(1);
            if m.rank > 0 && m.x.strides[last] == sx * n && m.y.strides[last] == sy * n {
                m.dims[last] *= n;
            } else {
                m.dims[m.rank] = n;
                m.rank += 1;
            }
            let at = m.rank - 1;
            (m.x.strides[at], m.y.strides[at]) = (sx, sy);
        }
        m
    }

    fn dims(&self) -> &[usize] {
        &self.dims[..self.rank]
    }

    /// Calls `f(x's offset, y's offset, out)` for pieces of `out` along which both strides are those of the last dimension.
    fn pieces<E: Element>(&self, team: &Team<'_>, out: &mut [E], f: impl Fn(usize, usize, &mut [E]) + Sync) {
        let chunk = crate::map::CHUNK;
        if self.rank <= 1 {
            let (sx, sy) = self.steps();
            team.chunks(out, chunk, |i, o| f(self.x.offset + i * chunk * sx, self.y.offset + i * chunk * sy, o));
        } else {
            rows(team, self.dims(), out, |r, o| f(row_offset(r, self.dims(), &self.x), row_offset(r, self.dims(), &self.y), o));
        }
    }

    /// Strides along the last dimension.
    fn steps(&self) -> (usize, usize) {
        self.rank.checked_sub(1).map_or((0, 0), |d| (self.x.strides[d], self.y.strides[d]))
    }
}

simd! {
    fn pairs[E: Element, F: Fn(E, E) -> E](x: (&[E], usize), y: (&[E], usize), out: &mut [E], f: F) {
        let ((x, sx), (y, sy), n) = (x, y, out.len());
        match (sx, sy) {
            (1, 1) => for ((o, &x), &y) in out.iter_mut().zip(&x[..n]).zip(&y[..n]) { *o = f(x, y); },
            (1, 0) => { let y = y[0]; for (o, &x) in out.iter_mut().zip(&x[..n]) { *o = f(x, y); } }
            (0, 1) => { let x = x[0]; for (o, &y) in out.iter_mut().zip(&y[..n]) { *o = f(x, y); } }
            _ => for (j, o) in out.iter_mut().enumerate() { *o = f(x[j * sx], y[j * sy]); },
        }
    }
}
simd! {
    fn pairs_in_place[E: Element, F: Fn(E, E) -> E](y: (&[E], usize), out: &mut [E], f: F) {
        let ((y, sy), n) = (y, out.len());
        match sy {
            1 => for (o, &y) in out.iter_mut().zip(&y[..n]) { *o = f(*o, y); },
            _ => for (j, o) in out.iter_mut().enumerate() { *o = f(*o, y[j * sy]); },
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
    let merged = Merged::new(dims, lx, ly);
    let (isa, (sx, sy)) = (team.isa(), merged.steps());
    assert_eq!(out.len(), dims.iter().product::<usize>(), "the output has its dimensions' size");
    if !out.is_empty() {
        merged.pieces(team, out, |ax, ay, o| pairs(isa, (&x[ax..], sx), (&y[ay..], sy), o, f));
    }
}

/// `out[index] = f(out[index], y[..])` with `y` seen through its layout: [`binary`] with the first operand overwritten.
pub fn binary_in_place<E: Element>(
    team: &Team<'_>,
    dims: &[usize],
    (y, ly): (&[E], &Layout),
    out: &mut [E],
    f: impl Fn(E, E) -> E + Copy + Sync,
) {
    // the output merges with itself: its own row-major strides
    let mut own = Layout { offset: 0, strides: [0; MAX_RANK] };
    let mut step = 1;
    for (s, &n) in own.strides[..dims.len()].iter_mut().zip(dims).rev() {
        *s = step;
        step *= n;
    }
    let merged = Merged::new(dims, &own, ly);
    let (isa, (_, sy)) = (team.isa(), merged.steps());
    assert_eq!(out.len(), step, "the output has its dimensions' size");
    if !out.is_empty() {
        merged.pieces(team, out, |_, ay, o| pairs_in_place(isa, (&y[ay..], sy), o, f));
    }
}
