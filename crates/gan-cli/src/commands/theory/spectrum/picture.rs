//! The eigenvalues in the complex plane, and what a step makes of them.

use std::f64::consts::TAU;

use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};

use super::super::output::short;
use super::report::{Part, Report};

pub(super) fn figure(report: &Report) -> Figure {
    Figure::new(vec![plane(report), radius(report)]).panel_size(720, 560)
}

/// Eigenvalues, the half plane of those that decay, and the circle of those that the largest stable step contracts.
fn plane(report: &Report) -> Panel {
    let points = |part: &Part| part.values.iter().map(|f| (f.re, f.im)).collect::<Vec<Point>>();
    let all: Vec<Point> = report.parts.iter().flat_map(points).collect();
    let scale = report.scale().max(f64::MIN_POSITIVE);
    let (circle, name) = match report.step {
        Some(h) => (h.recip(), format!("the step h = {} contracts inside", short(h))),
        // no step contracts all: that which would, were the largest not to turn
        None => (0.5 * scale, format!("the step h = {} contracts inside", short(2.0 / scale))),
    };
    let ends = |of: fn(&Point) -> f64| all.iter().map(of).fold((0.0_f64, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    let (re, im) = (ends(|p| p.0), ends(|p| p.1));
    // the whole circle where it does not dwarf the eigenvalues
    let left = if circle < 1.5 * scale { re.0.min(-2.0 * circle) } else { re.0 };
    let height = if circle < 1.5 * scale { im.1.max(circle) } else { im.1.max(0.2 * scale) };
    let right = re.1.max(0.15 * (re.1 - left));
    let (x, y) = ((1.08 * left, right + 0.08 * (right - left)), 1.1 * height);
    let turn: Vec<Point> =
        (0..=400).map(|i| TAU * f64::from(i) / 400.0).map(|a| (circle * (a.cos() - 1.0), circle * a.sin())).collect();
    // further than any window reaches
    let far = 100.0 * (x.1 - x.0).max(2.0 * y);
    let mut panel = Panel::new(
        format!("{}: eigenvalues of the game's Jacobian v'", report.title),
        Axis::new("real part: decay (left) and growth (right), per unit of time").over(x.0, x.1),
        Axis::new("imaginary part: rotation, radians per unit of time").over(-y, y),
    )
    .same_scale()
    .shade(Ink::Sky, -far, vec![(-far, far), (0.0, far)])
    .guide("", vec![(0.0, -far), (0.0, far)])
    .guide("", vec![(-far, 0.0), (far, 0.0)])
    .line(name, Ink::Orange, Stroke::Dashed, turn);
    for (i, part) in report.parts.iter().enumerate() {
        panel = panel.dots(part.name, [Ink::Purple, Ink::Red][i % 2], [5.0, 3.5][i % 2], points(part));
    }
    panel
}

/// The spectral radius over the step.
fn radius(report: &Report) -> Panel {
    let scale = report.scale().max(f64::MIN_POSITIVE);
    let high = 1.7 * report.step.unwrap_or(2.0 / scale);
    let curve: Vec<Point> = (0..=400).map(|i| high * f64::from(i) / 400.0).map(|h| (h, report.radius(h))).collect();
    let title = match (report.step, report.stability.growing) {
        (Some(h), 0) => format!("simultaneous steps contract below h = {}", short(h)),
        (Some(_), n) => format!("no step contracts: {n} found to the right of 0"),
        (None, _) => "no step contracts".to_owned(),
    };
    let ends = curve.iter().fold((1.0_f64, 1.0_f64), |(a, b), p| (a.min(p.1), b.max(p.1)));
    let room = 0.06 * (ends.1 - ends.0).max(1e-6);
    let (bottom, top) = (ends.0 - room, ends.1 + room);
    let mut panel = Panel::new(
        title,
        Axis::new("step h, units of time").over(0.0, high),
        Axis::new("spectral radius: max |1 + h λ|").over(bottom, top),
    )
    .guide("1: neither grows nor decays", vec![(0.0, 1.0), (high, 1.0)])
    .line("of the eigenvalues found", Ink::Purple, Stroke::Solid, curve);
    if let Some(h) = report.step {
        let name = if report.stability.growing == 0 { "largest stable step" } else { "largest step for the others" };
        panel = panel.line(name, Ink::Orange, Stroke::Dashed, vec![(h, bottom), (h, top)]);
    }
    panel
}
