//! Matrix products of libraries that take pointers, for the benches: the workspace's `unsafe` stays in this crate.

use crate::gemm::Matrix;

/// The product of the `gemm` crate: `out = a b`, on `threads` threads.
///
/// # Panics
/// An operand does not hold its elements.
pub fn gemm((m, n, k): (usize, usize, usize), a: Matrix<'_, f32>, b: Matrix<'_, f32>, out: &mut [f32], threads: usize) {
    assert!(a.holds(m, k) && b.holds(k, n) && m.checked_mul(n) == Some(out.len()), "operands hold their elements");
    let parallel = if threads == 1 { gemm::Parallelism::None } else { gemm::Parallelism::Rayon(threads) };
    let stride = |x: usize| x as isize;
    // SAFETY: the operands hold their elements, as was checked, and `out` is row-major.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            stride(n),
            false,
            a.data.as_ptr(),
            stride(a.col),
            stride(a.row),
            b.data.as_ptr(),
            stride(b.col),
            stride(b.row),
            0.0,
            1.0,
            false,
            false,
            false,
            parallel,
        );
    }
}

/// The product of the `matrixmultiply` crate: `out = a b`, on one thread.
///
/// # Panics
/// An operand does not hold its elements.
pub fn matrixmultiply((m, n, k): (usize, usize, usize), a: Matrix<'_, f32>, b: Matrix<'_, f32>, out: &mut [f32]) {
    assert!(a.holds(m, k) && b.holds(k, n) && m.checked_mul(n) == Some(out.len()), "operands hold their elements");
    let stride = |x: usize| x as isize;
    let ((pa, ra, ca), (pb, rb, cb)) =
        ((a.data.as_ptr(), stride(a.row), stride(a.col)), (b.data.as_ptr(), stride(b.row), stride(b.col)));
    // SAFETY: as above.
    unsafe { matrixmultiply::sgemm(m, k, n, 1.0, pa, ra, ca, pb, rb, cb, 0.0, out.as_mut_ptr(), stride(n), 1) }
}
