//! Products with few rows, few columns or few terms: bound by moving numbers, not by arithmetic.
//!
//! One operand has a few rows only, the other many; the many are read in place, in the order in which they lie in memory. If a term of all
//! columns is a run of numbers, multiples of such runs are summed ([`stream`]); if all terms of a column are, scalar products
//! are taken ([`dot`]). `a b` with few columns is `b^T a^T` with few rows.

mod dot;
mod stream;

use dot::DotFn;
use stream::StreamFn;

use super::Matrix;
use super::engine::part;
use super::micro::Portable;
use super::tile::Tile;
use crate::pool::Parts;
use crate::{Element, Isa, Team};

/// The loops of an instruction set for one element type.
pub struct Thin<E: 'static> {
    /// By rows of the result - 1 and the logarithm of the number of rows summed.
    stream: [[StreamFn<E>; 4]; 4],
    /// By rows of the first operand - 1 and the logarithm of the number of rows of the second.
    dot: [[DotFn<E>; 4]; 4],
    /// By rows of the first operand - 1, the logarithm of the most rows of the second whose sums fit the registers.
    most: [usize; 4],
}

impl<E: Element> Thin<E> {
    /// `c[x][y] (+)= sum_p a[x][p] b[y][p]` for operands whose rows are runs of numbers; rows of `a`, `b` and `c` lie at the distances given.
    ///
    /// # Safety
    /// The operands hold `k` numbers in each row; nobody else touches `c`.
    pub(super) unsafe fn dots(
        &self,
        (x, y, k): (usize, usize, usize),
        a: (*const E, usize),
        b: (*const E, usize),
        (c, stride): (*mut E, usize),
        add: bool,
    ) {
        // SAFETY: the caller's promise.
        unsafe { dot::rows((&self.dot, self.most), (x, y, k), a, b, (c, stride, 1), add) };
    }
}

impl<E: Element> Thin<E> {
    /// `c[x][y] = sum_p a[x][p] b[p][y]` for `x` rows of `a` with any strides and `k` rows of `b`, runs of `y` numbers; rows of `b` and `c`
    /// lie at the distances given.
    ///
    /// # Safety
    /// The operands hold their elements; nobody else touches `c`.
    pub(super) unsafe fn multiples(
        &self,
        (x, y, k): (usize, usize, usize),
        a: (*const E, usize, usize),
        b: (*const E, usize),
        c: (*mut E, usize),
    ) {
        // SAFETY: the caller's promise.
        unsafe { stream::rows(&self.stream, (x, k, y), a, b, c) };
    }
}

macro_rules! instances {
    ($name:ident $(<$e:ident>)?, $element:ty, $lanes:ty, $most:expr $(, $features:literal)?) => {
        mod $name {
            use super::*;
            $(#[target_feature(enable = $features)])?
            #[allow(clippy::too_many_arguments)]
            pub(super) unsafe fn stream<$($e: Element,)? const X: usize, const R: usize>(
                columns: usize, a: *const $element, xs: usize, ps: usize, b: *const $element, bs: usize, c: *mut $element, cs: usize,
                add: bool,
            ) {
                // SAFETY: the caller's promise.
                unsafe { super::stream::stream::<$lanes, X, R>(columns, a, xs, ps, b, bs, c, cs, add) }
            }
            $(#[target_feature(enable = $features)])?
            #[allow(clippy::too_many_arguments)]
            pub(super) unsafe fn dot<$($e: Element,)? const X: usize, const Y: usize>(
                k: usize, a: *const $element, xs: usize, b: *const $element, ys: usize, c: *mut $element, cx: usize, cy: usize,
                add: bool,
            ) {
                // SAFETY: the caller's promise.
                unsafe { super::dot::dot::<$lanes, X, Y>(k, a, xs, b, ys, c, cx, cy, add) }
            }
            pub(super) const fn thin<$($e: Element)?>() -> Thin<$element> {
                Thin { stream: by_size!(stream, [1, 2, 4, 8], $($e)?), dot: by_size!(dot, [1, 2, 4, 8], $($e)?), most: $most }
            }
        }
    };
}

macro_rules! by_size {
    ($f:ident, $sizes:tt, $($e:ident)?) => {
        [by_size!($f, 1, $sizes, $($e)?), by_size!($f, 2, $sizes, $($e)?), by_size!($f, 3, $sizes, $($e)?), by_size!($f, 4, $sizes, $($e)?)]
    };
    ($f:ident, $x:literal, [$($size:literal),*], ) => {
        [$($f::<$x, $size>),*]
    };
    ($f:ident, $x:literal, [$($size:literal),*], $e:ident) => {
        [$($f::<$e, $x, $size>),*]
    };
}

instances!(portable<E>, E, Portable<E>, [3, 2, 1, 1]);
#[cfg(target_arch = "x86_64")]
instances!(avx2, f32, crate::gemm::micro::x86::Ymm, [3, 2, 2, 1], "avx2,fma");
#[cfg(target_arch = "x86_64")]
instances!(avx512, f32, crate::gemm::micro::x86::Zmm, [3, 3, 2, 2], "avx512f,avx512vl,avx512dq,avx2,fma");

/// The loops of the portable set.
pub(crate) const fn portable_thin<E: Element>() -> Thin<E> {
    portable::thin()
}
#[cfg(target_arch = "x86_64")]
pub(crate) const AVX2: Thin<f32> = avx2::thin();
#[cfg(target_arch = "x86_64")]
pub(crate) const AVX512: Thin<f32> = avx512::thin();

/// Most rows of the operand that has few.
const FEW: usize = 16;
/// Terms of the operand with few rows that are copied at a time, if they do not lie next to each other.
const COPIED: usize = 256;
/// Columns whose sums stay in the first-level cache while rows go by.
const NEAR: usize = 2048;
/// The same, where they are then written to columns.
const NEAR_ACROSS: usize = 512;

/// The operand that has few rows: `(x, p)` at `x * xs + p * ps`.
#[derive(Clone, Copy)]
struct Few<'a, E> {
    data: &'a [E],
    rows: usize,
    xs: usize,
    ps: usize,
}

/// The operand that has many rows, their distance.
#[derive(Clone, Copy)]
struct Many<'a, E> {
    data: &'a [E],
    rows: usize,
    stride: usize,
}

