//! The two number types the kernels work on.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use crate::maths;

pub(crate) mod sealed {
    use crate::Isa;
    use crate::gemm::micro::{self, Tiles};

    pub trait Sealed: Sized + 'static {
        /// The innermost loops of products.
        fn tiles(isa: Isa) -> Tiles<Self>;
    }
    impl Sealed for f32 {
        fn tiles(isa: Isa) -> Tiles<f32> {
            micro::f32_tiles(isa)
        }
    }
    impl Sealed for f64 {
        fn tiles(_: Isa) -> Tiles<f64> {
            micro::portable_tiles()
        }
    }
}

/// `f32` (training) or `f64` (theory, gradient checks).
///
/// The transcendental functions of `f32` are branch-free polynomials that vectorise, accurate to a
/// few units in the last place; those of `f64` are the standard library's. All of them hand NaN on,
/// so that a fault is seen and not swallowed.
pub trait Element:
    sealed::Sealed
    + Copy
    + Default
    + Debug
    + Display
    + PartialOrd
    + Send
    + Sync
    + Sum
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Negative infinity, the neutral element of `max`.
    const NEG_INFINITY: Self;
    /// The type's name.
    const NAME: &'static str;
    /// Whether kernels are compiled for every instruction set, or, for the type of theory and checks, for the portable one alone.
    const VECTOR: bool;
    /// Rounds from `f64`.
    fn from_f64(x: f64) -> Self;
    /// Widens to `f64`.
    fn to_f64(self) -> f64;
    /// From a 24-bit random integer.
    fn from_u24(x: u32) -> Self;
    /// `e^x`; results below the smallest normal number may be 0.
    fn exp(self) -> Self;
    /// Natural logarithm; -infinity at 0, NaN below.
    fn ln(self) -> Self;
    /// `ln(1 + x)` for `x >= 0`, exact near 0.
    fn ln_1p(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `x^p` for a real exponent.
    fn powf(self, p: Self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Whether neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// `(sin, cos)` of `2 pi turn` for `turn` in [0, 1).
    fn sin_cos_turn(turn: Self) -> (Self, Self);

    /// The larger of two; NaN if either is NaN.
    #[inline(always)]
    fn maximum(self, other: Self) -> Self {
        if self > other || !self.eq(&self) { self } else { other }
    }
    /// The smaller of two; NaN if either is NaN.
    #[inline(always)]
    fn minimum(self, other: Self) -> Self {
        if self < other || !self.eq(&self) { self } else { other }
    }
    /// The logistic function `1 / (1 + e^-x)`.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exp())
    }
    /// `ln(1 + e^x)`, without overflow.
    fn softplus(self) -> Self;
}

impl Element for f32 {
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;
    const NEG_INFINITY: f32 = f32::NEG_INFINITY;
    const NAME: &'static str = "f32";
    const VECTOR: bool = true;
    #[inline(always)]
    fn from_f64(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn from_u24(x: u32) -> f32 {
        x as i32 as f32
    }
    #[inline(always)]
    fn exp(self) -> f32 {
        maths::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> f32 {
        maths::ln(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> f32 {
        maths::ln_1p(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f32 {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn tanh(self) -> f32 {
        maths::tanh(self)
    }
    #[inline(always)]
    fn softplus(self) -> f32 {
        maths::softplus(self)
    }
    #[inline(always)]
    fn powf(self, p: f32) -> f32 {
        f32::powf(self, p)
    }
    #[inline(always)]
    fn abs(self) -> f32 {
        f32::abs(self)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }
    #[inline(always)]
    fn sin_cos_turn(turn: f32) -> (f32, f32) {
        maths::sin_cos_turn(turn)
    }
}

impl Element for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
    const NEG_INFINITY: f64 = f64::NEG_INFINITY;
    const NAME: &'static str = "f64";
    const VECTOR: bool = false;
    #[inline(always)]
    fn from_f64(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn from_u24(x: u32) -> f64 {
        f64::from(x)
    }
    #[inline(always)]
    fn exp(self) -> f64 {
        f64::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> f64 {
        f64::ln(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> f64 {
        f64::ln_1p(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn tanh(self) -> f64 {
        f64::tanh(self)
    }
    #[inline(always)]
    fn softplus(self) -> f64 {
        let positive = if self < 0.0 { 0.0 } else { self };
        positive + (-f64::abs(self)).exp().ln_1p()
    }
    #[inline(always)]
    fn powf(self, p: f64) -> f64 {
        f64::powf(self, p)
    }
    #[inline(always)]
    fn abs(self) -> f64 {
        f64::abs(self)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }
    #[inline(always)]
    fn sin_cos_turn(turn: f64) -> (f64, f64) {
        (turn * std::f64::consts::TAU).sin_cos()
    }
}
