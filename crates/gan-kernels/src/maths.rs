//! Branch-free `f32` functions, written so that the compiler vectorises them.
//!
//! Polynomials after Cephes (S. Moshier); selections are comparisons that NaN fails, so NaN
//! passes through.
#![allow(clippy::excessive_precision)] // the digits of the source

/// Adding and subtracting 1.5 * 2^23 rounds to the nearest integer (ties to even).
const ROUND: f32 = 12_582_912.0;

/// `yes` where `c` holds, else `no`, without a branch whatever surrounds it: a comparison that the compiler turns
/// back into a jump (it does where functions are composed) costs the loop its vectors.
#[inline(always)]
fn pick(c: bool, yes: f32, no: f32) -> f32 {
    std::hint::select_unpredictable(c, yes, no)
}

/// `e^x` for `-87.4 <= x <= 88.8`, and NaN.
#[inline(always)]
fn exp_between(x: f32) -> f32 {
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the remainder keeps all its bits
    let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 5.000_000_1e-1;
    let y = p * r * r + r + 1.0;
    // 2^n in two factors: n may be 128, which no single exponent holds
    let bits = shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    let half = bits >> 1;
    let scale = |k: i32| f32::from_bits((k.wrapping_add(127) as u32) << 23);
    y * scale(half) * scale(bits.wrapping_sub(half))
}

#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let clamped = pick(x > 88.8, 88.8, x);
    let y = exp_between(pick(clamped < -87.4, -87.4, clamped));
    let y = pick(x < -87.336, 0.0, y);
    pick(x > 88.722_83, f32::INFINITY, y)
}

#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // lift subnormal numbers into the normal range
    let tiny = x < f32::MIN_POSITIVE;
    let scaled = pick(tiny, x * 8_388_608.0, x);
    let y = ln_normal(scaled, pick(tiny, 23.0, 0.0));
    let y = pick(x == 0.0, f32::NEG_INFINITY, y);
    let y = pick(x < 0.0, f32::NAN, y);
    // infinity and NaN are their own logarithms
    pick(x < f32::INFINITY, y, x)
}

/// `ln(x) - lifted * ln(2)` for a positive normal number.
#[inline(always)]
fn ln_normal(x: f32, lifted: f32) -> f32 {
    // mantissa in [sqrt(1/2), sqrt(2))
    let shifted = x.to_bits().wrapping_sub(0x3f35_04f3);
    let e = ((shifted as i32) >> 23) as f32 - lifted;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    let z = m * m;
    let p = 7.037_683_6e-2;
    let p = p * m - 1.151_461e-1;
    let p = p * m + 1.167_699_9e-1;
    let p = p * m - 1.242_014_1e-1;
    let p = p * m + 1.424_932_3e-1;
    let p = p * m - 1.666_805_8e-1;
    let p = p * m + 2.000_071_5e-1;
    let p = p * m - 2.499_999_4e-1;
    let p = p * m + 3.333_333e-1;
    let y = p * m * z - 2.121_944_4e-4 * e - 0.5 * z;
    m + y + 0.693_359_375 * e
}

#[inline(always)]
pub(crate) fn ln_1p(x: f32) -> f32 {
    // W. Kahan: the rounding of 1 + x cancels in the quotient
    let w = 1.0 + x;
    let y = ln_normal(w, 0.0) * (x / (w - 1.0));
    // below the resolution of 1 + x; infinity and NaN
    pick(w == 1.0, x, pick(x < f32::INFINITY, y, x))
}

/// `ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)`.
#[inline(always)]
pub(crate) fn softplus(x: f32) -> f32 {
    let small = -x.abs();
    let e = exp_between(pick(small < -87.0, -87.0, small));
    // below e^-87 nothing is left of the second term
    pick(x < 0.0, 0.0, x) + pick(small < -87.0, 0.0, ln_1p(e))
}

