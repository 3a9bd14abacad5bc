//! The innermost loops: a tile of the product, its sums in registers.
//!
//! One generic body; what differs between instruction sets is the width of a vector and how many sums fit the registers.
//! A tile is `h` rows by one or two vectors; `h` is a constant of each instance, so that the compiler keeps every sum in a register.

use super::thin::{self, Thin};
use crate::stack::Stack;
use crate::{Element, Isa};

/// Columns in a panel of the right operand: those in which weights are kept.
pub(crate) use crate::panels::WIDTH as PANEL;
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
    /// Products with few rows, columns or terms.
    pub thin: &'static Thin<E>,
}

impl<E: Element> Tiles<E> {
    /// `c[i ldc + j] (+)= sum over p < k of a[i rs + p cs] b[p bs + j]` for `h` rows and at most [`PANEL`] columns.
    ///
    /// # Safety
    /// `a` holds `h` rows, a tile's at most, of `k` terms. `b` may be read at `p bs + j` for every `j` below the next multiple of 16 after
    /// `columns`. `c` may be written at `i ldc + j` for the rows and columns, by nobody else.
    pub unsafe fn run(
        &self,
        (h, columns, k): (usize, usize, usize),
        (a, rs, cs): (*const E, usize, usize),
        (b, bs): (*const E, usize),
        (c, ldc): (*mut E, usize),
        add: bool,
    ) {
        let half = self.columns / 2;
        let wide = if (rs, cs, bs) == (1, h, PANEL) { self.copied[h - 1] } else { self.wide[h - 1] };
        let mut at = 0;
        while at < columns {
            let left = columns - at;
            let (f, width) = if left <= half { (self.narrow[h - 1], half) } else { (wide, self.columns) };
            // SAFETY: the caller's promise. What is wider than what is left goes elsewhere first.
            unsafe {
                let (b, to) = (b.add(at), c.add(at));
                if width <= left {
                    f(k, a, rs, cs, b, bs, to, ldc, add);
                } else {
                    let mut sums = Stack::<E, { MAX_ROWS * PANEL }>::new();
                    let sums = sums.start();
                    f(k, a, rs, cs, b, bs, sums, PANEL, false);
                    for i in 0..h {
                        for j in 0..left {
                            let (to, sum) = (to.add(i * ldc + j), *sums.add(i * PANEL + j));
                            *to = if add { *to + sum } else { sum };
                        }
                    }
                }
            }
            at += width;
        }
    }
}

/// A vector of numbers.
pub(super) trait Lanes {
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
    /// The first `n < N` numbers, zeros beyond; nothing beyond is read.
    unsafe fn load_part(x: *const Self::E, n: usize) -> Self::V;
    /// Stores the first `n < N` numbers.
    unsafe fn store_part(to: *mut Self::E, v: Self::V, n: usize);
    /// The sums of the numbers of each vector.
    unsafe fn sums<const Y: usize>(v: [Self::V; Y]) -> [Self::E; Y];
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
pub(super) struct Portable<E>(std::marker::PhantomData<E>);

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
    #[inline(always)]
    unsafe fn load_part(x: *const E, n: usize) -> [E; 4] {
        // SAFETY: the promise of the trait.
        std::array::from_fn(|i| if i < n { unsafe { *x.add(i) } } else { E::ZERO })
    }
    #[inline(always)]
    unsafe fn store_part(to: *mut E, v: [E; 4], n: usize) {
        for (i, &v) in v.iter().enumerate().take(n) {
            // SAFETY: the promise of the trait.
            unsafe { *to.add(i) = v };
        }
    }
    #[inline(always)]
    unsafe fn sums<const Y: usize>(v: [[E; 4]; Y]) -> [E; Y] {
        v.map(|v| (v[0] + v[2]) + (v[1] + v[3]))
    }
}

