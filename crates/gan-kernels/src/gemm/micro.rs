//! The innermost loops: a tile of the product, its sums in registers.
//!
//! One generic body; what differs between instruction sets is the width of a vector and how many sums fit the registers.
//! A tile is `h` rows by one or two vectors; `h` is a constant of each instance, so that the compiler keeps every sum in a register.

use crate::{Element, Isa};

/// Columns in a packed panel, the same on every instruction set.
pub(crate) const PANEL: usize = 32;
/// Most rows of a tile on any instruction set.
pub(crate) const MAX_ROWS: usize = 14;

/// `c[i][j] (+)= sum_p a[i * rs + p * cs] b[p * bs + j]` for the rows and columns of a tile.
///
/// # Safety
/// The operands hold `k` terms, and `c` may be written at `i * ldc + j`.
pub type TileFn<E> =
    unsafe fn(k: usize, a: *const E, rs: usize, cs: usize, b: *const E, bs: usize, c: *mut E, ldc: usize, add: bool);

/// The tiles of an instruction set for one element type.
pub struct Tiles<E: 'static> {
    /// By rows - 1, two vectors wide.
    pub wide: &'static [TileFn<E>],
    /// By rows - 1, two vectors wide, for a left operand copied for this height (`rs` = 1, `cs` = rows) and a right one in a
    /// panel; the strides are constants.
    pub copied: &'static [TileFn<E>],
    /// By rows - 1, one vector wide.
    pub narrow: &'static [TileFn<E>],
    /// Columns of a wide tile; a narrow one has half as many.
    pub columns: usize,
}

/// A vector of numbers.
trait Lanes {
    type E: Element;
    type V: Copy;
    const N: usize;
    unsafe fn zero() -> Self::V;
    unsafe fn splat(x: *const Self::E) -> Self::V;
    unsafe fn load(x: *const Self::E) -> Self::V;
    unsafe fn store(to: *mut Self::E, v: Self::V);
    /// `a b + c`.
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn tile<L: Lanes, const MR: usize, const NV: usize>(
    k: usize,
    a: *const L::E,
    rs: usize,
    cs: usize,
    b: *const L::E,
    bs: usize,
    c: *mut L::E,
    ldc: usize,
    add: bool,
) {
    // SAFETY: the promise of `TileFn`; this is inlined into functions with the instructions of `L`.
    unsafe {
        let mut sums = [[L::zero(); NV]; MR];
        for p in 0..k {
            let mut bv = [L::zero(); NV];
            for (j, v) in bv.iter_mut().enumerate() {
                *v = L::load(b.add(p * bs + j * L::N));
            }
            for (i, row) in sums.iter_mut().enumerate() {
                let x = L::splat(a.add(i * rs + p * cs));
                for (sum, &v) in row.iter_mut().zip(&bv) {
                    *sum = L::fma(x, v, *sum);
                }
            }
        }
        for (i, row) in sums.iter().enumerate() {
            for (j, &sum) in row.iter().enumerate() {
                let to = c.add(i * ldc + j * L::N);
                let before = if add { L::add(L::load(to), sum) } else { sum };
                L::store(to, before);
            }
        }
    }
}

/// Four numbers and the compiler's own vectors.
struct Portable<E>(std::marker::PhantomData<E>);

impl<E: Element> Lanes for Portable<E> {
    type E = E;
    type V = [E; 4];
    const N: usize = 4;
    #[inline(always)]
    unsafe fn zero() -> [E; 4] {
        [E::ZERO; 4]
    }
    #[inline(always)]
    unsafe fn splat(x: *const E) -> [E; 4] {
        // SAFETY: the promise of `TileFn`.
        [unsafe { *x }; 4]
    }
    #[inline(always)]
    unsafe fn load(x: *const E) -> [E; 4] {
        // SAFETY: the promise of `TileFn`.
        unsafe { x.cast::<[E; 4]>().read() }
    }
    #[inline(always)]
    unsafe fn store(to: *mut E, v: [E; 4]) {
        // SAFETY: the promise of `TileFn`.
        unsafe { to.cast::<[E; 4]>().write(v) }
    }
    #[inline(always)]
    unsafe fn fma(a: [E; 4], b: [E; 4], c: [E; 4]) -> [E; 4] {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    unsafe fn add(a: [E; 4], b: [E; 4]) -> [E; 4] {
        std::array::from_fn(|i| a[i] + b[i])
    }
}

#[allow(clippy::too_many_arguments)]
unsafe fn portable<E: Element, const MR: usize, const NV: usize>(
    k: usize,
    a: *const E,
    rs: usize,
    cs: usize,
    b: *const E,
    bs: usize,
    c: *mut E,
    ldc: usize,
    add: bool,
) {
    // SAFETY: the caller's promise.
    unsafe { tile::<Portable<E>, MR, NV>(k, a, rs, cs, b, bs, c, ldc, add) }
}

/// The tiles of the portable set, four rows of up to eight columns.
pub(crate) fn portable_tiles<E: Element>() -> Tiles<E> {
    Tiles {
        wide: const { &[portable::<E, 1, 2>, portable::<E, 2, 2>, portable::<E, 3, 2>, portable::<E, 4, 2>] },
        copied: const { &[portable::<E, 1, 2>, portable::<E, 2, 2>, portable::<E, 3, 2>, portable::<E, 4, 2>] },
        narrow: const { &[portable::<E, 1, 1>, portable::<E, 2, 1>, portable::<E, 3, 1>, portable::<E, 4, 1>] },
        columns: 8,
    }
}

/// The tiles of `f32` on an instruction set that the machine has.
pub(crate) fn f32_tiles(isa: Isa) -> Tiles<f32> {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => x86::AVX512,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => x86::AVX2,
        _ => portable_tiles(),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Lanes, Tiles, tile};

