//! A finished part of a product, and what can be done to it while it is in cache.

use crate::random::Mask;
use crate::{Element, Isa};

/// Rows and columns of a product that are finished: `rows` rows of `columns` numbers, at row `i` and column `j` of the whole.
pub struct Tile<'a, E> {
    /// Number of the piece of work that it belongs to; one thread works on a piece, from its first tile to its last.
    pub(crate) piece: usize,
    /// Number of the band of rows that the piece is cut from.
    pub(crate) band: usize,
    /// Its first row.
    pub i: usize,
    /// Its first column.
    pub j: usize,
    rows: usize,
    columns: usize,
    ld: usize,
    data: *mut E,
    whole: std::marker::PhantomData<&'a mut E>,
}

/// What is done to every finished tile while it is in cache, on the thread that finished it.
pub type Epilogue<'f, E> = dyn Fn(Tile<'_, E>) + Sync + 'f;

impl<'a, E> Tile<'a, E> {
    /// The tile of `size` rows and columns at row and column `at`, of the piece of work and the band `of`.
    ///
    /// # Safety
    /// `data` may be read and written at `r * ld + c` for its rows and columns, by nobody else as long as it lives.
    pub(crate) unsafe fn new(of: (usize, usize), at: (usize, usize), size: (usize, usize), (data, ld): (*mut E, usize)) -> Self {
        let ((piece, band), (i, j), (rows, columns)) = (of, at, size);
        Tile { piece, band, i, j, rows, columns, ld, data, whole: std::marker::PhantomData }
    }

    /// Neighbouring numbers of row `i`, from column `j` on.
    pub(super) fn of_row(i: usize, j: usize, row: &'a mut [E]) -> Self {
        Self::of_rows(i, j, (1, row.len()), row)
    }

    /// Whole rows from row `i` and column `j` on, one after the other.
    pub(crate) fn of_rows(i: usize, j: usize, size: (usize, usize), data: &'a mut [E]) -> Self {
        assert!(data.len() == size.0 * size.1);
        // SAFETY: the slice is borrowed for as long as the tile lives, and as long as its rows.
        unsafe { Self::new((0, 0), (i, j), size, (data.as_mut_ptr(), size.1)) }
    }

    /// Number of rows.
    #[inline(always)]
    pub fn rows(&self) -> usize {
        self.rows
    }
    /// Number of columns.
    #[inline(always)]
    pub fn columns(&self) -> usize {
        self.columns
    }
    /// All rows, where they lie one after the other.
    #[inline(always)]
    pub fn whole(&mut self) -> Option<&mut [E]> {
        // SAFETY: as in `row`, for all rows.
        (self.ld == self.columns).then(|| unsafe { std::slice::from_raw_parts_mut(self.data, self.rows * self.columns) })
    }
    /// Row `r` of the tile.
    #[inline(always)]
    pub fn row(&mut self, r: usize) -> &mut [E] {
        assert!(r < self.rows);
        // SAFETY: a tile is made from memory that nobody else touches; the row lies in it.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(r * self.ld), self.columns) }
    }
}

/// Rows with fewer columns than this are taken several at a time.
const NARROW: usize = 32;

simd! {
    /// `x[i, j] = f(x[i, j] + bias[j])`; an empty bias is none.
    pub fn activate[E: Element, F: Fn(E) -> E](tile: &mut Tile<'_, E>, bias: &[E], f: F) {
        let (j, columns) = (tile.j, tile.columns());
        match (bias, tile.whole()) {
            ([], Some(all)) => all.iter_mut().for_each(|x| *x = f(*x)),
            (_, Some(all)) if columns < NARROW => {
                // the bias of several rows
                let mut wide = [E::ZERO; 8 * NARROW];
                let rows = (wide.len() / columns.max(1)).min(all.len() / columns.max(1));
                let wide = &mut wide[..rows * columns];
                wide.iter_mut().enumerate().for_each(|(i, b)| *b = bias[j + i % columns]);
                for x in all.chunks_mut(wide.len().max(1)) {
                    for (x, &b) in x.iter_mut().zip(&*wide) { *x = f(*x + b); }
                }
            }
            ([], None) => (0..tile.rows()).for_each(|r| tile.row(r).iter_mut().for_each(|x| *x = f(*x))),
            _ => {
                let bias = &bias[j..j + columns];
                for r in 0..tile.rows() {
                    for (x, &b) in tile.row(r).iter_mut().zip(bias) { *x = f(*x + b); }
                }
            }
        }
    }
}

simd! {
    /// `x[i, j] = f(x[i, j], y[i, j])` for a row-major `y` of `n` columns.
    pub fn combine[E: Element, F: Fn(E, E) -> E](tile: &mut Tile<'_, E>, y: &[E], n: usize, f: F) {
        let (at, full) = (tile.i * n + tile.j, tile.columns == n);
        match tile.whole() {
            Some(all) if full => all.iter_mut().zip(&y[at..]).for_each(|(x, &y)| *x = f(*x, y)),
            _ => {
                for r in 0..tile.rows() {
                    for (x, &y) in tile.row(r).iter_mut().zip(&y[at + r * n..]) { *x = f(*x, y); }
                }
            }
        }
    }
}

/// Inverted dropout: what the mask leaves out becomes 0, the rest is scaled.
pub fn mask<E: Element>(isa: Isa, tile: &mut Tile<'_, E>, mask: Mask<E>) {
    for r in 0..tile.rows() {
        let (i, j) = (tile.i + r, tile.j);
        mask.apply(isa, i, j, tile.row(r));
    }
}
