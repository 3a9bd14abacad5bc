//! Sums of multiples of a few rows: `c[x][y] (+)= sum_r a[x][r] b[r][y]`, each row read once from start to end.

use super::super::micro::Lanes;
use crate::Element;

/// The rows of `c` (constant), of `b` (constant), `(x, r)` of `a` at `x * xs + r * ps`, rows of `b` and `c` at distances `bs` and `cs`.
///
/// # Safety
/// The operands hold `columns` numbers in each row; nobody else touches `c`.
#[allow(clippy::type_complexity)]
pub(super) type StreamFn<E> =
    unsafe fn(columns: usize, a: *const E, xs: usize, ps: usize, b: *const E, bs: usize, c: *mut E, cs: usize, add: bool);

#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn stream<L: Lanes, const X: usize, const R: usize>(
    columns: usize,
    a: *const L::E,
    xs: usize,
    ps: usize,
    b: *const L::E,
    bs: usize,
    c: *mut L::E,
    cs: usize,
    add: bool,
) {
    // SAFETY: the promise of `StreamFn`; this is inlined into functions with the instructions of `L`.
    unsafe {
        let mut factors = [[L::zero(); R]; X];
        for (x, row) in factors.iter_mut().enumerate() {
            for (r, f) in row.iter_mut().enumerate() {
                *f = L::splat(a.add(x * xs + r * ps));
            }
        }
        let mut y = 0;
        while y + L::N <= columns {
            let mut sums = [L::zero(); X];
            if add {
                for (x, sum) in sums.iter_mut().enumerate() {
                    *sum = L::load(c.add(x * cs + y));
                }
            }
            for r in 0..R {
                let from = b.add(r * bs + y);
                let v = L::load(from);
                for (sum, row) in sums.iter_mut().zip(&factors) {
                    *sum = L::fma(row[r], v, *sum);
                }
            }
            for (x, &sum) in sums.iter().enumerate() {
                L::store(c.add(x * cs + y), sum);
            }
            y += L::N;
        }
        let rest = columns - y;
        if rest > 0 {
            let mut sums = [L::zero(); X];
            if add {
                for (x, sum) in sums.iter_mut().enumerate() {
                    *sum = L::load_part(c.add(x * cs + y), rest);
                }
            }
            for r in 0..R {
                let v = L::load_part(b.add(r * bs + y), rest);
                for (sum, row) in sums.iter_mut().zip(&factors) {
                    *sum = L::fma(row[r], v, *sum);
                }
            }
            for (x, &sum) in sums.iter().enumerate() {
                L::store_part(c.add(x * cs + y), sum, rest);
            }
        }
    }
}

/// Adds up `terms` rows: eight, then four, two and one at a time.
///
/// # Safety
/// As for [`StreamFn`], with `terms` rows of `b`.
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn rows<E: Element>(
    kernels: &[[StreamFn<E>; 4]; 4],
    (x, terms, columns): (usize, usize, usize),
    (a, xs, ps): (*const E, usize, usize),
    (b, bs): (*const E, usize),
    (c, cs): (*mut E, usize),
) {
    let mut p = 0;
    while p < terms {
        let step = 3.min((terms - p).ilog2() as usize);
        for x0 in (0..x).step_by(4) {
            let f = kernels[(x - x0).min(4) - 1][step];
            // SAFETY: the caller's promise;
            unsafe { f(columns, a.add(x0 * xs + p * ps), xs, ps, b.add(p * bs), bs, c.add(x0 * cs), cs, p > 0) };
        }
        p += 1 << step;
    }
}
