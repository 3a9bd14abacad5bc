//! Reductions in fixed chunks that are combined in order: the same bits for any number of threads.

use crate::{Element, Isa, Team};

/// Most partial results of one reduction; they live on the stack.
const PARTIALS: usize = 256;
/// Independent accumulators of a chunk: a sum does not wait for the previous addition.
const LANES: usize = 16;

/// Length of the chunks into which `len` elements are cut: depends on the size alone.
fn chunk_len(len: usize) -> usize {
    len.div_ceil(PARTIALS).max(4096).next_multiple_of(LANES)
}

simd! {
    fn fold_chunk[E: Element, M: Fn(E) -> E, F: Fn(E, E) -> E](x: &[E], init: E, map: M, fold: F) -> E {
        let mut lanes = [init; LANES];
        let whole = x.chunks_exact(LANES);
        let rest = whole.remainder();
        for c in whole {
            for (l, &x) in lanes.iter_mut().zip(c) { *l = fold(*l, map(x)); }
        }
        for (l, &x) in lanes.iter_mut().zip(rest) { *l = fold(*l, map(x)); }
        let mut width = LANES / 2;
        while width > 0 {
            for i in 0..width { lanes[i] = fold(lanes[i], lanes[i + width]); }
            width /= 2;
        }
        lanes[0]
    }
}

/// Folds `map(x[i])` over all of `x`, starting from the neutral element `init`.
pub fn fold_all<E: Element>(
    team: &Team<'_>,
    x: &[E],
    init: E,
    map: impl Fn(E) -> E + Copy + Sync,
    fold: impl Fn(E, E) -> E + Copy + Sync,
) -> E {
    let (isa, chunk) = (team.isa(), chunk_len(x.len()));
    let n = x.len().div_ceil(chunk);
    let mut partials = [init; PARTIALS];
    team.chunks(&mut partials[..n], 1, |i, p| {
        let end = ((i + 1) * chunk).min(x.len());
        p[0] = fold_chunk(isa, &x[i * chunk..end], init, map, fold);
    });
    partials[..n].iter().fold(init, |a, &b| fold(a, b))
}

/// Sum of all elements.
pub fn sum_all<E: Element>(team: &Team<'_>, x: &[E]) -> E {
    fold_all(team, x, E::ZERO, |x| x, |a, b| a + b)
}

simd! {
    fn exp_sum_run[E: Element](x: &[E], least: E, factor: E, limit: E) -> E {
        let mut lanes = [E::ZERO; LANES];
        let (whole, rest) = x.as_chunks::<LANES>();
        for c in whole {
            // NaN is not beyond
            let mut beyond = true;
            for &x in c { beyond &= x > limit; }
            if !beyond {
                for (l, &x) in lanes.iter_mut().zip(c) { *l += (factor * (least - x)).exp(); }
            }
        }
        for (l, &x) in lanes.iter_mut().zip(rest) { *l += (factor * (least - x)).exp(); }
        lanes.into_iter().sum()
    }
}

/// `sum_i exp(factor (least - x[i]))` for the least of all `x` and a positive factor, on the calling thread: at least 1, so that terms below
/// `exp(-depth)` may be left out, and are where sixteen neighbours all are.
///
/// ```
/// use gan_kernels::{Isa, reduce::exp_sum};
/// let sum = exp_sum(Isa::detect(), &[3.0, 5.0_f32], 3.0, 0.5, 25.0);
/// assert!((sum - 1.0 - (-1.0_f32).exp()).abs() < 1e-6);
/// ```
pub fn exp_sum<E: Element>(isa: Isa, x: &[E], least: E, factor: E, depth: E) -> E {
    exp_sum_run(isa, x, least, factor, least + depth / factor)
}

/// Sum of the squares of all elements.
pub fn sum_squares<E: Element>(team: &Team<'_>, x: &[E]) -> E {
    fold_all(team, x, E::ZERO, |x| x * x, |a, b| a + b)
}

simd! {
    fn fold_rows[E: Element, F: Fn(E, E) -> E](x: &[E], n: usize, out: &mut [E], fold: F) {
        // x: the first element of a block of columns; rows are n apart
        let width = out.len();
        for row in x.chunks(n) {
            for (o, &x) in out.iter_mut().zip(&row[..width.min(row.len())]) { *o = fold(*o, x); }
        }
    }
}

/// Folds the middle dimension of `x: [outer, middle, inner]` into `out: [outer, inner]`.
///
/// Along the middle dimension the order is fixed, whatever the team.
pub fn fold_axis<E: Element>(
    team: &Team<'_>,
    (outer, middle, inner): (usize, usize, usize),
    x: &[E],
    out: &mut [E],
    init: E,
    fold: impl Fn(E, E) -> E + Copy + Sync,
) {
    let size = outer.checked_mul(inner);
    let whole = size.and_then(|size| size.checked_mul(middle));
    assert!(whole == Some(x.len()) && size == Some(out.len()), "sizes of a reduction");
    let isa = team.isa();
    if out.is_empty() {
        return;
    }
    if outer == 1 && inner == 1 {
        out[0] = fold_all(team, x, init, |x| x, fold);
    } else if inner == 1 {
        let rows = (crate::map::CHUNK / middle.max(1)).max(1);
        team.chunks(out, rows, |i, o| {
            for (r, o) in o.iter_mut().enumerate() {
                let at = (i * rows + r) * middle;
                *o = fold_chunk(isa, &x[at..at + middle], init, |x| x, fold);
            }
        });
    } else {
        // blocks of columns of one outer index
        let width = (4 * crate::map::CHUNK / middle.max(1)).max(1).next_multiple_of(LANES).min(inner);
        let blocks = inner.div_ceil(width);
        let base = crate::pool::Parts(out.as_mut_ptr());
        team.for_each(outer * blocks, |b| {
            let (o, j) = (b / blocks, b % blocks * width);
            let w = width.min(inner - j);
            // SAFETY: (o, j..j + w) are disjoint ranges of `out`, one for each b.
            let part = unsafe { base.slice(o * inner + j, w) };
            part.fill(init);
            if middle > 0 {
                fold_rows(isa, &x[o * middle * inner + j..(o + 1) * middle * inner], inner, part, fold);
            }
        });
    }
}
