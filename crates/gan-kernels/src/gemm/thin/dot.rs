//! Scalar products of a few rows with many: `c[x][y] (+)= sum_p a[x][p] b[y][p]`, the terms of a row next to each other.

use super::super::micro::Lanes;
use crate::Element;

/// Rows of `a` and of `b` (constants) lie at distances `xs` and `ys`, `(x, y)` of the result at `x * cx + y * cy`.
///
/// # Safety
/// The operands hold `k` numbers in each row; nobody else touches `c`.
pub(super) type DotFn<E> =
    unsafe fn(k: usize, a: *const E, xs: usize, b: *const E, ys: usize, c: *mut E, cx: usize, cy: usize, add: bool);

#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn dot<L: Lanes, const X: usize, const Y: usize>(
    k: usize,
    a: *const L::E,
    xs: usize,
    b: *const L::E,
    ys: usize,
    c: *mut L::E,
    cx: usize,
    cy: usize,
    add: bool,
) {
    // SAFETY: the promise of `DotFn`; this is inlined into functions with the instructions of `L`.
    unsafe {
        let mut sums = [[L::zero(); Y]; X];
        let mut p = 0;
        while p + L::N <= k {
            let mut rows = [L::zero(); X];
            for (x, v) in rows.iter_mut().enumerate() {
                *v = L::load(a.add(x * xs + p));
            }
            for y in 0..Y {
                let from = b.add(y * ys + p);
                let v = L::load(from);
                for (sums, &row) in sums.iter_mut().zip(&rows) {
                    sums[y] = L::fma(row, v, sums[y]);
                }
            }
            p += L::N;
        }
        let rest = k - p;
        if rest > 0 {
            for y in 0..Y {
                let v = L::load_part(b.add(y * ys + p), rest);
                for (x, sums) in sums.iter_mut().enumerate() {
                    sums[y] = L::fma(L::load_part(a.add(x * xs + p), rest), v, sums[y]);
                }
            }
        }
        for (x, &sums) in sums.iter().enumerate() {
            for (y, sum) in L::sums(sums).into_iter().enumerate() {
                let to = c.add(x * cx + y * cy);
                *to = if add { *to + sum } else { sum };
            }
        }
    }
}

/// All scalar products of `x` rows of `a` with `y` rows of `b`.
///
/// # Safety
/// As for [`DotFn`].
pub(super) unsafe fn rows<E: Element>(
    (kernels, most): (&[[DotFn<E>; 4]; 4], [usize; 4]),
    (x, y, k): (usize, usize, usize),
    (a, xs): (*const E, usize),
    (b, ys): (*const E, usize),
    (c, cx, cy): (*mut E, usize, usize),
    add: bool,
) {
    // rows of the second operand are used for all of the first while they are near
    let group = if x > 4 { most[3] } else { most[x - 1] };
    let mut y0 = 0;
    while y0 < y {
        let size = group.min((y - y0).ilog2() as usize);
        for x0 in (0..x).step_by(4) {
            let f = kernels[(x - x0).min(4) - 1][size];
            // SAFETY: the caller's promise;
            unsafe { f(k, a.add(x0 * xs), xs, b.add(y0 * ys), ys, c.add(x0 * cx + y0 * cy), cx, cy, add) };
        }
        y0 += 1 << size;
    }
}