    macro_rules! lanes {
        ($name:ident, $v:ty, $n:literal, $zero:ident, $splat:ident, $load:ident, $store:ident, $fma:ident, $add:ident) => {
            struct $name;
            // SAFETY of all: the promise of `TileFn`, in functions with the instructions.
            impl Lanes for $name {
                type E = f32;
                type V = $v;
                const N: usize = $n;
                #[inline(always)]
                unsafe fn zero() -> $v {
                    unsafe { $zero() }
                }
                #[inline(always)]
                unsafe fn splat(x: *const f32) -> $v {
                    unsafe { $splat(*x) }
                }
                #[inline(always)]
                unsafe fn load(x: *const f32) -> $v {
                    unsafe { $load(x) }
                }
                #[inline(always)]
                unsafe fn store(to: *mut f32, v: $v) {
                    unsafe { $store(to, v) }
                }
                #[inline(always)]
                unsafe fn fma(a: $v, b: $v, c: $v) -> $v {
                    unsafe { $fma(a, b, c) }
                }
                #[inline(always)]
                unsafe fn add(a: $v, b: $v) -> $v {
                    unsafe { $add(a, b) }
                }
            }
        };
    }
    lanes!(Zmm, __m512, 16, _mm512_setzero_ps, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps, _mm512_add_ps);
    lanes!(Ymm, __m256, 8, _mm256_setzero_ps, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps, _mm256_add_ps);

    #[target_feature(enable = "avx512f")]
    #[allow(clippy::too_many_arguments)]
    unsafe fn avx512<const MR: usize, const NV: usize>(
        k: usize,
        a: *const f32,
        rs: usize,
        cs: usize,
        b: *const f32,
        bs: usize,
        c: *mut f32,
        ldc: usize,
        add: bool,
    ) {
        // SAFETY: the caller's promise.
        unsafe { tile::<Zmm, MR, NV>(k, a, rs, cs, b, bs, c, ldc, add) }
    }

    #[target_feature(enable = "avx512f")]
    #[allow(clippy::too_many_arguments)]
    unsafe fn avx512_copied<const MR: usize, const NV: usize>(
        k: usize,
        a: *const f32,
        _: usize,
        _: usize,
        b: *const f32,
        _: usize,
        c: *mut f32,
        ldc: usize,
        add: bool,
    ) {
        // SAFETY: the caller's promise.
        unsafe { tile::<Zmm, MR, NV>(k, a, 1, MR, b, super::PANEL, c, ldc, add) }
    }

    #[target_feature(enable = "avx2,fma")]
    #[allow(clippy::too_many_arguments)]
    unsafe fn avx2<const MR: usize, const NV: usize>(
        k: usize,
        a: *const f32,
        rs: usize,
        cs: usize,
        b: *const f32,
        bs: usize,
        c: *mut f32,
        ldc: usize,
        add: bool,
    ) {
        // SAFETY: the caller's promise.
        unsafe { tile::<Ymm, MR, NV>(k, a, rs, cs, b, bs, c, ldc, add) }
    }

    #[target_feature(enable = "avx2,fma")]
    #[allow(clippy::too_many_arguments)]
    unsafe fn avx2_copied<const MR: usize, const NV: usize>(
        k: usize,
        a: *const f32,
        _: usize,
        _: usize,
        b: *const f32,
        _: usize,
        c: *mut f32,
        ldc: usize,
        add: bool,
    ) {
        // SAFETY: the caller's promise.
        unsafe { tile::<Ymm, MR, NV>(k, a, 1, MR, b, super::PANEL, c, ldc, add) }
    }

    macro_rules! by_rows {
        ($f:ident, $nv:literal, $($mr:literal)*) => { &[$($f::<$mr, $nv>),*] };
    }

    pub(super) const AVX512: Tiles<f32> = Tiles {
        wide: by_rows!(avx512, 2, 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
        copied: by_rows!(avx512_copied, 2, 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
        narrow: by_rows!(avx512, 1, 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
        columns: 32,
    };
    pub(super) const AVX2: Tiles<f32> = Tiles {
        wide: by_rows!(avx2, 2, 1 2 3 4 5 6),
        copied: by_rows!(avx2_copied, 2, 1 2 3 4 5 6),
        narrow: by_rows!(avx2, 1, 1 2 3 4 5 6),
        columns: 16,
    };
}
