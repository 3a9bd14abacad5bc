//! Normalisation: mean and variance of groups of values, and the line that follows.
//!
//! A tensor is seen as `[outer, rows, groups, width]`. Each of the `outer x groups` groups has a mean and a reciprocal
//! standard deviation over its `rows x width` values; gain and shift are vectors of `groups x width` channels:
//! `y = f((x - mean) rstd gain + shift)` with an activation `f`. That is
//!
//! | | outer | rows | groups | width |
//! |---|---|---|---|---|
//! | batch norm of `[n, h, w, c]` | 1 | n h w | c | 1 |
//! | instance norm | n | h w | c | 1 |
//! | group norm | n | h w | g | c / g |
//! | layer norm over an example | n | 1 | 1 | h w c |
//! | layer norm over the last axis | n h w | 1 | 1 | c |
//!
//! Variances are sums of squares about a value near the mean, over parts of fixed length that are combined in order:
//! a mean far from 0 costs no digits, and the bits are the same for any number of threads.

mod columns;
mod columns_backward;
mod cut;
mod lines;
mod moments;
mod second;
mod second_lines;

use crate::{Element, Team};

pub use second::Second;

/// How a tensor is cut into groups with statistics of their own; see the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Blocks with statistics of their own.
    pub outer: usize,
    /// Rows of a block, over which statistics are taken.
    pub rows: usize,
    /// Groups of a row with statistics of their own.
    pub groups: usize,
    /// Neighbouring values of a row in one group.
    pub width: usize,
}

impl Layout {
    /// Values of a row: the length of gain and shift.
    pub fn channels(&self) -> usize {
        self.groups * self.width
    }

    /// Values of a block.
    pub fn block(&self) -> usize {
        self.rows * self.channels()
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.outer * self.block()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of means, and of standard deviations.
    pub fn statistics(&self) -> usize {
        self.outer * self.groups
    }

    /// Values behind one mean.
    pub fn count(&self) -> usize {
        self.rows * self.width
    }

    /// Whether groups are runs of memory, so that their sums are taken along it.
    fn in_lines(&self) -> bool {
        self.rows == 1 && self.width > 1
    }

    fn check(&self, lengths: &[usize]) {
        let sizes = [self.outer, self.rows, self.groups, self.width];
        let whole = sizes.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        assert!(whole.is_some(), "sizes of a normalisation");
        let (n, c, s) = (self.len(), self.channels(), self.statistics());
        assert!([n, n, c, c, s, s].iter().zip(lengths).all(|(a, b)| a == b), "operands of a normalisation");
    }
}

/// Scratch space of [`forward`], in elements.
pub fn forward_scratch(layout: Layout) -> usize {
    if layout.in_lines() { 0 } else { columns::forward_scratch(layout) }
}

/// Scratch space of [`backward`], in elements.
pub fn backward_scratch(layout: Layout) -> usize {
    if layout.in_lines() { lines::backward_scratch(layout) } else { columns_backward::backward_scratch(layout) }
}

/// `y = f((x - mean) rstd gain + shift)` with the statistics of each group, `rstd = 1 / sqrt(variance + epsilon)`.
///
/// Reads `x` twice and writes `y` once. An empty `x` stands in `y` already. A group without values has mean 0.
pub fn forward<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    (x, gain, shift): (&[E], &[E], &[E]),
    epsilon: E,
    (y, mean, rstd): (&mut [E], &mut [E], &mut [E]),
    scratch: &mut [E],
    f: impl Fn(E) -> E + Copy + Sync,
) {
    let given = if x.is_empty() { y.len() } else { x.len() };
    layout.check(&[given, y.len(), gain.len(), shift.len(), mean.len(), rstd.len()]);
    if layout.is_empty() {
        mean.fill(E::ZERO);
        rstd.fill(E::ONE / epsilon.sqrt());
    } else if layout.in_lines() {
        lines::forward(team, layout, (x, gain, shift), epsilon, (y, mean, rstd), f);
    } else {
        columns::forward(team, layout, (x, gain, shift), epsilon, (y, mean, rstd), scratch, f);
    }
}

