//! A product on one thread, added to what is there.

use crate::Element;

/// Columns whose sums are built up together.
const WIDE: usize = 64;

simd! {
    /// `out[i ld + j] += sum over p of a[i row + p col] b[p width + j]` for `i < m`, `j < n`, `p < k`.
    pub(super) fn add_product[E: Element](sizes: (usize, usize, usize), a: (&[E], usize, usize), b: (&[E], usize), out: &mut [E], ld: usize) {
        let ((m, n, k), (a, row, col), (b, width)) = (sizes, a, b);
        for i in 0..m {
            for (part, out) in out[i * ld..][..n].chunks_mut(WIDE).enumerate() {
                let mut sums = [E::ZERO; WIDE];
                let sums = &mut sums[..out.len()];
                for p in 0..k {
                    let x = a[i * row + p * col];
                    for (s, &b) in sums.iter_mut().zip(&b[p * width + part * WIDE..]) { *s += x * b; }
                }
                for (o, &s) in out.iter_mut().zip(&*sums) { *o += s; }
            }
        }
    }
}
