//! Prop. 2 to be looked at.

use gan::core::theory::convergence::finite_k::Order;
use gan::core::theory::{Distribution, LOG_4, optimal_discriminator};
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};

use super::Shown;
use super::counter::name;

/// What `p_g` looks like at some steps, the last one in the generator's own ink.
const STAGES: [Ink; 4] = [Ink::Orange, Ink::Purple, Ink::Red, Ink::Sky];

/// Turns that are drawn in the plane of one outcome: more would cover one another.
const TURNS: usize = 40;

fn outcomes(values: &[f64]) -> Vec<Point> {
    values.iter().enumerate().map(|(i, p)| (i as f64 + 1.0, *p)).collect()
}

/// A curve over outcomes, with a dot at each unless there are too many to tell apart.
fn over_outcomes(panel: Panel, label: &str, ink: Ink, stroke: Stroke, values: &[f64]) -> Panel {
    let points = outcomes(values);
    let panel = panel.line(label, ink, stroke, points.clone());
    if points.len() > 60 { panel } else { panel.dots("", ink, 3.5, points) }
}

fn of(p: &Distribution) -> &[f64] {
    p.probabilities().as_slice()
}

pub(super) fn converging(shown: &Shown) -> anyhow::Result<Figure> {
    let n = shown.p_data.outcomes() as f64;
    let last = shown.descent.end.iteration;
    let x = || Axis::new("outcome").over(0.6, n + 0.4);
    let mut stages: Vec<usize> = [0, 1, 4, 16].into_iter().filter(|s| *s < last).collect();
    stages.push(last);

    let most = stages.iter().map(|s| shown.p_g_after(*s)).chain([Ok(shown.p_data.clone())]);
    let top = most.map(|p| p.map(|p| p.probabilities().max())).collect::<Result<Vec<_>, _>>()?.into_iter().fold(0.0, f64::max);
    let mut shares = Panel::new("p_g moves to p_data", x(), Axis::new("probability").over(0.0, 1.05 * top));
    shares = shares.shade(Ink::Data, 0.0, outcomes(of(&shown.p_data)));
    shares = over_outcomes(shares, "p_data", Ink::Data, Stroke::Solid, of(&shown.p_data));
    let title = "D* at the same steps: 1/2 everywhere in the end";
    let mut judge = Panel::new(title, x(), Axis::new("D*(x)").over(0.0, 1.0));
    for (i, step) in stages.iter().enumerate() {
        let p_g = shown.p_g_after(*step)?;
        let (ink, stroke) =
            if *step == last { (Ink::Generator, Stroke::Dashed) } else { (STAGES[i % STAGES.len()], Stroke::Solid) };
        let label = if i == 0 { format!("p_g, step {step}") } else { format!("step {step}") };
        shares = over_outcomes(shares, &label, ink, stroke, of(&p_g));
        let best = optimal_discriminator(&shown.p_data, &p_g)?;
        judge = over_outcomes(judge, &format!("step {step}"), ink, stroke, best.as_slice());
    }
    Ok(Figure::new(vec![divergences(shown), shares, judge]))
}

fn divergences(shown: &Shown) -> Panel {
    let history = &shown.descent.history;
    let along = |f: &dyn Fn(usize) -> f64| -> Vec<Point> { (0..history.len()).map(|i| (i as f64, f(i))).collect() };
    // a start at the data has nothing to show on such an axis
    let shows = history.iter().any(|m| m.kullback_leibler.is_finite() && m.kullback_leibler > 0.0);
    let axis = Axis::new("nats").logarithmic();
    let axis = if shows { axis } else { axis.over(1e-10, 1.0) };
    let mut panel = Panel::new("Prop. 2: D = D* at every step, p_g descends C", Axis::new("step"), axis)
        .line("KL(p_data || p_g)", Ink::Discriminator, Stroke::Solid, along(&|i| history[i].kullback_leibler))
        // C + log 4, which keeps its digits as 2 JSD
        .line("C(G) + log 4", Ink::Orange, Stroke::Solid, along(&|i| 2.0 * history[i].jensen_shannon));
    if let Some(rate) = shown.descent.rate {
        let (end, half) = (shown.descent.end, history.len() / 2);
        let predicted = |i: usize| end.kullback_leibler * rate.predicted.powf(i as f64 - end.iteration as f64);
        let points = (half..history.len()).map(|i| (i as f64, 4.0 * predicted(i))).collect();
        panel = panel.line(format!("slope predicted: × {:.3} a step", rate.predicted), Ink::Data, Stroke::Dashed, points);
    }
    panel
}

pub(super) fn counter(shown: &Shown) -> anyhow::Result<Figure> {
    let panels = vec![landscape(shown), families(shown), circles(shown), amplitudes(shown), values(shown), left(shown)];
    Ok(Figure::new(panels).columns(2))
}

fn landscape(shown: &Shown) -> Panel {
    let capacity = &shown.capacity;
    let (low, high) = capacity.scene.range;
    let place = |m: &gan::core::theory::convergence::family::Moment| Some((*m.parameters.first()?, m.criterion));
    let starts = capacity.descents.iter().filter_map(|r| place(r.history.first()?)).collect();
    let ends = capacity.descents.iter().filter_map(|r| place(&r.end)).collect();
    let title = "Too little capacity: one Gaussian stops at a local minimum";
    Panel::new(title, Axis::new("mean θ of p_g").over(low, high), Axis::new("C(θ), nats").over(-1.45, 0.06))
        .line("C(θ)", Ink::Data, Stroke::Solid, capacity.shown.landscape.clone())
        .line("-log 4", Ink::Grey, Stroke::Dashed, vec![(low, -LOG_4), (high, -LOG_4)])
        .dots("start", Ink::Orange, 5.0, starts)
        .dots("end of the descent", Ink::Generator, 6.0, ends)
}

