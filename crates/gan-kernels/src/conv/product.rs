//! A product on one thread, added to what is there.

use crate::Element;

simd! {
    /// `out[i ld + j] += sum over p of a[i row + p col] b[p width + j]` for `i < m`, `j < n`, `p < k`.
    pub(super) fn add_product[E: Element](sizes: (usize, usize, usize), a: (&[E], usize, usize), b: (&[E], usize), out: &mut [E], ld: usize) {
        let ((m, n, k), (a, row, col), (b, width)) = (sizes, a, b);
        for i in 0..m {
            let out = &mut out[i * ld..][..n];
            for p in 0..k {
                let x = a[i * row + p * col];
                for (o, &b) in out.iter_mut().zip(&b[p * width..][..n]) { *o += x * b; }
            }
        }
    }
}
