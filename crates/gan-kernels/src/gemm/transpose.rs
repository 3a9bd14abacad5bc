//! Transposition of rows into a panel.

use super::micro::PANEL;
use crate::{Element, Isa};

/// `to[q * PANEL + c] = from[c * stride + q]` for `columns` rows of `from` and `w` numbers of each; zeros in the columns beyond, up to the
/// next multiple of 16.
pub(super) fn panel<E: Element>(isa: Isa, from: &[E], stride: usize, columns: usize, w: usize, to: &mut [E]) {
    assert!(columns <= PANEL && (columns == 0 || w == 0 || (columns - 1) * stride + w <= from.len()) && w * PANEL <= to.len());
    let mut done = 0;
    #[cfg(target_arch = "x86_64")]
    if let (true, Some((side, block))) = (size_of::<E>() == 4, x86::blocks_of(isa)) {
        done = w / side * side;
        for c in (0..columns.next_multiple_of(16)).step_by(side) {
            let rows = columns.saturating_sub(c).min(side);
            let from = from.as_ptr().wrapping_add(c * stride).cast();
            // SAFETY: the instruction set is there; `Element` of four bytes is `f32`; the assertion above bounds what is read and written.
            unsafe { block(from, stride, rows, done, to.as_mut_ptr().add(c).cast()) };
        }
    }
    let _ = isa;
    blocks(from, stride, columns, done, w, to);
}

/// Sixteen terms at a time, so that each line of `from` is read once while it is in cache.
fn blocks<E: Element>(from: &[E], stride: usize, columns: usize, start: usize, w: usize, to: &mut [E]) {
    let padded = columns.next_multiple_of(16).min(PANEL);
    for q0 in (start..w).step_by(16) {
        let q1 = (q0 + 16).min(w);
        for c in 0..columns {
            let row = &from[c * stride..];
            for q in q0..q1 {
                to[q * PANEL + c] = row[q];
            }
        }
        for q in q0..q1 {
            to[q * PANEL + columns..q * PANEL + padded].fill(E::ZERO);
        }
    }
}

/// Blocks in registers.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::PANEL;
    use crate::Isa;

    /// Transposes `rows` rows of `w` numbers, in square blocks; rows beyond `rows` count as zeros.
    ///
    /// # Safety
    /// `from` may be read at `c * stride + q` for `c < rows`, `q < w`, and `to` written at `q * PANEL + c` for every `c` of a block; `w` is a
    /// multiple of a block's side, and `rows` at most that.
    type Blocks = unsafe fn(from: *const f32, stride: usize, rows: usize, w: usize, to: *mut f32);

    /// The side of a block, and how they are transposed.
    pub(super) fn blocks_of(isa: Isa) -> Option<(usize, Blocks)> {
        match isa {
            Isa::Avx512 => Some((16, avx512)),
            Isa::Avx2 => Some((8, avx2)),
            Isa::Portable => None,
        }
    }

    /// Eight by eight. The halves of a register hold four numbers of two rows that are four apart, so that nothing has to cross from one
    /// half to the other.
    #[target_feature(enable = "avx2")]
    unsafe fn avx2(from: *const f32, stride: usize, rows: usize, w: usize, to: *mut f32) {
        for q in (0..w).step_by(4) {
            let mut halves = [_mm_setzero_ps(); 8];
            for (c, half) in halves.iter_mut().enumerate() {
                if c < rows {
                    // SAFETY: the caller's promise.
                    *half = unsafe { _mm_loadu_ps(from.add(c * stride + q)) };
                }
            }
            let mut r = [_mm256_setzero_ps(); 4];
            for (c, r) in r.iter_mut().enumerate() {
                *r = _mm256_set_m128(halves[c + 4], halves[c]);
            }
            // pairs, then fours
            let low = (_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpacklo_ps(r[2], r[3]));
            let high = (_mm256_unpackhi_ps(r[0], r[1]), _mm256_unpackhi_ps(r[2], r[3]));
            for (i, (t, u)) in [low, high].into_iter().enumerate() {
                let (t, u) = (_mm256_castps_pd(t), _mm256_castps_pd(u));
                // SAFETY: the caller's promise.
                unsafe {
                    let to = to.add((q + 2 * i) * PANEL);
                    _mm256_storeu_ps(to, _mm256_castpd_ps(_mm256_unpacklo_pd(t, u)));
                    _mm256_storeu_ps(to.add(PANEL), _mm256_castpd_ps(_mm256_unpackhi_pd(t, u)));
                }
            }
        }
    }

    /// Sixteen by sixteen.
    #[target_feature(enable = "avx512f,avx512dq")]
    unsafe fn avx512(from: *const f32, stride: usize, rows: usize, w: usize, to: *mut f32) {
        for q in (0..w).step_by(16) {
            let mut r = [_mm512_setzero_ps(); 16];
            for (c, r) in r.iter_mut().enumerate().take(rows) {
                // SAFETY: the caller's promise.
                *r = unsafe { _mm512_loadu_ps(from.add(c * stride + q)) };
            }
            // pairs, then fours, within each quarter of a register
            let mut t = r;
            for i in 0..8 {
                t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
                t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
            }
            for i in 0..4 {
                for (h, o) in [(0, 0), (1, 2)] {
                    let (a, b) = (_mm512_castps_pd(t[4 * i + h]), _mm512_castps_pd(t[4 * i + 2 + h]));
                    r[4 * i + o] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
                    r[4 * i + o + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
                }
            }
            // then the quarters
            for i in 0..4 {
                t[i] = _mm512_shuffle_f32x4::<0x88>(r[i], r[4 + i]);
                t[4 + i] = _mm512_shuffle_f32x4::<0xdd>(r[i], r[4 + i]);
                t[8 + i] = _mm512_shuffle_f32x4::<0x88>(r[8 + i], r[12 + i]);
                t[12 + i] = _mm512_shuffle_f32x4::<0xdd>(r[8 + i], r[12 + i]);
            }
            for i in 0..8 {
                r[i] = _mm512_shuffle_f32x4::<0x88>(t[i], t[8 + i]);
                r[8 + i] = _mm512_shuffle_f32x4::<0xdd>(t[i], t[8 + i]);
            }
            // rows of the result come out as 0 4 8 12 ... of each quarter
            for (i, &v) in r.iter().enumerate() {
                // SAFETY: the caller's promise.
                unsafe { _mm512_storeu_ps(to.add((q + i) * PANEL), v) };
            }
        }
    }
}