/// Defines a [`TileFn`] for each height and width: [`tile`] with the instructions of its lanes, for any strides or for those of copied operands.
macro_rules! tile_fn {
    ($(#[$features:meta])? $name:ident $(<$e:ident>)?, $lanes:ty, |$rs:ident, $cs:ident, $bs:ident| $strides:expr) => {
        $(#[$features])?
        #[allow(clippy::too_many_arguments)]
        unsafe fn $name<$($e: Element,)? const MR: usize, const NV: usize>(
            k: usize,
            a: *const <$lanes as Lanes>::E,
            $rs: usize,
            $cs: usize,
            b: *const <$lanes as Lanes>::E,
            $bs: usize,
            c: *mut <$lanes as Lanes>::E,
            ldc: usize,
            add: bool,
        ) {
            let (rs, cs, bs) = $strides;
            // SAFETY: the caller's promise.
            unsafe { tile::<$lanes, MR, NV>(k, a, rs, cs, b, bs, c, ldc, add) }
        }
    };
}

tile_fn!(portable<E>, Portable<E>, |rs, cs, bs| (rs, cs, bs));

macro_rules! by_rows {
    ($f:ident, $nv:literal, $($mr:literal)*) => { &[$($f::<$mr, $nv>),*] };
    ($f:ident<$e:ident>, $nv:literal, $($mr:literal)*) => { &[$($f::<$e, $mr, $nv>),*] };
}

/// The tiles of the portable set, four rows of up to eight columns.
pub(crate) fn portable_tiles<E: Element>() -> Tiles<E> {
    Tiles {
        wide: const { by_rows!(portable<E>, 2, 1 2 3 4) },
        copied: const { by_rows!(portable<E>, 2, 1 2 3 4) },
        narrow: const { by_rows!(portable<E>, 1, 1 2 3 4) },
        columns: 8,
        thin: const { &thin::portable_thin::<E>() },
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
pub(super) mod x86 {
    use std::arch::x86_64::*;

    use super::{Lanes, Tiles, tile};

    macro_rules! lanes {
        ($name:ident, $v:ty, $n:literal, $zero:ident, $splat:ident, $load:ident, $store:ident, $fma:ident, $add:ident,
         $load_part:ident, $store_part:ident, $sum:ident) => {
            pub(in super::super) struct $name;
            // SAFETY of all: the promise of `TileFn`, in functions with the instructions.
            #[allow(clippy::undocumented_unsafe_blocks)]
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
                #[inline(always)]
                unsafe fn load_part(x: *const f32, n: usize) -> $v {
                    unsafe { $load_part(x, n) }
                }
                #[inline(always)]
                unsafe fn store_part(to: *mut f32, v: $v, n: usize) {
                    unsafe { $store_part(to, v, n) }
                }
                #[inline(always)]
                unsafe fn sums<const Y: usize>(v: [$v; Y]) -> [f32; Y] {
                    unsafe { $sum(v) }
                }
            }
        };
    }
    #[rustfmt::skip]
    lanes!(Zmm, __m512, 16, _mm512_setzero_ps, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps, _mm512_add_ps,
           load_part_16, store_part_16, sums_16);
    #[rustfmt::skip]
    lanes!(Ymm, __m256, 8, _mm256_setzero_ps, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps, _mm256_add_ps,
           load_part_8, store_part_8, sums_8);

    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn load_part_16(x: *const f32, n: usize) -> __m512 {
        // SAFETY: the caller's promise; masked numbers are not read.
        unsafe { _mm512_maskz_loadu_ps((1 << n) - 1, x) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn store_part_16(to: *mut f32, v: __m512, n: usize) {
        // SAFETY: the caller's promise; masked numbers are not written.
        unsafe { _mm512_mask_storeu_ps(to, (1 << n) - 1, v) }
    }

    /// All ones in the first `n` lanes.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn first(n: usize) -> __m256i {
        _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load_part_8(x: *const f32, n: usize) -> __m256 {
        // SAFETY: the caller's promise; masked numbers are not read.
        unsafe { _mm256_maskload_ps(x, first(n)) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store_part_8(to: *mut f32, v: __m256, n: usize) {
        // SAFETY: the caller's promise; masked numbers are not written.
        unsafe { _mm256_maskstore_ps(to, first(n), v) }
    }

    /// Four at a time: neighbours are added, then pairs, then the halves.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn sums_8<const Y: usize>(v: [__m256; Y]) -> [f32; Y] {
        let mut sums = [0.0; Y];
        for (v, sums) in v.chunks(4).zip(sums.chunks_mut(4)) {
            let mut four = [_mm256_setzero_ps(); 4];
            four[..v.len()].copy_from_slice(v);
            let [a, b, c, d] = four;
            let v = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
            let v = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
            let mut four = [0f32; 4];
            // SAFETY: four numbers fit.
            unsafe { _mm_storeu_ps(four.as_mut_ptr(), v) };
            sums.copy_from_slice(&four[..sums.len()]);
        }
        sums
    }

    /// Four at a time: halves of two vectors are added in one, then its quarters, then the numbers of a quarter.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn sums_16<const Y: usize>(v: [__m512; Y]) -> [f32; Y] {
        let mut sums = [0.0; Y];
        for (v, sums) in v.chunks(4).zip(sums.chunks_mut(4)) {
            if let (&[a, b, c, d], [..]) = (v, &sums) {
                let halves = |a, b| _mm512_add_ps(_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0xee>(a, b));
                let (ab, cd) = (halves(a, b), halves(c, d));
                // a quarter for each of the four
                let v = _mm512_add_ps(_mm512_shuffle_f32x4::<0x88>(ab, cd), _mm512_shuffle_f32x4::<0xdd>(ab, cd));
                let v = _mm512_add_ps(v, _mm512_permute_ps::<0x4e>(v));
                let v = _mm512_add_ps(v, _mm512_permute_ps::<0xb1>(v));
                let v = _mm512_permutexvar_ps(_mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), v);
                let mut four = [0f32; 4];
                // SAFETY: four numbers fit.
                unsafe { _mm_storeu_ps(four.as_mut_ptr(), _mm512_castps512_ps128(v)) };
                sums.copy_from_slice(&four);
            } else {
                for (sum, &v) in sums.iter_mut().zip(v) {
                    *sum = _mm512_reduce_add_ps(v);
                }
            }
        }
        sums
    }

    tile_fn!(
        #[target_feature(enable = "avx512f")]
        avx512,
        Zmm,
        |rs, cs, bs| (rs, cs, bs)
    );
    tile_fn!(
        #[target_feature(enable = "avx512f")]
        avx512_copied,
        Zmm,
        |_rs, _cs, _bs| (1, MR, super::PANEL)
    );
    tile_fn!(
        #[target_feature(enable = "avx2,fma")]
        avx2,
        Ymm,
        |rs, cs, bs| (rs, cs, bs)
    );
    tile_fn!(
        #[target_feature(enable = "avx2,fma")]
        avx2_copied,
        Ymm,
        |_rs, _cs, _bs| (1, MR, super::PANEL)
    );

    pub(super) const AVX512: Tiles<f32> = Tiles {
        wide: by_rows!(avx512, 2, 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
        copied: by_rows!(avx512_copied, 2, 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
        narrow: by_rows!(avx512, 1, 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
        columns: 32,
        thin: &crate::gemm::thin::AVX512,
    };
    pub(super) const AVX2: Tiles<f32> = Tiles {
        wide: by_rows!(avx2, 2, 1 2 3 4 5 6),
        copied: by_rows!(avx2_copied, 2, 1 2 3 4 5 6),
        narrow: by_rows!(avx2, 1, 1 2 3 4 5 6),
        columns: 16,
        thin: &crate::gemm::thin::AVX2,
    };
}
