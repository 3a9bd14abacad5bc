//! Fused optimiser updates: one pass over weight, state and gradient.
//!
//! Each returns the sum of the squared changes of the weights, the trainer's sign that an update
//! was finite and of sane size.

use crate::pool::Parts;
use crate::{Element, Team};

const PARTIALS: usize = 256;

/// Runs `f(start, len)` over fixed chunks of `0..n` and adds the partial results in order.
fn summed<E: Element>(team: &Team<'_>, n: usize, f: impl Fn(usize, usize) -> E + Sync) -> E {
    let chunk = n.div_ceil(PARTIALS).max(4096).next_multiple_of(16);
    let mut partials = [E::ZERO; PARTIALS];
    team.chunks(&mut partials[..n.div_ceil(chunk)], 1, |i, p| p[0] = f(i * chunk, chunk.min(n - i * chunk)));
    partials.iter().fold(E::ZERO, |a, &b| a + b)
}

/// Weights that are updated at a time, in registers.
pub(crate) const LANES: usize = 16;

/// How a weight changes with its gradient; the states are one or two numbers for each weight.
pub(crate) trait Rule<E: Element>: Copy + Sync {
    /// One or two.
    const STATES: usize;

    /// The change of a weight whose gradient is `g`; updates its states. A rule with one state leaves the second alone.
    fn change(&self, states: [&mut E; 2], g: E) -> E;

    /// Updates a run of weights and adds the squares of the changes, each to one of the sums.
    #[inline(always)]
    fn row(&self, w: &mut [E], first: &mut [E], second: &mut [E], g: &[E], squares: &mut [E; LANES]) {
        let (w, w_rest) = w.as_chunks_mut::<LANES>();
        let (first, first_rest) = first.as_chunks_mut::<LANES>();
        let (second, second_rest) = second.as_chunks_mut::<LANES>();
        let (g, g_rest) = g.as_chunks::<LANES>();
        // values, not references: the compiler need not ask whether they overlap
        let mut sums = *squares;
        for (i, ((to_w, to_first), &g)) in w.iter_mut().zip(first).zip(g).enumerate() {
            let (mut w, mut first) = (*to_w, *to_first);
            let mut second_ = if Self::STATES == 2 { second[i] } else { [E::ZERO; LANES] };
            for l in 0..LANES {
                let change = self.change([&mut first[l], &mut second_[l]], g[l]);
                w[l] += change;
                sums[l] += square(change);
            }
            (*to_w, *to_first) = (w, first);
            if Self::STATES == 2 {
                second[i] = second_;
            }
        }
        *squares = sums;
        for (l, ((w, first), &g)) in w_rest.iter_mut().zip(first_rest).zip(g_rest).enumerate() {
            let mut none = E::ZERO;
            let second = if Self::STATES == 2 { &mut second_rest[l] } else { &mut none };
            let change = self.change([first, second], g);
            *w += change;
            squares[l] += square(change);
        }
    }
}

/// What has decayed this far is 0: below the smallest normal number, which states pass for as long as gradients are zero (units that are off,
/// a sigmoid that is saturated), every operation takes a hundred times as long.
pub(crate) const SETTLED: f64 = 1e-36;

#[inline(always)]
fn settled<E: Element>(x: E) -> E {
    // NaN stays
    if x.abs() < E::from_f64(SETTLED) { E::ZERO } else { x }
}

/// `x * x`, or 0 where that is below [`SETTLED`], the square of 1e-18.
#[inline(always)]
fn square<E: Element>(x: E) -> E {
    let x = if x.abs() < E::from_f64(1e-18) { E::ZERO } else { x };
    x * x
}

/// Heavy-ball momentum: `v = mu v - lr g`, `w += v`; with `nesterov`, `w += mu v - lr g`.
#[derive(Clone, Copy, Debug)]
pub struct Momentum<E> {
    /// Learning rate.
    pub lr: E,
    /// Share of the velocity that stays.
    pub mu: E,
    /// Whether the velocity is used as it will be after the next step.
    pub nesterov: bool,
}

impl<E: Element> Rule<E> for Momentum<E> {
    const STATES: usize = 1;
    #[inline(always)]
    fn change(&self, [v, _]: [&mut E; 2], g: E) -> E {
        *v = settled(self.mu * *v - self.lr * g);
        if self.nesterov { self.mu * *v - self.lr * g } else { *v }
    }
}

/// A moving average of weights: `a = decay a + (1 - decay) w`.
#[derive(Clone, Copy, Debug)]
pub struct Average<E> {
    /// Share of the old average that stays.
    pub keep: E,
    /// Share of the new weight.
    pub take: E,
}

impl<E: Element> Average<E> {
    #[inline(always)]
    pub(crate) fn row(&self, average: &mut [E], w: &[E]) {
        for (a, &w) in average.iter_mut().zip(w) {
            *a = *a * self.keep + w * self.take;
        }
    }
}

/// The numbers of an Adam update.
#[derive(Clone, Copy, Debug)]
pub struct Adam<E> {
    /// Learning rate.
    pub lr: E,
    /// Decay of the first moment; `1 - beta1` is taken before rounding.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Keeps the quotient finite.
    pub epsilon: E,
    /// `1 - beta1^t`: the first moment's bias correction.
    pub correction1: E,
    /// `1 - beta2^t`.
    pub correction2: E,
}

