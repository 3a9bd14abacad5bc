//! Sums over rows, column by column, and along lines. Accumulators stay in registers over a tile of rows.

use crate::Element;

/// Rows that are read before accumulators go back to memory.
pub(super) const TILE: usize = 8;

/// Sums of `x - k` and of its square, lane by lane.
#[inline(always)]
fn moments_block<E: Element, const W: usize>(tile: &[E], n: usize, at: usize, [k, s, q]: [&mut [E]; 3]) {
    let (k, s, q) = (&k[at..at + W], &mut s[at..at + W], &mut q[at..at + W]);
    let (mut near, mut sum, mut squares) = ([E::ZERO; W], [E::ZERO; W], [E::ZERO; W]);
    near.copy_from_slice(k);
    sum.copy_from_slice(s);
    squares.copy_from_slice(q);
    for row in tile.chunks_exact(n) {
        let row = &row[at..at + W];
        for l in 0..W {
            let d = row[l] - near[l];
            sum[l] += d;
            squares[l] += d * d;
        }
    }
    s.copy_from_slice(&sum);
    q.copy_from_slice(&squares);
}

simd! {
    /// Mean and sum of squares about it of each of `columns` columns. `k`, `s` and `q` are as long as the columns, or
    /// as several rows of them; the first columns of `k` receive the means, those of `q` the squares.
    pub(super) fn moments[E: Element](x: &[E], columns: usize, k: &mut [E], s: &mut [E], q: &mut [E]) {
        let n = k.len();
        // a value near the mean: the mean of the first rows
        let first = &x[..x.len().min(TILE * columns)];
        let rows = E::from_f64((first.len() / columns) as f64);
        k[..columns].fill(E::ZERO);
        for row in first.chunks_exact(columns) {
            for (k, (&x, &x0)) in k.iter_mut().zip(row.iter().zip(x)) { *k += x - x0; }
        }
        for (k, &x0) in k[..columns].iter_mut().zip(x) { *k = x0 + *k / rows; }
        for i in columns..n { k[i] = k[i - columns]; }
        s.fill(E::ZERO);
        q.fill(E::ZERO);
        for tile in x.chunks(TILE * n) {
            let (whole, rest) = tile.split_at(tile.len() / n * n);
            let mut at = 0;
            while at + 32 <= n {
                moments_block::<E, 32>(whole, n, at, [&mut *k, &mut *s, &mut *q]);
                at += 32;
            }
            while at + 8 <= n {
                moments_block::<E, 8>(whole, n, at, [&mut *k, &mut *s, &mut *q]);
                at += 8;
            }
            while at < n {
                moments_block::<E, 1>(whole, n, at, [&mut *k, &mut *s, &mut *q]);
                at += 1;
            }
            for (((&x, &k), s), q) in rest.iter().zip(k.iter()).zip(s.iter_mut()).zip(q.iter_mut()) {
                let d = x - k;
                *s += d;
                *q += d * d;
            }
        }
        fold(s, columns);
        fold(q, columns);
        let count = E::from_f64((x.len() / columns) as f64);
        for ((k, &s), q) in k[..columns].iter_mut().zip(s.iter()).zip(q.iter_mut()) {
            let d = s / count;
            *k += d;
            *q = (*q - s * d).maximum(E::ZERO);
        }
    }
}

/// Adds the further rows of accumulators to the first.
#[inline(always)]
fn fold<E: Element>(s: &mut [E], columns: usize) {
    let (first, rest) = s.split_at_mut(columns);
    for row in rest.chunks(columns) {
        for (f, &r) in first.iter_mut().zip(row) {
            *f += r;
        }
    }
}

/// What the sums of a gradient are taken with: mean, scale and shift of each lane.
pub(super) type Lines<'a, E> = [&'a [E]; 3];

#[inline(always)]
fn slopes_block<E: Element, const W: usize>(
    (dy, x): (&[E], &[E]),
    at: usize,
    [m, a, b]: Lines<'_, E>,
    (s, q): (&mut [E], &mut [E]),
    mask: impl Fn(E, E) -> E,
) {
    let n = m.len();
    let (s, q) = (&mut s[at..at + W], &mut q[at..at + W]);
    let (mut mean, mut scale, mut shift) = ([E::ZERO; W], [E::ZERO; W], [E::ZERO; W]);
    mean.copy_from_slice(&m[at..at + W]);
    scale.copy_from_slice(&a[at..at + W]);
    shift.copy_from_slice(&b[at..at + W]);
    let (mut sum, mut product) = ([E::ZERO; W], [E::ZERO; W]);
    sum.copy_from_slice(s);
    product.copy_from_slice(q);
    for (dy, x) in dy.chunks_exact(n).zip(x.chunks_exact(n)) {
        let (dy, x) = (&dy[at..at + W], &x[at..at + W]);
        for l in 0..W {
            let d = x[l] - mean[l];
            let g = mask(dy[l], d * scale[l] + shift[l]);
            sum[l] += g;
            product[l] += g * d;
        }
    }
    s.copy_from_slice(&sum);
    q.copy_from_slice(&product);
}

simd! {
    /// For each column the sums of `g` and of `g (x - mean)`, `g = mask(dy, (x - mean) scale + shift)`.
    pub(super) fn slopes[E: Element, F: Fn(E, E) -> E + Copy](dy: &[E], x: &[E], columns: usize, lines: Lines<'_, E>, s: &mut [E], q: &mut [E], mask: F) {
        let n = s.len();
        s.fill(E::ZERO);
        q.fill(E::ZERO);
        for (dy, x) in dy.chunks(TILE * n).zip(x.chunks(TILE * n)) {
            let cut = x.len() / n * n;
            let whole = (&dy[..cut], &x[..cut]);
            let mut at = 0;
            while at + 16 <= n {
                slopes_block::<E, 16>(whole, at, lines, (&mut *s, &mut *q), mask);
                at += 16;
            }
            while at < n {
                slopes_block::<E, 1>(whole, at, lines, (&mut *s, &mut *q), mask);
                at += 1;
            }
            let [m, a, b] = lines;
            for (i, (&dy, &x)) in dy[cut..].iter().zip(&x[cut..]).enumerate() {
                let d = x - m[i];
                let g = mask(dy, d * a[i] + b[i]);
                s[i] += g;
                q[i] += g * d;
            }
        }
        fold(s, columns);
        fold(q, columns);
    }
}