/// What the gradient of a normalisation is made of.
#[derive(Clone, Copy, Debug)]
pub struct Backward<'a, E> {
    /// The gradient with respect to the result, or empty: it stands where the one with respect to `x` will.
    pub dy: &'a [E],
    /// The operand.
    pub x: &'a [E],
    /// Mean of each group.
    pub mean: &'a [E],
    /// Reciprocal standard deviation of each group.
    pub rstd: &'a [E],
    /// Gain of each channel.
    pub gain: &'a [E],
    /// Shift of each channel.
    pub shift: &'a [E],
    /// The gradients with respect to `mean` and `rstd`, where they are results that somebody used.
    pub statistics: Option<(&'a [E], &'a [E])>,
}

/// The gradient of [`forward`] with respect to `x`, gain and shift, in this order in `out`.
///
/// With `z = (x - mean) rstd gain + shift`, `g = mask(dy, z)` (for an activation `f`: `dy f'(z)`), `h = g gain`,
/// the normalised `u = (x - mean) rstd` and averages over a group, it is `dx = rstd (h - <h> - u <h u>)`, `dgain = sum g u`, `dshift = sum g`. Reads
/// `x` and `dy` twice and writes `dx` once.
pub fn backward<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    b: Backward<'_, E>,
    out: (&mut [E], &mut [E], &mut [E]),
    scratch: &mut [E],
    mask: impl Fn(E, E) -> E + Copy + Sync,
) {
    let given = if b.dy.is_empty() { out.0.len() } else { b.dy.len() };
    layout.check(&[given, b.x.len(), b.gain.len(), b.shift.len(), b.mean.len(), b.rstd.len()]);
    layout.check(&[out.0.len(), b.x.len(), out.1.len(), out.2.len()]);
    if let Some((m, r)) = b.statistics {
        layout.check(&[b.x.len(), b.x.len(), b.gain.len(), b.gain.len(), m.len(), r.len()]);
    }
    if layout.is_empty() {
        out.1.fill(E::ZERO);
        out.2.fill(E::ZERO);
    } else if layout.in_lines() {
        lines::backward(team, layout, b, out, scratch, mask);
    } else {
        columns_backward::backward(team, layout, b, out, scratch, mask);
    }
}

/// Scratch space of [`second`], in elements.
pub fn second_scratch(layout: Layout) -> usize {
    if layout.in_lines() { second_lines::scratch(layout) } else { second::scratch(layout) }
}

/// The gradient of [`backward`] without an activation and without gradients of the statistics: the cotangents of `dy`, of `x`,
/// of mean (all of them) and rstd (all of them, behind the means), and of the gain. That of the shift is 0.
///
/// Mean and rstd count as operands of their own; that they depend on `x` is another operation's gradient.
pub fn second<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    s: Second<'_, E>,
    out: (&mut [E], &mut [E], &mut [E], &mut [E]),
    scratch: &mut [E],
) {
    layout.check(&[s.v.len(), s.dy.len(), s.dgain.len(), s.dshift.len(), s.mean.len(), s.rstd.len()]);
    layout.check(&[s.x.len(), out.0.len(), s.gain.len(), out.3.len()]);
    layout.check(&[out.1.len()]);
    assert!(out.2.len() == 2 * layout.statistics(), "operands of a normalisation");
    if layout.is_empty() {
        out.2.fill(E::ZERO);
        out.3.fill(E::ZERO);
    } else if layout.in_lines() {
        second_lines::lines(team, layout, s, out, scratch);
    } else {
        second::columns(team, layout, s, out, scratch);
    }
}

/// `y = f(x scale + shift)` with a scale and a shift for each of the last axis' channels. An empty `x` stands in `y` already.
pub fn scale_shift<E: Element>(
    team: &Team<'_>,
    x: &[E],
    (scale, shift): (&[E], &[E]),
    y: &mut [E],
    f: impl Fn(E) -> E + Copy + Sync,
) {
    let channels = scale.len();
    assert!(x.is_empty() || x.len() == y.len(), "operands of a scale and shift");
    assert!(
        shift.len() == channels && (y.is_empty() || channels > 0 && y.len().is_multiple_of(channels)),
        "one scale and shift a channel"
    );
    let isa = team.isa();
    let step = (crate::map::CHUNK / channels.max(1)).max(1) * channels.max(1);
    team.chunks(y, step, |i, y| {
        let x = if x.is_empty() { x } else { &x[i * step..][..y.len()] };
        columns::line(isa, x, y, scale, shift, f);
    });
}
