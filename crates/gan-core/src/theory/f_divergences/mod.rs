//! The f-divergences of f-GAN (Nowozin et al. 2016), one file each. A new one is a file here and a line in [`ALL`]; the objective
//! `f_gan` then trains with it.
//!
//! For a convex `f` on `(0, inf)`, `D_f(p || q) = sum_x q(x) f(p(x) / q(x))` (eq. 2). With the conjugate
//! `f*(t) = sup_u (u t - f(u))` it is bounded from below by any function `T` into the domain of `f*` (eq. 4):
//!
//! `D_f(p || q) >= E_p T(x) - E_q f*(T(x))`, with equality at `T*(x) = f'(p(x) / q(x))` (eq. 5).
//!
//! That bound is the value of the game: D ascends it in `T = g_f(v)`, where `v` is any real number that a network yields and
//! the activation `g_f` maps it into the domain; G descends it.
//!
//! ```
//! use gan_core::theory::{Distribution, f_divergences};
//!
//! let p = Distribution::from_weights(&[1.0, 2.0, 3.0])?;
//! let q = Distribution::uniform(3)?;
//! for entry in f_divergences::ALL {
//!     let f = entry.divergence;
//!     let best = f_divergences::optimal_critic(f, &p, &q)?;
//!     let bound = f_divergences::variational_bound(f, &p, &q, best.as_slice())?;
//!     assert!((bound - f_divergences::divergence(f, &p, &q)?).abs() < 1e-12, "{}", entry.name);
//! }
//! # Ok::<(), gan_core::theory::TheoryError>(())
//! ```

mod bound;
mod gan;
mod jeffreys;
mod jensen_shannon;
mod kullback_leibler;
mod neyman;
mod pearson;
mod reverse_kullback_leibler;
mod squared_hellinger;
mod total_variation;

#[cfg(test)]
mod properties;

use std::fmt::Debug;

use gan_tensor::Var;

pub use bound::{divergence, optimal_critic, variational_bound};

/// A convex function `f` on `(0, inf)`, what f-GAN needs of it, and how its losses are traced.
///
/// `f(1) = 0`, so that the divergence is 0 at `p = q`; except for `gan`, whose `f(1) = -log 4` makes the divergence the
/// criterion `C(G)` of Goodfellow et al. 2014.
pub trait FDivergence: Debug + Send + Sync {
    /// `q f(p / q)`, what one outcome adds to the divergence, for `p, q >= 0`.
    ///
    /// With the limits `0` at `p = q = 0`, `q f(0)` at `p = 0` and `p f'(inf)` at `q = 0`; any of them may be `+inf`. Written in
    /// `p` and `q` as `p / q` may leave the range of f64 where the term does not.
    fn term(&self, p: f64, q: f64) -> f64;

    /// `f(u)` for `u >= 0`, with its limit at 0.
    fn f(&self, u: f64) -> f64 {
        self.term(u, 1.0)
    }

    /// `f'(u)`, with its limits at 0 and at infinity: the best `T` where `p / q = u`.
    fn derivative(&self, u: f64) -> f64;

    /// The conjugate `f*(t)`; `+inf` outside the domain, the limit at its ends.
    fn conjugate(&self, t: f64) -> f64;

    /// Where `f*` is finite.
    fn domain(&self) -> Domain;

    /// The output activation `g_f(v)` of D, increasing, from the real line onto the inside of the domain (onto the branch
    /// that values of `f'` can take).
    fn activation(&self, v: f64) -> f64;

    /// Whether `g_f(v) = f'(e^v)`: then `v` is the logarithm of `p / q` at the best D, and `sigmoid(v)` the best D of Goodfellow
    /// et al. 2014, eq. 2.
    fn reads_log_ratio(&self) -> bool {
        false
    }

    /// `f'(1)`: what the best `T` is where `p = q`. Above it, D takes a sample for one of `p`.
    fn threshold(&self) -> f64 {
        self.derivative(1.0)
    }

    /// [`activation`](FDivergence::activation), traced.
    fn trace_activation<'g>(&self, v: Var<'g>) -> Var<'g>;

    /// `f*(g_f(v))`, traced in a form that loses nothing between the two.
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g>;
}

/// The interval in which a conjugate is finite; an end belongs to it where the conjugate is finite there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Domain {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

impl Domain {
    const REAL: Domain = Domain { lower: f64::NEG_INFINITY, upper: f64::INFINITY };

    const fn below(upper: f64) -> Domain {
        Domain { lower: f64::NEG_INFINITY, upper }
    }
}

/// An f-divergence as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a line.
    pub doc: &'static str,
    /// Its formulas, for people.
    pub formulas: Formulas,
    /// The function.
    pub divergence: &'static dyn FDivergence,
}

/// What [`FDivergence`] computes, in the words of the paper: `u = p / q`, `t` a value of `T`, `v` D's raw output.
#[derive(Debug, Clone, Copy)]
pub struct Formulas {
    /// What a legend calls it.
    pub label: &'static str,
    /// `f(u)`.
    pub f: &'static str,
    /// `f'(u)`, the best `T`.
    pub derivative: &'static str,
    /// `f*(t)`.
    pub conjugate: &'static str,
    /// `g_f(v)`.
    pub activation: &'static str,
    /// The `v` at which `g_f(v)` is the best `T`.
    pub output: &'static str,
}

/// Every f-divergence.
pub const ALL: &[Entry] = &[
    kullback_leibler::ENTRY,
    reverse_kullback_leibler::ENTRY,
    pearson::ENTRY,
    neyman::ENTRY,
    squared_hellinger::ENTRY,
    jeffreys::ENTRY,
    jensen_shannon::ENTRY,
    gan::ENTRY,
    total_variation::ENTRY,
];

/// The divergence of a name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|e| e.name == name)
}

/// `log(a / b)` for `a, b >= 0`, not both 0: neither loses digits at `a` near `b`, nor leaves the range of f64.
fn log_ratio(a: f64, b: f64) -> f64 {
    let r = (a - b) / b;
    if r.abs() < 0.5 { r.ln_1p() } else { a.ln() - b.ln() }
}