fn families(shown: &Shown) -> Panel {
    let demonstration = &shown.capacity.shown;
    let width = demonstration.grid.windows(2).next().map_or(1.0, |w| w[1] - w[0]);
    // densities, so that the height does not depend on the grid
    let curve =
        |p: &Distribution| -> Vec<Point> { demonstration.grid.iter().copied().zip(of(p).iter().map(|p| p / width)).collect() };
    let data = curve(&demonstration.p_data);
    let above = |c: f64| format!("C + log 4 = {:.2}", c + LOG_4);
    Panel::new("The same data and start, three generators", Axis::new("x"), Axis::new("density"))
        .shade(Ink::Data, 0.0, data.clone())
        .line("p_data", Ink::Data, Stroke::Solid, data)
        .line(
            format!("stuck: {}", above(demonstration.stuck.end.criterion)),
            Ink::Orange,
            Stroke::Solid,
            curve(&demonstration.stuck.p_g),
        )
        .line(
            format!("best mean: {}", above(demonstration.best.end.criterion)),
            Ink::Purple,
            Stroke::Solid,
            curve(&demonstration.best.p_g),
        )
        .line(
            format!("free shares: {}", above(demonstration.bumps.end.criterion)),
            Ink::Generator,
            Stroke::Dashed,
            curve(&demonstration.bumps.p_g),
        )
}

/// The first and the last of the games at once, in the plane of one outcome.
fn circles(shown: &Shown) -> Panel {
    let at_once: Vec<_> = shown.games.iter().filter(|g| g.options.order == Order::Simultaneous).collect();
    let mut panel = Panel::new(
        format!("D not optimal: few steps of D a turn circle ({TURNS} turns)"),
        Axis::new("p_g of the third outcome"),
        Axis::new("logit of D there"),
    );
    let ends = [at_once.first(), at_once.last()].into_iter().flatten();
    let shown_games: Vec<_> = if at_once.len() > 1 { ends.collect() } else { ends.take(1).collect() };
    for (i, game) in shown_games.into_iter().enumerate() {
        let (outcome, ink) = (2, [Ink::Orange, Ink::Discriminator][i % 2]);
        let path: Vec<Point> =
            game.path.iter().take(TURNS + 1).filter_map(|(p_g, l)| Some((*p_g.get(outcome)?, *l.get(outcome)?))).collect();
        panel = panel.line(name(game), ink, Stroke::Solid, path.clone()).dots("", ink, 2.5, path);
    }
    panel.dots("equilibrium", Ink::Data, 5.0, vec![(0.30, 0.0)])
}

fn amplitudes(shown: &Shown) -> Panel {
    let axis = Axis::new("total variation of p_g and p_data").over(1e-12, 3.0).logarithmic();
    let mut panel = Panel::new("The same games: the distance over the turns", Axis::new("turn"), axis);
    for (i, game) in shown.games.iter().enumerate() {
        let ink = match i {
            0 => Ink::Orange,
            _ if game.options.order == Order::Alternating => Ink::Grey,
            _ if i + 2 == shown.games.len() => Ink::Discriminator,
            _ => [Ink::Purple, Ink::Red, Ink::Sky, Ink::Brown][i % 4],
        };
        let points = game.distance.iter().enumerate().map(|(t, d)| (t as f64, *d)).collect();
        panel = panel.line(name(game), ink, Stroke::Solid, points);
    }
    panel
}

/// Values over numbers of samples, as a line and its points.
fn over_samples(panel: Panel, label: &str, ink: Ink, points: Vec<Point>) -> Panel {
    panel.line(label, ink, Stroke::Solid, points.clone()).dots("", ink, 3.5, points)
}

/// An axis of the numbers of samples, with room on both sides.
fn samples_axis(shown: &Shown) -> Axis {
    let sizes = || shown.samples.iter().map(|r| r.samples as f64);
    let (low, high) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    Axis::new("samples n").over(low / 1.5, high * 1.5).logarithmic()
}

fn values(shown: &Shown) -> Panel {
    let along = |f: fn(&gan::core::theory::convergence::overfitting::Report) -> f64| -> Vec<Point> {
        let mut points: Vec<Point> = shown.samples.iter().map(|r| (r.samples as f64, f(r))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    let title = "Samples only: the best D against the perfect generator";
    let panel = Panel::new(title, samples_axis(shown), Axis::new("V(D, G), nats"));
    let panel = over_samples(panel, "on the samples it saw", Ink::Discriminator, along(|r| r.value_on_training));
    let panel = over_samples(panel, "on samples held out", Ink::Orange, along(|r| r.value_on_held_out));
    let ends = along(|_| -LOG_4);
    panel.line("-log 4", Ink::Grey, Stroke::Dashed, ends)
}

fn left(shown: &Shown) -> Panel {
    let mut sorted: Vec<_> = shown.samples.iter().collect();
    sorted.sort_by_key(|r| r.samples);
    let seen = shown.p_data.probabilities().iter().filter(|p| **p > 0.0).count() as f64;
    let points = sorted.iter().map(|r| (r.samples as f64, r.divergence_to_truth)).collect();
    let expected = sorted.iter().map(|r| (r.samples as f64, (seen - 1.0) / (8.0 * r.samples as f64))).collect();
    let title = "p_g converges to the samples, not to p_data";
    let panel = Panel::new(title, samples_axis(shown), Axis::new("JSD(p_data || p_g), nats").logarithmic());
    over_samples(panel, "at the end of the descent", Ink::Generator, points).line(
        "expected: (outcomes − 1) / (8 n)",
        Ink::Data,
        Stroke::Dashed,
        expected,
    )
}
