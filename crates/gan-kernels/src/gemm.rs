//! Matrix products with any strides and an epilogue on each finished tile.
//!
//! The product itself is the `gemm` crate's, called on one thread for each tile. The tiles depend on the sizes
//! alone, so the bits do not depend on the number of threads.

use crate::pool::Parts;
use crate::{Element, Isa, Team};

/// A matrix seen through its strides: element `(i, j)` is `data[i * row + j * col]`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, E> {
    /// The elements.
    pub data: &'a [E],
    /// Distance between rows.
    pub row: usize,
    /// Distance between columns.
    pub col: usize,
}

impl<'a, E> Matrix<'a, E> {
    /// A row-major matrix with `cols` columns, transposed if `transposed`.
    pub fn new(data: &'a [E], cols: usize, transposed: bool) -> Self {
        let (row, col) = if transposed { (1, cols) } else { (cols, 1) };
        Self { data, row, col }
    }

    fn holds(&self, rows: usize, cols: usize) -> bool {
        let last = |n: usize, stride: usize| (n - 1).checked_mul(stride);
        rows == 0
            || cols == 0
            || last(rows, self.row)
                .zip(last(cols, self.col))
                .and_then(|(i, j)| i.checked_add(j))
                .is_some_and(|last| last < self.data.len())
    }
}

/// Columns in a tile are a multiple of this where they can be, the register block of the product with AVX-512.
const COLUMNS: usize = 48;
/// Rows likewise.
const ROWS: usize = 8;

/// How an `m x n x k` product is cut: into how many tiles along the rows and along the columns.
///
/// One direction is cut. Each tile along the columns packs `a` again and each along the rows `b`, and packing across the
/// grain costs several times more, so the operand that is cheaper to pack again is left whole. More tiles balance
/// better over many threads and pack more; a tile is to take at least some tens of microseconds.
/// (`cargo bench -p gan-benches --bench matmul` measures this.)
fn cuts<E>((m, n, k): (usize, usize, usize), a: &Matrix<'_, E>, b: &Matrix<'_, E>) -> (usize, usize) {
    let flops = 2.0 * m as f64 * n as f64 * k as f64;
    if flops < 2e6 {
        return (1, 1);
    }
    if m == 1 {
        // bound by memory: narrow tiles keep their sums in registers while they run down the rows
        return (1, n.div_ceil(80));
    }
    let grain = |col: usize| if col == 1 { 1 } else { 4 };
    let along_columns = grain(a.col) * m <= grain(b.col) * n;
    let tiles = match flops {
        f if f < 8e6 => 2,
        f if f < 1.5e8 => 4,
        f if f < 1e9 => {
            if along_columns {
                12
            } else {
                8
            }
        }
        _ => 16,
    };
    if along_columns { (1, tiles) } else { (tiles, 1) }
}

/// Tile `t` of `tiles` of `len` rows or columns: start and length, nearly equal numbers of whole `unit`s.
fn part(t: usize, tiles: usize, len: usize, unit: usize) -> (usize, usize) {
    let units = len.div_ceil(unit);
    let edge = |t: usize| (t * units / tiles * unit).min(len);
    (edge(t), edge(t + 1) - edge(t))
}

/// `out = a b` for `a: [m, k]`, `b: [k, n]`, `out: [m, n]` row-major.
pub fn gemm<E: Element>(team: &Team<'_>, (m, n, k): (usize, usize, usize), a: Matrix<'_, E>, b: Matrix<'_, E>, out: &mut [E]) {
    gemm_then(team, (m, n, k), a, b, out, |_, _| {});
}

/// As [`gemm()`]; then `epilogue(j, row)` for each row of each tile while it is in cache, where `row` is a
/// run of columns that starts at column `j`.
pub fn gemm_then<E: Element>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, E>,
    b: Matrix<'_, E>,
    out: &mut [E],
    epilogue: impl Fn(usize, &mut [E]) + Sync,
) {
    assert!(
        a.holds(m, k) && b.holds(k, n) && m.checked_mul(n) == Some(out.len()),
        "a matrix product's operands hold their elements"
    );
    if m == 0 || n == 0 {
        return;
    }
    let (rows, cols) = cuts((m, n, k), &a, &b);
    let isa = team.isa();
    let dst = Parts(out.as_mut_ptr());
    team.for_each(rows * cols, |t| {
        let ((i, h), (j, w)) = (part(t / cols, rows, m, ROWS), part(t % cols, cols, n, if m == 1 { 16 } else { COLUMNS }));
        if h == 0 || w == 0 {
            return;
        }
        // SAFETY: `holds` checked the operands; the tile lies within `out` and tiles are disjoint.
        unsafe { serial(isa, (h, w, k), (a, i), (b, j), dst.0.add(i * n + j), n) };
        for r in 0..h {
            // SAFETY: row `r` of this tile, which no other thread touches.
            epilogue(j, unsafe { dst.slice((i + r) * n + j, w) });
        }
    });
}

simd! {
    fn act_row[E: Element, F: Fn(E) -> E](bias: &[E], row: &mut [E], f: F) {
        if bias.is_empty() {
            for r in row.iter_mut() { *r = f(*r); }
        } else {
            for (r, &b) in row.iter_mut().zip(bias) { *r = f(*r + b); }
        }
    }
}

/// `out = f(a b + bias)`, the bias (`[n]`, or empty for none) and the activation applied in the epilogue.
pub fn linear<E: Element>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, E>,
    b: Matrix<'_, E>,
    bias: &[E],
    out: &mut [E],
    f: impl Fn(E) -> E + Copy + Sync,
) {
    assert!(bias.is_empty() || bias.len() == n, "one bias a column");
    let isa = team.isa();
    gemm_then(team, (m, n, k), a, b, out, |j, row| {
        let bias = if bias.is_empty() { bias } else { &bias[j..j + row.len()] };
        act_row(isa, bias, row, f);
    });
}