#[derive(Clone, Copy)]
enum How {
    /// A term of all rows of the second operand is a run.
    Stream,
    /// A row of the second operand is a run of terms.
    Dot,
}

/// A product seen as few rows times many.
struct Plan<'a, E> {
    how: How,
    few: Few<'a, E>,
    many: Many<'a, E>,
    k: usize,
    /// Distance of rows and columns in the result.
    to: (usize, usize),
}

impl<'a, E: Element> Plan<'a, E> {
    fn new((m, n, k): (usize, usize, usize), a: Matrix<'a, E>, b: Matrix<'a, E>) -> Option<Self> {
        let left = Few { data: a.data, rows: m, xs: a.row, ps: a.col };
        let right = Few { data: b.data, rows: n, xs: b.col, ps: b.row };
        if k == 0 {
            return None;
        }
        if b.col == 1 && n >= 16 && (m <= 16 || k <= 16) {
            return Some(Plan {
                how: How::Stream,
                few: left,
                many: Many { data: b.data, rows: n, stride: b.row },
                k,
                to: (n, 1),
            });
        }
        if a.row == 1 && n <= 8 && m >= 16 {
            return Some(Plan {
                how: How::Stream,
                few: right,
                many: Many { data: a.data, rows: m, stride: a.col },
                k,
                to: (1, n),
            });
        }
        if (b.row == 1 || k == 1) && m <= 16 && n >= 4 * m {
            return Some(Plan { how: How::Dot, few: left, many: Many { data: b.data, rows: n, stride: b.col }, k, to: (n, 1) });
        }
        if (a.col == 1 || k == 1) && n <= 8 {
            return Some(Plan { how: How::Dot, few: right, many: Many { data: a.data, rows: m, stride: a.row }, k, to: (1, n) });
        }
        None
    }

    /// Pieces along the few and along the many rows, by sizes alone.
    fn pieces(&self) -> (usize, usize) {
        let wanted = (self.few.rows * self.many.rows).saturating_mul(self.k) / (128 * 1024);
        let most = match self.how {
            How::Stream => self.many.rows / 384,
            How::Dot => self.many.rows / 16,
        };
        let along = wanted.min(most).min(16);
        let along = if along > 1 { along & !1 } else { 1 };
        if self.few.rows <= FEW { (1, along) } else { (wanted.div_ceil(along).clamp(1, self.few.rows.div_ceil(FEW)), along) }
    }

