//! A line.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `gain x + shift` with constants; what `x * 2.0`, `x + 1.0` and `-x` become.
#[derive(Debug, Clone, Copy)]
pub struct Affine {
    /// Factor.
    pub gain: f64,
    /// Summand.
    pub shift: f64,
}

impl Pointwise for Affine {
    const NAME: &'static str = "affine";
    const FLOPS: u64 = 2;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        x * E::from_f64(self.gain) + E::from_f64(self.shift)
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = (x, y);
        Some(ct.affine(self.gain, 0.0))
    }
}

impl<'g> Var<'g> {
    /// `gain x + shift` with constants; what `x * 2.0`, `x + 1.0` and `-x` become.
    #[track_caller]
    pub fn affine(self, gain: f64, shift: f64) -> Var<'g> {
        self.graph.push(Unary(Affine { gain, shift }), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "affine", doc: "A line.", cases: || vec![Case::unary(Domain::Real, |x| x.affine(-1.5, 0.25))] };

macro_rules! with_number {
    ($($trait:ident $method:ident, |$x:ident, $c:ident| $right:expr, $left:expr;)*) => {$(
        impl<'g> std::ops::$trait<f64> for Var<'g> {
            type Output = Var<'g>;
            #[track_caller]
            fn $method(self, $c: f64) -> Var<'g> {
                let $x = self;
                $right
            }
        }
        impl<'g> std::ops::$trait<Var<'g>> for f64 {
            type Output = Var<'g>;
            #[track_caller]
            fn $method(self, $x: Var<'g>) -> Var<'g> {
                let $c = self;
                $left
            }
        }
    )*};
}
with_number! {
    Add add, |x, c| x.affine(1.0, c), x.affine(1.0, c);
    Sub sub, |x, c| x.affine(1.0, -c), x.affine(-1.0, c);
    Mul mul, |x, c| x.affine(c, 0.0), x.affine(c, 0.0);
    Div div, |x, c| x.affine(1.0 / c, 0.0), x.graph.constant(c, []) / x;
}

impl<'g> std::ops::Neg for Var<'g> {
    type Output = Var<'g>;
    #[track_caller]
    fn neg(self) -> Var<'g> {
        self.affine(-1.0, 0.0)
    }
}