/// One tile on the calling thread: rows `i..` of `a`, columns `j..` of `b`.
///
/// # Safety
/// The tile's operands lie within `a.data` and `b.data`; `dst` may be written at `r * ld + c` for all
/// `r < m`, `c < n`, by nobody else.
unsafe fn serial<E: Element>(
    isa: Isa,
    (m, n, k): (usize, usize, usize),
    (a, i): (Matrix<'_, E>, usize),
    (b, j): (Matrix<'_, E>, usize),
    dst: *mut E,
    ld: usize,
) {
    if isa == Isa::Portable || k == 0 {
        // SAFETY: the caller's promise.
        return unsafe { portable((m, n, k), (a, i), (b, j), dst, ld) };
    }
    // SAFETY: the caller's promise; strides of slices in memory fit isize.
    unsafe {
        let (pa, pb) = (a.data.as_ptr().add(i * a.row), b.data.as_ptr().add(j * b.col));
        let s = |x: usize| x as isize;
        gemm::gemm(
            m,
            n,
            k,
            dst,
            1,
            s(ld),
            false,
            pa,
            s(a.col),
            s(a.row),
            pb,
            s(b.col),
            s(b.row),
            E::ZERO,
            E::ONE,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// The product as the definition has it, a row of `out` at a time, for machines without AVX2.
///
/// # Safety
/// As [`serial`].
unsafe fn portable<E: Element>(
    (m, n, k): (usize, usize, usize),
    (a, i): (Matrix<'_, E>, usize),
    (b, j): (Matrix<'_, E>, usize),
    dst: *mut E,
    ld: usize,
) {
    for r in 0..m {
        // SAFETY: the caller's promise.
        let row = unsafe { std::slice::from_raw_parts_mut(dst.add(r * ld), n) };
        row.fill(E::ZERO);
        for p in 0..k {
            let x = a.data[(i + r) * a.row + p * a.col];
            if b.col == 1 {
                let b = &b.data[p * b.row + j..][..n];
                for (o, &b) in row.iter_mut().zip(b) {
                    *o += x * b;
                }
            } else {
                for (c, o) in row.iter_mut().enumerate() {
                    *o += x * b.data[p * b.row + (j + c) * b.col];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pool;
    use crate::random::{Key, uniform};

    fn random(n: usize, stream: u32) -> Vec<f32> {
        let mut x = vec![0f32; n];
        uniform(&Team::serial(), Key { seed: 1, draw: 0, stream }, n.max(1), (-1.0, 1.0), &mut x);
        x
    }

    fn naive((m, n, k): (usize, usize, usize), a: Matrix<'_, f32>, b: Matrix<'_, f32>) -> Vec<f64> {
        let at = |x: &Matrix<'_, f32>, i: usize, j: usize| f64::from(x.data[i * x.row + j * x.col]);
        (0..m * n).map(|ij| (0..k).map(|p| at(&a, ij / n, p) * at(&b, p, ij % n)).sum()).collect()
    }

    #[test]
    fn agrees_with_the_definition() {
        for isa in Isa::ALL {
            let mut pool = Pool::with_isa(2, isa);
            for size in [
                (1, 1, 1),
                (1, 33, 7),
                (7, 1, 333),
                (31, 33, 333),
                (100, 1200, 240),
                (0, 3, 2),
                (3, 4, 0),
                (150, 2, 100),
                (1, 300, 300),
            ] {
                let (m, n, k) = size;
                for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
                    let (da, db) = (random(m * k, 1), random(k * n, 2));
                    let a = Matrix::new(&da, if ta { m } else { k }, ta);
                    let b = Matrix::new(&db, if tb { k } else { n }, tb);
                    let mut out = vec![f32::NAN; m * n];
                    pool.region(|t| gemm(t, size, a, b, &mut out));
                    let want = naive(size, a, b);
                    let scale = want.iter().fold(1e-30, |s: f64, x| s.max(x.abs()));
                    for (o, w) in out.iter().zip(&want) {
                        assert!((f64::from(*o) - w).abs() <= 1e-5 * scale, "{isa} {size:?} {ta} {tb}: {o} against {w}");
                    }
                }
            }
        }
    }

    #[test]
    fn same_bits_for_any_number_of_threads() {
        let size = (100, 784, 1200);
        let (da, db) = (random(100 * 1200, 1), random(784 * 1200, 2));
        let product = |threads| {
            let mut out = vec![0f32; 100 * 784];
            Pool::new(threads).region(|t| gemm(t, size, Matrix::new(&da, 1200, false), Matrix::new(&db, 1200, true), &mut out));
            out
        };
        let one = product(1);
        assert!([2, 3, 8].into_iter().all(|t| product(t) == one));
    }

    #[test]
    fn linear_adds_bias_and_activates() {
        let size = (50, 300, 70);
        let (da, db, bias) = (random(50 * 70, 1), random(70 * 300, 2), random(300, 3));
        let (a, b) = (Matrix::new(&da, 70, false), Matrix::new(&db, 300, false));
        let (mut plain, mut fused) = (vec![0f32; 50 * 300], vec![0f32; 50 * 300]);
        Pool::new(2).region(|t| {
            gemm(t, size, a, b, &mut plain);
            linear(t, size, a, b, &bias, &mut fused, |x| Element::maximum(x, 0.0));
        });
        assert!(plain.iter().enumerate().all(|(i, x)| fused[i] == (x + bias[i % 300]).max(0.0)));
    }
}
