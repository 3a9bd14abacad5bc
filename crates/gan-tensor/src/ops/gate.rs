//! What an activation's gradient multiplies a cotangent by, from the activation's result.

use super::where_positive::WherePositive;
use crate::ops::elementwise::Pairwise;
use crate::{Element, Var};

/// The derivative of an activation as a function of its result `y`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Gate {
    /// 1 where `y > 0`, the slope elsewhere: of a (leaky) rectifier.
    Mask { slope: f64 },
    /// `1 - y y`: of tanh.
    OneMinusSquare,
    /// `y (1 - y)`: of the sigmoid.
    TimesComplement,
}

impl Gate {
    /// The cotangent times the derivative, for numbers.
    #[inline(always)]
    pub fn of<E: Element>(self) -> impl Fn(E, E) -> E + Copy {
        move |ct, y| match self {
            Gate::Mask { slope } => WherePositive { slope }.apply(ct, y),
            Gate::OneMinusSquare => ct * (E::ONE - y * y),
            Gate::TimesComplement => ct * (y * (E::ONE - y)),
        }
    }

    /// The same, for variables.
    pub fn apply<'g>(self, ct: Var<'g>, y: Var<'g>) -> Var<'g> {
        match self {
            Gate::Mask { slope } => ct.where_positive(y, slope),
            Gate::OneMinusSquare => ct * (y * y).affine(-1.0, 1.0),
            Gate::TimesComplement => ct * (y * y.affine(-1.0, 1.0)),
        }
    }
}