#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let a = x.abs();
    // beyond 10 nothing is left to the next number below 1
    let twice = pick(a > 10.0, 20.0, a + a);
    let large = 1.0 - 2.0 / (exp_between(twice) + 1.0);
    let z = x * x;
    let p = -5.704_988_7e-3;
    let p = p * z + 2.063_908_9e-2;
    let p = p * z - 5.373_971_6e-2;
    let p = p * z + 1.333_144_2e-1;
    let p = p * z - 3.333_328_2e-1;
    let small = p * z * a + a;
    pick(a < 0.625, small, large).copysign(x)
}

#[inline(always)]
pub(crate) fn sin_cos_turn(turn: f32) -> (f32, f32) {
    // quarter turns: angle = q * pi/2 + r with |r| <= pi/4
    let shifted = turn * 4.0 + ROUND;
    let quarter = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    let r = (turn * 4.0 - (shifted - ROUND)) * std::f32::consts::FRAC_PI_2;
    let z = r * r;
    let s = ((-1.951_529_6e-4 * z + 8.332_161e-3) * z - 1.666_665_5e-1) * z * r + r;
    let c = ((2.443_315_7e-5 * z - 1.388_731_6e-3) * z + 4.166_664_6e-2) * z * z - 0.5 * z + 1.0;
    let swap = quarter & 1 == 1;
    let (sin, cos) = (pick(swap, c, s), pick(swap, s, c));
    // the sign bit, where the quadrant has it
    let flip = |x: f32, quarter: u32| f32::from_bits(x.to_bits() ^ ((quarter & 2) << 30));
    (flip(sin, quarter), flip(cos, quarter.wrapping_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error in units of the last place (of the result, or of `floor` where that is larger).
    fn worst(lo: f32, hi: f32, floor: f64, f: fn(f32) -> f32, g: fn(f64) -> f64) -> f64 {
        let n = 200_000;
        (0..=n)
            .map(|i| lo + (hi - lo) * (i as f32 / n as f32))
            .map(|x| (f64::from(f(x)) - g(f64::from(x))).abs() / g(f64::from(x)).abs().max(floor) / f64::from(f32::EPSILON))
            .fold(0.0, f64::max)
    }

    #[test]
    fn agree_with_double_precision() {
        assert!(worst(-87.0, 88.7, 0.0, exp, f64::exp) < 2.0);
        assert!(worst(1e-30, 1e-3, 0.0, ln, f64::ln) < 2.0);
        assert!(worst(1e-3, 50.0, 1e-3, ln, f64::ln) < 2.0);
        assert!(worst(0.0, 1.0, 1e-30, ln_1p, f64::ln_1p) < 4.0);
        assert!(worst(-9.0, 9.0, 1e-30, tanh, f64::tanh) < 4.0);
        let exact = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        assert!(worst(-86.0, 88.0, 0.0, softplus, exact) < 4.0);
        assert!(worst(0.0, 0.999_999, 0.1, |t| sin_cos_turn(t).0, |t| (t * std::f64::consts::TAU).sin()) < 8.0);
        assert!(worst(0.0, 0.999_999, 0.1, |t| sin_cos_turn(t).1, |t| (t * std::f64::consts::TAU).cos()) < 8.0);
    }

    #[test]
    fn edges() {
        assert_eq!(ln_1p(f32::INFINITY), f32::INFINITY);
        assert_eq!(softplus(f32::INFINITY), f32::INFINITY);
        assert_eq!(softplus(-f32::INFINITY), 0.0);
        assert_eq!(tanh(-0.0).to_bits(), (-0.0f32).to_bits());
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(100.0), f32::INFINITY);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp(-200.0), 0.0);
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(0.0), f32::NEG_INFINITY);
        assert_eq!(ln(f32::INFINITY), f32::INFINITY);
        assert!((ln(1e-40) + 92.103_4).abs() < 1e-3);
        assert_eq!(tanh(50.0), 1.0);
        assert_eq!(tanh(-f32::INFINITY), -1.0);
        for f in [exp, ln, ln_1p, softplus, tanh] {
            assert!(f(f32::NAN).is_nan());
        }
        assert!(ln(-1.0).is_nan());
    }
}
