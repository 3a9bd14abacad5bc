//! Phase portraits: the field, and where the four kinds of steps lead.

use std::f64::consts::TAU;

use gan::core::theory::TheoryError;
use gan::core::theory::dynamics::{self, field_on_grid, maps, simulate};
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};

use super::Kind;
use super::analysis::{Entry, Equilibrium, Verdict};

/// The combinations of the lecture's picture.
const LECTURE: [(&str, &str); 6] = [
    ("minimax", "none"),
    ("minimax", "r1"),
    ("minimax", "instance_noise"),
    ("wasserstein", "none"),
    ("wasserstein", "wgan_gp"),
    ("minimax", "consensus"),
];
/// Arrows along an axis.
const ARROWS: usize = 13;
/// Where the trajectories start, from the equilibrium.
const START: [f64; 2] = [0.8, 0.6];
/// Letters of a title that fit above a panel.
const LONGEST_TITLE: usize = 72;
/// Most steps of a trajectory.
const MOST: f64 = 4000.0;
/// How far from the equilibrium is looked at, at most.
const FARTHEST: f64 = 2.6;

/// Which of the games are drawn.
pub(super) fn shown(entries: &[Entry], lecture: bool) -> Vec<&Entry> {
    if !lecture {
        return entries.iter().collect();
    }
    let find = |&(o, r): &(&str, &str)| entries.iter().find(|e| e.game.objective().name == o && e.game.regulariser().name == r);
    LECTURE.iter().filter_map(find).collect()
}

pub(super) fn figure(kind: Kind, entries: &[&Entry], h: f64) -> Result<Figure, TheoryError> {
    let panels = entries.iter().map(|e| portrait(kind, e, h)).collect::<Result<Vec<_>, _>>()?;
    let columns = if panels.len() > 6 { 4 } else { 3 };
    Ok(Figure::new(panels).columns(columns).panel_size(620, 610))
}

/// The parameters that are drawn, their labels, and the start's distance from the equilibrium along them.
fn plane(kind: Kind) -> ([usize; 2], [&'static str; 2]) {
    match kind {
        Kind::Dirac => ([0, 1], ["θ: where the fakes are", "ψ: slope of D"]),
        Kind::LinearQuadratic => ([1, 3], ["b: mean of the fakes", "w1: slope of D at 0"]),
    }
}

fn portrait(kind: Kind, entry: &Entry, h: f64) -> Result<Panel, TheoryError> {
    let (axes, labels) = plane(kind);
    let game = &entry.game;
    let equilibrium = game.equilibrium();
    let mut start = equilibrium.clone();
    for (axis, away) in axes.into_iter().zip(START) {
        if let Some(x) = start.get_mut(axis) {
            *x += away;
        }
    }
    let at = |x: &[f64]| -> Point { (x.get(axes[0]).copied().unwrap_or_default(), x.get(axes[1]).copied().unwrap_or_default()) };
    let steps = (time(entry) / h).clamp(30.0, MOST) as usize;
    let mut curves = Vec::new();
    for map in maps::ALL {
        let played = simulate(game, &start, map, h, steps)?;
        curves.push((map.name, played.points.iter().map(|x| at(x.as_slice())).collect::<Vec<_>>()));
    }
    let reach = curves.iter().flat_map(|(_, c)| c).map(|p| p.0.abs().max(p.1.abs())).fold(1.0, f64::max);
    let reach = 1.12 * reach.min(FARTHEST);

    let along = |parameter| dynamics::Axis { parameter, low: -reach, high: reach, points: ARROWS };
    let grid = field_on_grid(game, &equilibrium, axes.map(along))?;
    let longest = grid.iter().map(|a| length(at(a.field.as_slice()))).fold(f64::MIN_POSITIVE, f64::max);
    let arrows = grid.iter().map(|arrow| {
        let ((x, y), (u, v)) = (at(arrow.at.as_slice()), at(arrow.field.as_slice()));
        // the root, so that short ones are seen, too
        let size = length((u, v));
        let scale = if size > 0.0 { 0.85 * 2.0 * reach / ARROWS as f64 * (size / longest).sqrt() / size } else { 0.0 };
        ((x - 0.5 * scale * u, y - 0.5 * scale * v), (x + 0.5 * scale * u, y + 0.5 * scale * v))
    });
    let axis = |label: &str| Axis::new(label).over(-1.06 * reach, 1.06 * reach);
    let mut panel =
        Panel::new(title(entry), axis(labels[0]), axis(labels[1])).same_scale().arrows("field v", Ink::Grey, arrows.collect());
    let looks = [
        (Ink::Red, Stroke::Solid),
        (Ink::Discriminator, Stroke::Solid),
        (Ink::Orange, Stroke::Solid),
        (Ink::Purple, Stroke::Dashed),
    ];
    for ((name, curve), (ink, stroke)) in curves.into_iter().zip(looks) {
        panel = panel.line(name, ink, stroke, curve);
    }
    Ok(panel.dots("start", Ink::Brown, 5.0, vec![at(&start)]).dots("p_g = p_data, D = 0", Ink::Data, 5.0, vec![at(&equilibrium)]))
}

fn length((u, v): Point) -> f64 {
    u.hypot(v)
}

/// So long that the slowest rotation turns twice.
fn time(entry: &Entry) -> f64 {
    const USUAL: f64 = 25.0;
    let Equilibrium::Found { values, .. } = &entry.equilibrium else { return 2.0 * USUAL };
    let speed = values.iter().map(|v| v.1).filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
    if speed.is_finite() { (2.0 * TAU / speed).min(2.0 * USUAL) } else { USUAL }
}

/// The game and what is seen, in as few words as fit.
fn title(entry: &Entry) -> String {
    let name = entry.name().replace('_', "-");
    let Equilibrium::Found { fates, .. } = &entry.equilibrium else { return format!("{name}: no equilibrium, it never settles") };
    let mut words = Vec::new();
    for verdict in [Verdict::Diverges, Verdict::Circles, Verdict::Undecided] {
        let some: Vec<&str> = fates.iter().filter(|f| f.verdict == verdict).map(|f| f.map).collect();
        if some.len() == fates.len() {
            return format!("{name}: every step {}", verdict.word());
        }
        if !some.is_empty() {
            words.push(format!("{} {}", some.join(", "), verdict.word()));
        }
    }
    if words.is_empty() {
        return format!("{name}: every step converges");
    }
    let whole = format!("{name}: {}", words.join(", "));
    if whole.chars().count() <= LONGEST_TITLE {
        return whole;
    }
    let converging = fates.iter().filter(|f| f.verdict == Verdict::Converges).count();
    format!("{name}: {converging} of {} kinds of step converge", fates.len())
}
