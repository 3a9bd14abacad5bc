//! Matrix products with any strides and an epilogue on each finished tile.
//!
//! The innermost loops (`micro`) keep a tile's sums in registers; the loops around them (`engine`) cut the product into pieces of
//! work, copy the operands where that pays (`operand`) and hand every finished tile to an epilogue while it is in cache. How
//! a product is cut depends on its sizes alone, so the bits do not depend on the number of threads.

pub mod descend;
mod engine;
mod few_terms;
mod joined;
pub(crate) mod micro;
mod operand;
mod panels;
pub(crate) mod thin;
pub mod tile;
mod transpose;

pub(crate) use engine::{Target, part, product};
pub use joined::Product;
pub(crate) use operand::{Heights, Right};
pub use panels::Panels;
pub use tile::{Epilogue, Tile};

use crate::{Element, Team};

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

    pub(crate) fn holds(&self, rows: usize, cols: usize) -> bool {
        let last = |n: usize, stride: usize| (n - 1).checked_mul(stride);
        rows == 0
            || cols == 0
            || last(rows, self.row)
                .zip(last(cols, self.col))
                .and_then(|(i, j)| i.checked_add(j))
                .is_some_and(|last| last < self.data.len())
    }
}

/// The right operand of a product.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a, E> {
    /// Any strides.
    Strided(Matrix<'a, E>),
    /// Kept as panels of columns.
    Panels(Panels<'a, E>),
}

impl<'a, E> From<Matrix<'a, E>> for Operand<'a, E> {
    fn from(b: Matrix<'a, E>) -> Self {
        Operand::Strided(b)
    }
}

impl<'a, E> From<Panels<'a, E>> for Operand<'a, E> {
    fn from(b: Panels<'a, E>) -> Self {
        b.as_matrix().map_or(Operand::Panels(b), Operand::Strided)
    }
}

/// `out = a b` for `a: [m, k]`, `b: [k, n]`, `out: [m, n]` row-major.
pub fn gemm<'b, E: Element>(
    team: &Team<'_>,
    size: (usize, usize, usize),
    a: Matrix<'_, E>,
    b: impl Into<Operand<'b, E>>,
    out: &mut [E],
) {
    gemm_then(team, size, a, b, out, &|_| {});
}

/// As [`gemm()`]; then `epilogue` for each tile while it is in cache.
pub fn gemm_then<'b, E: Element>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, E>,
    b: impl Into<Operand<'b, E>>,
    out: &mut [E],
    epilogue: &Epilogue<'_, E>,
) {
    let b = b.into();
    let b_holds = match &b {
        Operand::Strided(b) => b.holds(k, n),
        Operand::Panels(b) => b.holds(k, n),
    };
    assert!(a.holds(m, k) && b_holds && m.checked_mul(n) == Some(out.len()), "a matrix product's operands hold their elements");
    match b {
        Operand::Strided(b) if n == 1 => {
            // one row instead of one column: the epilogue gets runs, not single numbers
            let (a, b) = (Matrix { row: a.col, col: a.row, ..a }, Matrix { row: b.col, col: b.row, ..b });
            let column = |mut tile: Tile<'_, E>| {
                let i = tile.j;
                for r in 0..tile.rows() {
                    let rows = tile.row(r);
                    epilogue(Tile::of_rows(i, 0, (rows.len(), 1), rows));
                }
            };
            if !thin::product(team, (1, m, k), b, a, out, &column) {
                product(team, (1, m, k), &b, &a, Target::Matrix(out), column);
            }
        }
        Operand::Strided(b) => {
            if !thin::product(team, (m, n, k), a, b, out, &epilogue) {
                product(team, (m, n, k), &a, &b, Target::Matrix(out), epilogue);
            }
        }
        Operand::Panels(b) => {
            if !panels::few_rows(team, (m, n, k), a, &b, out, &epilogue) {
                product(team, (m, n, k), &a, &b, Target::Matrix(out), epilogue);
            }
        }
    }
}

/// `out = f(a b + bias)`, the bias (`[n]`, or empty for none) and the activation applied in the epilogue.
pub fn linear<'b, E: Element>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, E>,
    b: impl Into<Operand<'b, E>>,
    bias: &[E],
    out: &mut [E],
    f: impl Fn(E) -> E + Copy + Sync,
) {
    assert!(bias.is_empty() || bias.len() == n, "one bias a column");
    let isa = team.isa();
    gemm_then(team, (m, n, k), a, b, out, &|mut tile| tile::activate(isa, &mut tile, bias, f));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, uniform};
    use crate::{Isa, Pool};

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
