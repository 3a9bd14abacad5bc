//! The operations, one file each: formula, gradient, method on [`Var`] and test cases.
//!
//! A new operation is a file here and a line in [`ALL`]; the harnesses in [`testing`](crate::testing) read it from there.

pub(crate) mod abs;
pub(crate) mod adam;
pub(crate) mod add;
pub(crate) mod affine;
pub(crate) mod argmax;
pub(crate) mod average_pool;
pub(crate) mod bce_with_logits;
pub(crate) mod clamp;
pub(crate) mod column_norm;
pub(crate) mod concat;
pub(crate) mod constant;
pub(crate) mod conv2d;
pub(crate) mod conv2d_weight;
pub(crate) mod conv_linear;
pub(crate) mod conv_transpose2d;
pub(crate) mod descend;
pub(crate) mod div;
pub(crate) mod dropout;
pub(crate) mod elementwise;
pub(crate) mod epilogue;
pub(crate) mod equal;
pub(crate) mod exp;
pub(crate) mod expand;
pub(crate) mod gate;
pub(crate) mod gather;
pub(crate) mod greater;
pub(crate) mod identity;
pub(crate) mod leaky_relu;
pub(crate) mod linear;
pub(crate) mod linear_maxout;
pub(crate) mod literal;
pub(crate) mod ln;
pub(crate) mod logsumexp;
pub(crate) mod matmul;
pub(crate) mod max;
pub(crate) mod max_pool;
pub(crate) mod maximum;
pub(crate) mod maxout;
pub(crate) mod minimum;
pub(crate) mod momentum;
pub(crate) mod mul;
pub(crate) mod noise;
pub(crate) mod norm;
pub(crate) mod norm_backward;
pub(crate) mod norm_second;
pub(crate) mod packed;
pub(crate) mod pad;
pub(crate) mod permute;
pub(crate) mod pixel_shuffle;
pub(crate) mod powf;
pub(crate) mod relu;
pub(crate) mod reshape;
pub(crate) mod scale_shift;
pub(crate) mod scatter_add;
pub(crate) mod select;
pub(crate) mod sigmoid;
pub(crate) mod sign;
pub(crate) mod slice;
pub(crate) mod softmax;
pub(crate) mod softplus;
pub(crate) mod sqrt;
pub(crate) mod step;
pub(crate) mod sub;
pub(crate) mod sum;
pub(crate) mod tanh;
pub(crate) mod upsample;
pub(crate) mod where_positive;

pub use adam::{AdamConstants, AdamStep};
pub use conv2d::Conv;
pub use elementwise::{Binary, Pairwise, Pointwise, Unary};
pub use momentum::MomentumStep;
pub use norm::{Normalised, Over};

use crate::{Shape, Var};

/// An operation as the registry lists it.
#[derive(Clone, Copy)]
pub struct OpEntry {
    /// Its name.
    pub name: &'static str,
    /// One line on what it does.
    pub doc: &'static str,
    /// Uses of it that the harnesses check.
    pub cases: fn() -> Vec<Case>,
}

/// Every operation.
pub const ALL: &[OpEntry] = &[
    abs::ENTRY,
    adam::ENTRY,
    add::ENTRY,
    affine::ENTRY,
    argmax::ENTRY,
    average_pool::ENTRY,
    bce_with_logits::ENTRY,
    clamp::ENTRY,
    column_norm::ENTRY,
    concat::ENTRY,
    constant::ENTRY,
    conv2d::ENTRY,
    conv2d_weight::ENTRY,
    conv_linear::ENTRY,
    conv_transpose2d::ENTRY,
    descend::ENTRY,
    div::ENTRY,
    dropout::ENTRY,
    equal::ENTRY,
    exp::ENTRY,
    expand::ENTRY,
    gather::ENTRY,
    greater::ENTRY,
    identity::ENTRY,
    leaky_relu::ENTRY,
    linear::ENTRY,
    linear_maxout::ENTRY,
    literal::ENTRY,
    ln::ENTRY,
    logsumexp::ENTRY,
    matmul::ENTRY,
    max::ENTRY,
    max_pool::ENTRY,
    maximum::ENTRY,
    maxout::ENTRY,
    minimum::ENTRY,
    momentum::ENTRY,
    mul::ENTRY,
    noise::ENTRY,
    norm::ENTRY,
    norm_backward::ENTRY,
    norm_second::ENTRY,
    packed::ENTRY,
    pad::ENTRY,
    permute::ENTRY,
    pixel_shuffle::ENTRY,
    powf::ENTRY,
    relu::ENTRY,
    reshape::ENTRY,
    scale_shift::ENTRY,
    scatter_add::ENTRY,
    select::ENTRY,
    sigmoid::ENTRY,
    sign::ENTRY,
    slice::ENTRY,
    softmax::ENTRY,
    softplus::ENTRY,
    sqrt::ENTRY,
    step::ENTRY,
    sub::ENTRY,
    sum::ENTRY,
    tanh::ENTRY,
    upsample::ENTRY,
    where_positive::ENTRY,
];