/// [`Adam`] with what is the same for all weights worked out: one division a weight, not three.
#[derive(Clone, Copy)]
pub(crate) struct PreparedAdam<E> {
    keep: [E; 2],
    take: [E; 2],
    lr: E,
    inverse2: E,
    epsilon: E,
}

impl<E: Element> Adam<E> {
    pub(crate) fn prepared(&self) -> PreparedAdam<E> {
        PreparedAdam {
            keep: [E::from_f64(self.beta1), E::from_f64(self.beta2)],
            take: [E::from_f64(1.0 - self.beta1), E::from_f64(1.0 - self.beta2)],
            lr: self.lr / self.correction1,
            inverse2: E::ONE / self.correction2,
            epsilon: self.epsilon,
        }
    }
}

impl<E: Element> Rule<E> for PreparedAdam<E> {
    const STATES: usize = 2;
    #[inline(always)]
    fn change(&self, [m, v]: [&mut E; 2], g: E) -> E {
        *m = settled(self.keep[0] * *m + self.take[0] * g);
        *v = settled(self.keep[1] * *v + self.take[1] * square(g));
        -(self.lr * *m / ((*v * self.inverse2).sqrt() + self.epsilon))
    }
}

simd! {
    fn chunk[E: Element, R: Rule<E>](rule: R, w: &mut [E], first: &mut [E], second: &mut [E], g: &[E]) -> E {
        let mut squares = [E::ZERO; LANES];
        rule.row(w, first, second, g, &mut squares);
        squares.into_iter().sum()
    }
}

/// A step of gradient descent with momentum, in place on weight and velocity.
pub fn momentum<E: Element>(team: &Team<'_>, w: &mut [E], v: &mut [E], g: &[E], rule: Momentum<E>) -> E {
    let (isa, n) = (team.isa(), g.len());
    assert!(w.len() == n && v.len() == n, "weight, velocity and gradient are equally long");
    let (w, v) = (Parts(w.as_mut_ptr()), Parts(v.as_mut_ptr()));
    summed(team, n, |at, len| {
        // SAFETY: `summed` hands out disjoint ranges within 0..n, the length of every slice.
        let (w, v) = unsafe { (w.slice(at, len), v.slice(at, len)) };
        chunk(isa, rule, w, v, &mut [], &g[at..at + len])
    })
}

/// Adam (Kingma & Ba 2015, algorithm 1) in place on weight, first and second moment.
pub fn adam<E: Element>(team: &Team<'_>, w: &mut [E], m: &mut [E], v: &mut [E], g: &[E], numbers: Adam<E>) -> E {
    let (isa, n) = (team.isa(), g.len());
    assert!(w.len() == n && m.len() == n && v.len() == n, "weight, moments and gradient are equally long");
    let (w, m, v) = (Parts(w.as_mut_ptr()), Parts(m.as_mut_ptr()), Parts(v.as_mut_ptr()));
    let rule = numbers.prepared();
    summed(team, n, |at, len| {
        // SAFETY: as in `momentum`.
        let (w, m, v) = unsafe { (w.slice(at, len), m.slice(at, len), v.slice(at, len)) };
        chunk(isa, rule, w, m, v, &g[at..at + len])
    })
}

simd! {
    fn squares_by_column[E: Element](w: &[E], n: usize, out: &mut [E]) {
        for row in w.chunks(n) {
            for (o, &w) in out.iter_mut().zip(row) { *o += w * w; }
        }
    }
}
simd! {
    fn scale_columns[E: Element](w: &mut [E], n: usize, factors: &[E]) {
        for row in w.chunks_mut(n) {
            for (w, &f) in row.iter_mut().zip(factors) { *w = *w * f; }
        }
    }
}

/// The factor that brings a column with this sum of squares to the norm `max`, if it is longer.
#[inline(always)]
pub(crate) fn shrinking<E: Element>(squares: E, max: E) -> E {
    let norm = squares.sqrt();
    if norm > max { max / norm } else { E::ONE }
}

/// Shrinks each column of `w: [rows, n]` whose L2 norm exceeds `max` to that norm, in place.
/// `scratch` holds one number a column. The incoming weights of a unit are a column.
pub fn max_column_norm<E: Element>(team: &Team<'_>, w: &mut [E], n: usize, max: E, scratch: &mut [E]) {
    if w.is_empty() {
        return;
    }
    assert!(scratch.len() == n && w.len().is_multiple_of(n), "whole rows and one number a column");
    let isa = team.isa();
    let rows = w.len() / n;
    let width = (4 * crate::map::CHUNK / rows).max(1).next_multiple_of(16);
    {
        let w = &*w;
        team.chunks(scratch, width, |i, s| {
            s.fill(E::ZERO);
            squares_by_column(isa, &w[i * width..], n, s);
            for s in s.iter_mut() {
                *s = shrinking(*s, max);
            }
        });
    }
    let factors = &*scratch;
    if factors.iter().any(|&f| f != E::ONE) {
        let per = (crate::map::CHUNK / n).max(1);
        team.chunks(w, per * n, |_, w| scale_columns(isa, w, n, factors));
    }
}
