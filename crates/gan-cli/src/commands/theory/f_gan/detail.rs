//! One f-divergence in detail.

use gan::core::theory::f_divergences::Entry;
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};

use super::super::output::{short, table};
use super::compared::Compared;
use super::picture::{bound, bound_panel, conjugate_curve, curve, pair};
use super::table::tight;

/// Where tangents are drawn, and their inks.
const TOUCHED: [(f64, Ink); 3] = [(0.4, Ink::Orange), (1.0, Ink::Purple), (2.5, Ink::Red)];

pub(super) fn text(entry: &Entry) -> String {
    let f = entry.divergence;
    let row = |u: f64| {
        let t = f.derivative(u);
        let cells = [f.f(u), t, f.conjugate(t), tight(f, u)].map(short);
        let [value, t, conjugate, tight] = cells;
        [format!("  {u}"), value, t, conjugate, tight]
    };
    let rows: Vec<[String; 5]> = [0.001, 0.01, 0.1, 0.5, 0.9, 1.0, 1.1, 2.0, 10.0, 100.0, 1000.0].map(row).to_vec();
    format!(
        "\n{}: {}\n{}The tangent of f at u has the slope T* and meets u = 0 at -f*(T*).\n",
        entry.name,
        entry.doc,
        table(["  u", "f(u)", "T* = f'(u)", "f*(T*)", "u T* - f*(T*)"], &rows)
    )
}

/// An interval that holds what is finite of the values, with some room.
fn around(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let room = 0.08 * (high - low).max(0.1);
    if low > high { (-1.0, 1.0) } else { (low - room, high + room) }
}

pub(super) fn figure(entry: &Entry, compared: &Compared) -> anyhow::Result<Figure> {
    let panels = vec![
        tangents(entry),
        conjugate(entry),
        activation(entry),
        bounds(entry, compared)?,
        critic(entry, compared),
        pair(compared),
    ];
    Ok(Figure::new(panels).columns(3).panel_size(660, 500))
}

fn tangents(entry: &Entry) -> Panel {
    let f = entry.divergence;
    let touching = |u: f64| move |x: f64| f.f(u) + f.derivative(u) * (x - u);
    let values = curve((0.15, 4.0), |u| f.f(u)).into_iter().map(|p| p.1);
    let (low, high) = around(values.chain(TOUCHED.iter().map(|(u, _)| touching(*u)(0.0))));
    let title = "tangents of slope t meet u = 0 at -f*(t)";
    let mut panel = Panel::new(title, Axis::new("u = p_data / p_g").over(-0.15, 4.0), Axis::new("f(u)").over(low, high)).line(
        format!("f(u) = {}", entry.formulas.f),
        Ink::Data,
        Stroke::Solid,
        curve((1e-4, 4.0), |u| f.f(u)),
    );
    for (u, ink) in TOUCHED {
        let line = touching(u);
        panel = panel.line(format!("t = {:.3}", f.derivative(u)), ink, Stroke::Dashed, curve((0.0, 4.0), line)).dots(
            "",
            ink,
            4.5,
            vec![(u, f.f(u)), (0.0, line(0.0))],
        );
    }
    panel.guide("", vec![(0.0, low), (0.0, high)])
}

/// The values of T that are worth looking at: those of `u` from 0.3 to 4, and a bit more of the domain.
fn slopes(entry: &Entry) -> (f64, f64) {
    let f = entry.divergence;
    let (low, high) = (f.derivative(0.3), f.derivative(4.0));
    let room = 0.25 * (high - low);
    (low - room, high + room)
}

fn conjugate(entry: &Entry) -> Panel {
    let f = entry.divergence;
    let range = slopes(entry);
    let points = conjugate_curve(range, f);
    let touched = || TOUCHED.iter().map(|(u, ink)| (f.derivative(*u), *ink));
    let inside = points.iter().filter(|p| p.0 >= f.derivative(0.3) && p.0 <= f.derivative(4.0)).map(|p| p.1);
    let (low, high) = around(inside.chain(touched().map(|(t, _)| f.conjugate(t))));
    let title = format!("the conjugate f*, finite for {}", super::table::domain(f));
    let label = format!("f*(t) = {}", entry.formulas.conjugate);
    let mut panel = Panel::new(title, Axis::new("t").over(range.0, range.1), Axis::new("f*(t)").over(low, high)).line(
        label,
        Ink::Data,
        Stroke::Solid,
        points,
    );
    for (t, ink) in touched() {
        panel = panel.dots("", ink, 4.5, vec![(t, f.conjugate(t))]);
    }
    panel
}

fn activation(entry: &Entry) -> Panel {
    let f = entry.divergence;
    let points = curve((-4.0, 4.0), |v| f.activation(v));
    let (low, high) = slopes(entry);
    let (low, high) = around([low, high, f.threshold()].into_iter());
    let title = if f.reads_log_ratio() { "the activation: v is log u at the best D" } else { "the activation of D's raw output" };
    Panel::new(title, Axis::new("v, raw output of D").over(-4.0, 4.0), Axis::new("T").over(low, high))
        .line(format!("g_f(v) = {}", entry.formulas.activation), Ink::Discriminator, Stroke::Solid, points)
        .line("f'(1): above, D takes it for data", Ink::Grey, Stroke::Dashed, vec![(-4.0, f.threshold()), (4.0, f.threshold())])
}

fn bounds(entry: &Entry, compared: &Compared) -> anyhow::Result<Panel> {
    let points = bound(entry, compared)?;
    Ok(match points.is_empty() {
        true => bound_panel("no bound to draw: the divergence is infinite, or there is none"),
        false => {
            bound_panel("the bound, over T scaled about T*").line(entry.formulas.label, Ink::Discriminator, Stroke::Solid, points)
        }
    })
}

fn critic(entry: &Entry, compared: &Compared) -> Panel {
    let f = entry.divergence;
    let (low, high) = compared.range();
    let best = compared.ratios().map(|u| u.map_or(f64::NAN, |u| f.derivative(u)));
    let points: Vec<Point> = compared.over_support(best).into_iter().filter(|p| (low..=high).contains(&p.0)).collect();
    // far out T* may grow beyond all that is of interest
    let (least, most) = slopes(entry);
    let (bottom, top) = around(points.iter().map(|p| p.1.clamp(least, most)).chain([f.threshold()]));
    let x = Axis::new(if compared.on_line() { "x" } else { "outcome" }).over(low, high);
    let mut panel = Panel::new("the best T of what is compared", x, Axis::new("T").over(bottom, top)).line(
        format!("T* = {}", entry.formulas.derivative),
        Ink::Discriminator,
        Stroke::Solid,
        points.clone(),
    );
    if !compared.on_line() && points.len() <= 60 {
        panel = panel.dots("", Ink::Discriminator, 3.5, points);
    }
    panel.line("f'(1)", Ink::Grey, Stroke::Dashed, vec![(low, f.threshold()), (high, f.threshold())])
}