/// Where the random operands of a test case come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// Uniform in (-2, 2).
    Real,
    /// Uniform in (0.5, 2).
    Positive,
    /// Whole numbers `0..n`: an index, not differentiated.
    Index(usize),
}

/// Builds results from operands.
pub type Build = for<'g> fn(&[Var<'g>]) -> Vec<Var<'g>>;

/// One use of an operation: operands and how it is applied to them.
#[derive(Clone)]
pub struct Case {
    /// Shape and range of each operand.
    pub operands: Vec<(Shape, Domain)>,
    /// Applies the operation.
    pub build: CaseBuild,
}

/// How a case applies its operation.
#[derive(Clone, Copy)]
pub enum CaseBuild {
    /// One operand, one result.
    One(for<'g> fn(Var<'g>) -> Var<'g>),
    /// Two operands, one result.
    Two(for<'g> fn(Var<'g>, Var<'g>) -> Var<'g>),
    /// Any number of either.
    Many(Build),
}

impl CaseBuild {
    /// Applies the operation.
    pub fn apply<'g>(self, x: &[Var<'g>]) -> Vec<Var<'g>> {
        match self {
            CaseBuild::One(f) => vec![f(x[0])],
            CaseBuild::Two(f) => vec![f(x[0], x[1])],
            CaseBuild::Many(f) => f(x),
        }
    }
}

impl Case {
    /// One operand of shape `[3, 5]`.
    pub fn unary(domain: Domain, f: for<'g> fn(Var<'g>) -> Var<'g>) -> Case {
        Case { operands: vec![([3, 5].into(), domain)], build: CaseBuild::One(f) }
    }

    /// Two operands of shape `[3, 5]`.
    pub fn binary(domain: Domain, f: for<'g> fn(Var<'g>, Var<'g>) -> Var<'g>) -> Case {
        Case { operands: vec![([3, 5].into(), domain); 2], build: CaseBuild::Two(f) }
    }

    /// Every way in which two operands stretch to each other.
    pub fn broadcasts(domain: Domain, f: for<'g> fn(Var<'g>, Var<'g>) -> Var<'g>) -> Vec<Case> {
        let shapes: [(&[usize], &[usize]); 9] = [
            (&[3, 5], &[3, 5]),
            (&[3, 5], &[5]),
            (&[1, 5], &[3, 5]),
            (&[3, 5], &[3, 1]),
            (&[3, 1], &[3, 5]),
            (&[], &[3, 5]),
            (&[3, 1], &[1, 5]),
            (&[2, 3, 4], &[3, 1]),
            (&[2, 1, 4], &[2, 3, 1]),
        ];
        let shape = |s: &[usize]| Shape::new(s).unwrap_or(Shape::SCALAR);
        shapes
            .iter()
            .map(|(x, y)| Case { operands: vec![(shape(x), domain), (shape(y), domain)], build: CaseBuild::Two(f) })
            .collect()
    }

    /// The same case with every size `d` other than 1 replaced by `size(d)`; numbers that a build has in it stay, so
    /// that it may not fit the new sizes.
    pub fn resized(&self, size: impl Fn(usize) -> usize) -> Case {
        let resize = |s: &Shape| (0..s.rank()).filter(|&d| s[d] != 1).fold(*s, |to, d| to.with(d, size(s[d])));
        Case { operands: self.operands.iter().map(|(s, d)| (resize(s), *d)).collect(), build: self.build }
    }

    /// Operands of the given shapes and ranges.
    pub fn many(operands: &[(&[usize], Domain)], f: Build) -> Case {
        let shape = |s: &[usize]| Shape::new(s).unwrap_or(Shape::SCALAR);
        Case { operands: operands.iter().map(|(s, d)| (shape(s), *d)).collect(), build: CaseBuild::Many(f) }
    }
}
