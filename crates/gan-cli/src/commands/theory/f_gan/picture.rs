//! All f-divergences in one figure.

use gan::core::theory::TheoryError;
use gan::core::theory::f_divergences::{Entry, FDivergence};
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};

use super::compared::{Compared, least};

/// Scales of the log ratio over which the bound is drawn.
pub(super) const SCALES: (f64, f64) = (-0.25, 2.0);

/// `n + 1` places over an interval.
pub(super) fn along((low, high): (f64, f64), n: u32) -> impl Iterator<Item = f64> {
    (0..=n).map(move |i| low + (high - low) * f64::from(i) / f64::from(n))
}

/// A function as a curve.
pub(super) fn curve(range: (f64, f64), f: impl Fn(f64) -> f64) -> Vec<Point> {
    along(range, 400).map(|x| (x, f(x))).collect()
}

/// A conjugate as a curve up to the ends of its domain, close to which it may rise without bound.
pub(super) fn conjugate_curve(range: (f64, f64), f: &dyn FDivergence) -> Vec<Point> {
    let domain = f.domain();
    let ends = [(domain.lower, 1.0), (domain.upper, -1.0)].into_iter().filter(|(end, _)| end.is_finite());
    let close = ends.flat_map(|(end, inwards)| (0..40).map(move |k| end + inwards * 0.1 * 0.5_f64.powi(k)).chain([end]));
    let mut places: Vec<f64> = along(range, 400).chain(close).filter(|t| (range.0..=range.1).contains(t)).collect();
    places.sort_by(f64::total_cmp);
    places.into_iter().map(|t| (t, f.conjugate(t))).collect()
}

/// `gan` is `jensen_shannon` but for a constant: where both coincide, both are seen.
fn look(i: usize, entry: &Entry) -> (Ink, Stroke) {
    let ink = if i < 8 { Ink::series(i) } else { Ink::Grey };
    (ink, if entry.name == "gan" { Stroke::Dashed } else { Stroke::Solid })
}

pub(super) fn figure(entries: &[&Entry], compared: &Compared) -> anyhow::Result<Figure> {
    let each = |mut panel: Panel, range: (f64, f64), f: &dyn Fn(&Entry, f64) -> f64| {
        for (i, entry) in entries.iter().enumerate() {
            let (ink, stroke) = look(i, entry);
            panel = panel.line(entry.formulas.label, ink, stroke, curve(range, |x| f(entry, x)));
        }
        panel
    };
    let u = || Axis::new("u = p_data / p_g").over(0.0, 4.0);
    let functions = Panel::new("f(u): convex, and 0 at u = 1 but for the GAN's", u(), Axis::new("f(u)").over(-2.75, 4.0));
    let functions = each(functions, (1e-4, 4.0), &|e, u| e.divergence.f(u));
    let mut conjugates = Panel::new(
        "conjugates f*(t): they end where their domain does",
        Axis::new("t").over(-4.0, 2.5),
        Axis::new("f*(t)").over(-2.75, 4.0),
    );
    for (i, entry) in entries.iter().enumerate() {
        let (ink, stroke) = look(i, entry);
        conjugates = conjugates.line(entry.formulas.label, ink, stroke, conjugate_curve((-4.0, 2.5), entry.divergence));
    }
    let best = Panel::new("the best T* = f'(u)", u(), Axis::new("T*(u)").over(-5.0, 3.0));
    let best = each(best, (1e-4, 4.0), &|e, u| e.divergence.derivative(u));
    let mut activations = Panel::new(
        "activations g_f(v): any v into the domain",
        Axis::new("v, raw output of D").over(-4.0, 4.0),
        Axis::new("T = g_f(v)").over(-5.0, 4.0),
    );
    for (i, entry) in entries.iter().enumerate() {
        let same: Vec<&str> =
            entries.iter().filter(|e| e.formulas.activation == entry.formulas.activation).map(|e| e.formulas.label).collect();
        if same.first() == Some(&entry.formulas.label) {
            let (ink, stroke) = look(i, entry);
            activations =
                activations.line(same.join(" and "), ink, stroke, curve((-4.0, 4.0), |v| entry.divergence.activation(v)));
        }
    }
    let mut bounds = bound_panel("the bound peaks at T*");
    for (i, entry) in entries.iter().enumerate() {
        let (ink, stroke) = look(i, entry);
        let points = bound(entry, compared)?;
        // an infinite divergence has no share
        if !points.is_empty() {
            bounds = bounds.line(entry.formulas.label, ink, stroke, points);
        }
    }
    Ok(Figure::new(vec![functions, conjugates, best, activations, bounds, pair(compared)]).columns(3).panel_size(660, 560))
}

/// The axes of the bound over the scale.
pub(super) fn bound_panel(title: &str) -> Panel {
    let x = Axis::new("scale s in T = f'(u^s): s = 1 is T*").over(SCALES.0, SCALES.1);
    Panel::new(title, x, Axis::new("bound, as a share of the divergence").over(-1.1, 1.1))
        .guide("", vec![(1.0, -1.1), (1.0, 1.1)])
}

/// The bound as a share of the divergence, both from their value at `p = q`, over the scale; nothing where the divergence is
/// infinite or as small as can be.
pub(super) fn bound(entry: &Entry, compared: &Compared) -> Result<Vec<Point>, TheoryError> {
    let f = entry.divergence;
    let from = least(entry);
    let most = gan::core::theory::f_divergences::divergence(f, &compared.p, &compared.q)? - from;
    // a value that large is infinite but for the ends of the cells
    if !(0.0..1e12).contains(&most) || most == 0.0 {
        return Ok(Vec::new());
    }
    along(SCALES, 180).map(|s| Ok((s, (compared.bound_at_scale(f, s)? - from) / most))).collect()
}

/// What is compared.
pub(super) fn pair(compared: &Compared) -> Panel {
    let (p, q) = (compared.heights(&compared.p), compared.heights(&compared.q));
    let (low, high) = compared.range();
    let (x, y) = if compared.on_line() { ("x", "density") } else { ("outcome", "probability") };
    let top = p.iter().chain(&q).map(|p| p.1).filter(|y| y.is_finite()).fold(0.0, f64::max);
    let mut panel = Panel::new("what is compared", Axis::new(x).over(low, high), Axis::new(y).over(0.0, 1.08 * top))
        .shade(Ink::Data, 0.0, p.clone())
        .line("p_data", Ink::Data, Stroke::Solid, p.clone())
        .shade(Ink::Generator, 0.0, q.clone())
        .line("p_g", Ink::Generator, Stroke::Solid, q.clone());
    if !compared.on_line() && p.len() <= 60 {
        panel = panel.dots("", Ink::Data, 3.5, p).dots("", Ink::Generator, 3.5, q);
    }
    panel
}
