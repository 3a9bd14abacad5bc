//! What the arithmetic units can do at most: the yardstick of benchmarks.

use std::hint::black_box;

use crate::{Isa, Team};

/// Independent sums: enough to hide the latency of two units, few enough for sixteen registers.
const SUMS: usize = 12;

/// Multiplies and adds in registers, `rounds` times in each of `pieces` pieces of work, and returns the number of floating-point
/// operations.
pub fn multiply_adds(team: &Team<'_>, pieces: usize, rounds: usize) -> f64 {
    let isa = team.isa();
    team.for_each(pieces, |_| {
        black_box(spin(isa, rounds));
    });
    let lanes = match isa {
        Isa::Avx512 => 16,
        Isa::Avx2 => 8,
        Isa::Portable => 4,
    };
    2.0 * (SUMS * lanes * rounds) as f64 * pieces as f64
}

fn spin(isa: Isa, rounds: usize) -> f32 {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a team only carries an instruction set that `is_available` confirmed.
        Isa::Avx512 => unsafe { avx512(rounds) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Isa::Avx2 => unsafe { avx2(rounds) },
        _ => portable(rounds),
    }
}

/// The sums tend to `B / (1 - A)`, far from what is slow: neither subnormal nor infinite.
const A: f32 = 0.75;
const B: f32 = 0.25;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512(rounds: usize) -> f32 {
    use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_reduce_add_ps, _mm512_set1_ps};
    let (a, b) = (_mm512_set1_ps(black_box(A)), _mm512_set1_ps(black_box(B)));
    let mut sums = [_mm512_set1_ps(0.5); SUMS];
    for _ in 0..rounds {
        for s in &mut sums {
            *s = _mm512_fmadd_ps(*s, a, b);
        }
    }
    sums.iter().map(|s| _mm512_reduce_add_ps(*s)).sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(rounds: usize) -> f32 {
    use std::arch::x86_64::{_mm256_cvtss_f32, _mm256_fmadd_ps, _mm256_set1_ps};
    let (a, b) = (_mm256_set1_ps(black_box(A)), _mm256_set1_ps(black_box(B)));
    let mut sums = [_mm256_set1_ps(0.5); SUMS];
    for _ in 0..rounds {
        for s in &mut sums {
            *s = _mm256_fmadd_ps(*s, a, b);
        }
    }
    sums.iter().map(|s| _mm256_cvtss_f32(*s)).sum()
}

fn portable(rounds: usize) -> f32 {
    let (a, b) = (black_box(A), black_box(B));
    let mut sums = [[0.5; 4]; SUMS];
    for _ in 0..rounds {
        for s in sums.as_flattened_mut() {
            *s = *s * a + b;
        }
    }
    sums.as_flattened().iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pool;

    #[test]
    fn counts_what_it_does() {
        for isa in Isa::ALL {
            let mut pool = Pool::with_isa(2, isa);
            let lanes = [4.0, 8.0, 16.0][pool.isa() as usize];
            assert_eq!(pool.region(|team| multiply_adds(team, 3, 1000)), 2.0 * 12.0 * lanes * 3000.0);
            // every sum has reached its limit
            let sums = spin(pool.isa(), 1000) / 12.0;
            assert!((sums - sums.round()).abs() < 1e-3 && sums > 0.9, "{sums}");
        }
    }
}