    /// # Safety
    /// `out` holds the result, of which nobody else touches `xs` by `ys`.
    unsafe fn run(&self, isa: Isa, (x, nx): (usize, usize), (y, ny): (usize, usize), out: *mut E) {
        let thin = E::tiles(isa).thin;
        let (few, many, (cx, cy)) = (self.few, self.many, self.to);
        match self.how {
            How::Stream if cy == 1 => {
                for y0 in (y..y + ny).step_by(NEAR) {
                    let ny = (y + ny - y0).min(NEAR);
                    for x0 in (x..x + nx).step_by(FEW) {
                        let nx = (x + nx - x0).min(FEW);
                        let at = few.data[x0 * few.xs..].as_ptr();
                        let from = many.data[y0..].as_ptr();
                        // SAFETY: the operands hold their elements; the caller's promise.
                        unsafe {
                            let to = (out.add(x0 * cx + y0), cx);
                            stream::rows(&thin.stream, (nx, self.k, ny), (at, few.xs, few.ps), (from, many.stride), to);
                        }
                    }
                }
            }
            // SAFETY: the caller's promise.
            How::Stream => unsafe { self.across(thin, (x, nx), (y, ny), out) },
            How::Dot => {
                let at = (few.data[x * few.xs..].as_ptr(), few.xs);
                // SAFETY: as above.
                unsafe {
                    let to = (out.add(x * cx + y * cy), cx, cy);
                    if few.ps == 1 || self.k == 1 {
                        let from = (many.data[y * many.stride..].as_ptr(), many.stride);
                        dot::rows((&thin.dot, thin.most), (nx, ny, self.k), at, from, to, false);
                    } else {
                        self.copied(thin, (x, nx), (y, ny), to);
                    }
                }
            }
        }
    }

    /// Streams whose sums go to columns of the result.
    ///
    /// # Safety
    /// As for [`Plan::run`].
    #[inline(never)]
    unsafe fn across(&self, thin: &Thin<E>, (x, nx): (usize, usize), (y, ny): (usize, usize), out: *mut E) {
        let (few, many, (cx, cy)) = (self.few, self.many, self.to);
        let mut sums = [[E::ZERO; NEAR_ACROSS]; 8];
        for y0 in (y..y + ny).step_by(NEAR_ACROSS) {
            let ny = (y + ny - y0).min(NEAR_ACROSS);
            for x0 in (x..x + nx).step_by(8) {
                let nx = (x + nx - x0).min(8);
                let at = (few.data[x0 * few.xs..].as_ptr(), few.xs, few.ps);
                let from = (many.data[y0..].as_ptr(), many.stride);
                // SAFETY: the operands hold their elements; the caller's promise.
                unsafe {
                    stream::rows(&thin.stream, (nx, self.k, ny), at, from, (sums.as_mut_ptr().cast(), NEAR_ACROSS));
                    for y in 0..ny {
                        for (x, sums) in sums.iter().enumerate().take(nx) {
                            *out.add((x0 + x) * cx + (y0 + y) * cy) = sums[y];
                        }
                    }
                }
            }
        }
    }

    /// Scalar products with copies of the few rows, whose terms do not lie next to each other.
    ///
    /// # Safety
    /// As for [`Plan::run`]; the result starts at the first of the rows.
    #[inline(never)]
    unsafe fn copied(&self, thin: &Thin<E>, (x, nx): (usize, usize), (y, ny): (usize, usize), to: (*mut E, usize, usize)) {
        let mut copy = [[E::ZERO; COPIED]; FEW];
        for p in (0..self.k).step_by(COPIED) {
            let k = (self.k - p).min(COPIED);
            for (i, row) in copy.iter_mut().enumerate().take(nx) {
                for (q, to) in row.iter_mut().enumerate().take(k) {
                    *to = self.few.data[(x + i) * self.few.xs + (p + q) * self.few.ps];
                }
            }
            let from = (self.many.data[y * self.many.stride + p..].as_ptr(), self.many.stride);
            // SAFETY: the operands hold their elements; the caller's promise.
            unsafe { dot::rows((&thin.dot, thin.most), (nx, ny, k), (copy.as_ptr().cast(), COPIED), from, to, p > 0) };
        }
    }
}

/// Computes the product and calls `epilogue` for runs of its rows, if it is one of those that this suits.
pub(super) fn product<E: Element>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, E>,
    b: Matrix<'_, E>,
    out: &mut [E],
    epilogue: &(impl Fn(Tile<'_, E>) + Sync),
) -> bool {
    if m == 0 || n == 0 {
        return true;
    }
    let Some(plan) = Plan::new((m, n, k), a, b) else { return false };
    let isa = team.isa();
    let (across, along) = plan.pieces();
    let out = Parts(out.as_mut_ptr());
    let unit = 16;
    team.for_each(across * along, |t| {
        let (x, nx) = part(t / along, across, plan.few.rows, 1);
        let (y, ny) = part(t % along, along, plan.many.rows, unit);
        if nx == 0 || ny == 0 {
            return;
        }
        // SAFETY: pieces are disjoint and lie within the result, whose length the caller has checked.
        unsafe {
            plan.run(isa, (x, nx), (y, ny), out.0);
            if plan.to.1 == 1 && n > 1 {
                (x..x + nx).for_each(|x| epilogue(Tile::of_row(x, y, out.slice(x * n + y, ny))));
            } else {
                epilogue(Tile::of_rows(y, 0, (ny, n), out.slice(y * n, ny * n)));
            }
        }
    });
    true
}
