//! The two pictures.

use std::f64::consts::LN_2;

use gan::core::theory::Plateau;
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};

use super::Args;
use super::curves::{Curves, Gradients};
use super::trained::Moment;

/// Colours of the two losses, and of the two distances.
const MINIMAX: Ink = Ink::Orange;
const NON_SATURATING: Ink = Ink::Generator;
const DIVERGENCE: Ink = Ink::Discriminator;
const TRANSPORT: Ink = Ink::Purple;
/// So many units the distances of the plateau go.
const UNITS: f64 = 3.0;
/// Slopes below this are not shown.
const FLAT: f64 = 1e-10;

/// Gradients over the confidence of D, the distance of G and the training of D.
pub(super) fn saturation(curves: &Curves, args: &Args) -> Figure {
    let norms = |list: &[Gradients]| -> [Vec<Point>; 2] {
        [list.iter().map(|g| (g.at, g.norm.0)).collect(), list.iter().map(|g| (g.at, g.norm.1)).collect()]
    };
    let trained = |f: fn(&Moment) -> f64| -> Vec<Point> { curves.trained.iter().map(|m| (m.step as f64, f(m))).collect() };
    let best = curves.optimum.norm;

    let t = norms(&curves.confidence);
    let ends = decades(&t.concat());
    let sure = panel(
        format!("G stands still, {} σ away: D from nothing to too sure", args.distance),
        "t, logit of D over that of D*",
        ends,
    )
    .guide("", vec![(1.0, ends.0), (1.0, ends.1)]);
    let sure = pair(sure, t).dots("D*", Ink::Discriminator, 4.0, vec![(1.0, best.0), (1.0, best.1)]);

    let m = norms(&curves.distance);
    let ends = decades(&m.concat());
    let far = Panel::new("D = D* each time: G further and further away", Axis::new("distance of the means, σ"), norm_axis(ends));
    let far = pair(far, m).dots("D*", Ink::Discriminator, 4.0, vec![(args.distance, best.0), (args.distance, best.1)]);

    let steps = [trained(|m| m.minimax), trained(|m| m.non_saturating)];
    let last = curves.trained.last().map_or(1.0, |m| m.step as f64);
    let bounds = [vec![(1.0, best.0), (last, best.0)], vec![(1.0, best.1), (last, best.1)]];
    let ends = decades(&[steps.concat(), bounds.concat()].concat());
    let title = format!("a network D is trained, G stands still, {} σ away", args.distance);
    let [minimax, non_saturating] = bounds;
    let taught = pair(panel(title, "steps of D", ends), steps).line("log(1 − D*)", MINIMAX, Stroke::Dotted, minimax).line(
        "−log D*",
        NON_SATURATING,
        Stroke::Dotted,
        non_saturating,
    );
    Figure::new(vec![sure, far, taught]).panel_size(560, 440)
}

fn norm_axis(ends: (f64, f64)) -> Axis {
    Axis::new("norm of G's gradient, nats per σ").logarithmic().over(ends.0, ends.1)
}

fn panel(title: String, x: &str, ends: (f64, f64)) -> Panel {
    Panel::new(title, Axis::new(x).logarithmic(), norm_axis(ends))
}

fn pair(panel: Panel, [minimax, non_saturating]: [Vec<Point>; 2]) -> Panel {
    panel.line("log(1 − D)", MINIMAX, Stroke::Solid, minimax).line("−log D", NON_SATURATING, Stroke::Dashed, non_saturating)
}

/// The powers of ten around positive values.
fn decades(points: &[Point]) -> (f64, f64) {
    let powers = points.iter().map(|p| p.1.log10()).filter(|p| p.is_finite());
    let (low, high) = powers.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p), h.max(p)));
    if low > high { (0.1, 1.0) } else { (10f64.powf((low - 0.1).floor()), 10f64.powf((high + 0.1).ceil())) }
}

/// The plateau of the Jensen-Shannon divergence beside the Wasserstein distance, and the slopes of both.
pub(super) fn support(curves: &Curves, args: &Args) -> Figure {
    let over = |list: &[Plateau], f: fn(&Plateau) -> f64| -> Vec<Point> { list.iter().map(|p| (p.distance, f(p))).collect() };
    // each in its own unit: so the plateau is seen, however wide the densities are
    let distances = |title: String, list: &[Plateau], (unit, name): (f64, &str)| {
        let most = UNITS * unit;
        let list: Vec<Plateau> = list.iter().filter(|p| p.distance <= 1.001 * most).copied().collect();
        let transport = list.iter().map(|p| (p.distance, p.wasserstein_1 / unit)).collect();
        let y = Axis::new(format!("JSD in nats; W1 in units of {name}")).over(0.0, UNITS);
        Panel::new(title, Axis::new("distance of the means").over(0.0, most), y)
            .guide("log 2", vec![(0.0, LN_2), (most, LN_2)])
            .line("JSD(p_data, p_g)", DIVERGENCE, Stroke::Solid, over(&list, |p| p.jensen_shannon))
            .line(format!("W1 / {name}"), TRANSPORT, Stroke::Dashed, transport)
    };
    let most = (3.0 * args.width).max(12.0 * args.narrow);
    let gaussian = over(&curves.gaussians, |p| p.jensen_shannon_slope);
    // straight down at the corner: beyond it the slope is 0
    let slope = LN_2 / args.width;
    let uniform = vec![(0.0, slope), (args.width, slope), (args.width, 0.1 * FLAT)];
    let highest = gaussian.iter().chain(&uniform).map(|p| p.1).fold(1.0, f64::max);
    let slopes = Panel::new(
        "what is left to descend: the slopes",
        Axis::new("distance of the means").over(0.0, most),
        Axis::new("slope per unit of x; JSD in nats").logarithmic().over(FLAT, 10f64.powf((highest.log10() + 0.1).ceil())),
    )
    .line("JSD, uniform", DIVERGENCE, Stroke::Solid, uniform)
    .line("JSD, Gaussian", Ink::Sky, Stroke::Solid, gaussian)
    .line("Wasserstein-1", TRANSPORT, Stroke::Dashed, vec![(0.0, 1.0), (most, 1.0)]);
    let panels = vec![
        distances(format!("uniform densities of width {}", args.width), &curves.uniforms, (args.width, "the width")),
        distances(format!("Gaussians of standard deviation {}", args.narrow), &curves.gaussians, (4.0 * args.narrow, "4 σ")),
        slopes,
    ];
    Figure::new(panels).panel_size(520, 440)
}
