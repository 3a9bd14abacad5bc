//! What becomes of Prop. 2 where one of its conditions fails: too little capacity, a D that is not optimal, samples only.

use gan::core::theory::convergence::family::{self, Demonstration, MovableMean, Scene};
use gan::core::theory::convergence::finite_k::{self, Options, Order};
use gan::core::theory::convergence::overfitting;
use gan::core::theory::{Distribution, LOG_4, TheoryError};
use serde_json::{Value, json};

use super::super::output::{self, short, table};

/// Where descents of one movable mean start, besides that of the scene: on either side of both humps.
const STARTS: [f64; 4] = [-1.0, -0.2, 0.2, 4.5];

/// Families of little and of enough capacity.
pub(super) struct Capacity {
    pub scene: Scene,
    pub shown: Demonstration,
    /// Descents of one movable mean from several starts.
    pub descents: Vec<family::Report>,
}

impl Capacity {
    pub fn of(scene: &Scene) -> Result<Capacity, TheoryError> {
        let shown = family::demonstrate(scene)?;
        let one = MovableMean::new(&shown.grid, scene.width)?;
        let descend = |mean: f64| family::descend(&one, &shown.p_data, &[mean], &family::Options::default());
        let descents = std::iter::once(scene.start).chain(STARTS).map(descend).collect::<Result<_, _>>()?;
        Ok(Capacity { scene: scene.clone(), descents, shown })
    }
}

pub(super) fn capacity_text(capacity: &Capacity) -> String {
    let Capacity { scene, shown, descents } = capacity;
    let row = |name: String, report: &family::Report| {
        let at = match report.end.parameters[..] {
            [mean] => format!("{mean:.3}"),
            [mean, log_width] => format!("{mean:.3}, width {:.3}", log_width.exp()),
            _ => "-".to_owned(),
        };
        [format!("  {name}"), at, format!("{:.6}", report.end.criterion), short(report.end.criterion + LOG_4)]
    };
    let one = descents
        .iter()
        .filter_map(|r| Some(row(format!("one Gaussian from the mean {}", r.history.first()?.parameters.first()?), r)));
    let rows: Vec<[String; 4]> = one
        .chain([
            row(format!("Gaussian with a width of its own from {}", scene.start), &shown.wider),
            row(format!("shares of many Gaussians, nearly all at {}", scene.start), &shown.bumps),
        ])
        .collect();
    format!(
        "Without enough capacity: p_g is a Gaussian of width {}, the data are two of them at {} (share {}) and {}; D = D* at every step.\n{}\
         C is not convex in the mean: descents stop at the hump next to them, a local minimum, and even the best mean stays above -log 4.\n\
         Where the shares of Gaussians everywhere are free, the same start does not matter.\n",
        scene.width,
        scene.large,
        scene.share,
        scene.small,
        table(["  generator", "stops at", "C(G), nats", "above -log 4"], &rows)
    )
}

pub(super) fn capacity_json(capacity: &Capacity) -> Value {
    let report = |r: &family::Report| {
        json!({
            "start": r.history.first().map(|m| &m.parameters), "end": r.end.parameters, "criterion": r.end.criterion,
            "steps": r.history.len().saturating_sub(1), "stationary": r.stationary,
        })
    };
    // shares of outcomes say more than the logits of bumps
    let summary = |r: &family::Report| json!({ "criterion": r.end.criterion, "p_g": r.p_g.probabilities().as_slice() });
    let Capacity { shown, descents, .. } = capacity;
    json!({
        "grid": shown.grid,
        "p_data": shown.p_data.probabilities().as_slice(),
        "one_mean": descents.iter().map(report).collect::<Vec<_>>(),
        "best_mean": report(&shown.best),
        "mean_and_width": report(&shown.wider),
        "shares_of_bumps": summary(&shown.bumps),
        "landscape": shown.landscape,
    })
}

/// Games of several k with the same steps, and the one of the smallest k in alternation.
pub(super) fn games(ks: &[usize]) -> Result<Vec<finite_k::Report>, TheoryError> {
    let p_data = Distribution::from_weights(&[36.0, 34.0, 30.0])?;
    let start = Distribution::from_weights(&[1.0, 1.0, 2.0])?;
    let options =
        Options { k: ks.iter().copied().min().unwrap_or(1), order: Order::Simultaneous, d_step: 2.0, g_step: 0.9, turns: 400 };
    let mut games = finite_k::compare(&p_data, &start, &options, ks)?;
    games.push(finite_k::play(&p_data, &start, &Options { order: Order::Alternating, ..options })?);
    Ok(games)
}

/// What a game is called.
pub(super) fn name(game: &finite_k::Report) -> String {
    match game.options.order {
        Order::Simultaneous => format!("k = {}", game.options.k),
        Order::Alternating => format!("k = {}, in alternation", game.options.k),
    }
}

pub(super) fn games_text(games: &[finite_k::Report]) -> String {
    let row = |g: &finite_k::Report| {
        let measured = g.measured.map_or_else(|| "-".to_owned(), |m| format!("{m:.4}"));
        [
            format!("  {}", name(g)),
            short(g.kullback_leibler),
            short(g.amplitude),
            format!("{:.1}", g.rotations),
            g.sign_changes.to_string(),
            format!("{:.4}", g.predicted),
            measured,
        ]
    };
    let header =
        ["  steps of D a turn", "KL at the end", "amplitude", "turns round", "signs changed", "factor predicted", "measured"];
    let options = games.first().map(|g| g.options);
    let (d_step, g_step, turns) = options.map_or((0.0, 0.0, 0), |o| (o.d_step, o.g_step, o.turns));
    format!(
        "Without an optimal D: D is a table of logits that takes k steps of {d_step} a turn, the last one at once with G's step of {g_step},\n\
         {turns} turns, 3 outcomes.\n{}\
         The factor is by what a small distance from the equilibrium is multiplied in a turn: the spectral radius of the turn, linearised.\n\
         Above 1 the players circle without end; the amplitude is the largest total variation in the last quarter of the turns.\n",
        table(header, &games.iter().map(row).collect::<Vec<_>>())
    )
}

pub(super) fn games_json(games: &[finite_k::Report]) -> Vec<Value> {
    let game = |g: &finite_k::Report| {
        json!({
            "k": g.options.k, "simultaneous": g.options.order == Order::Simultaneous, "d_step": g.options.d_step,
            "g_step": g.options.g_step, "turns": g.options.turns, "kl": output::json(g.kullback_leibler),
            "amplitude": g.amplitude, "decay": output::json(g.decay), "rotations": g.rotations,
            "sign_changes": g.sign_changes, "factor_predicted": g.predicted, "factor_measured": g.measured,
            "total_variation": g.distance,
        })
    };
    games.iter().map(game).collect()
}

pub(super) fn samples_text(reports: &[overfitting::Report], outcomes: usize) -> String {
    let row = |r: &overfitting::Report| {
        [
            format!("  {}", r.samples),
            r.outcomes_seen.to_string(),
            short(r.divergence_to_samples),
            short(r.divergence_to_truth),
            short(r.kullback_leibler_to_truth),
            format!("{:.5}", r.value_on_training),
            format!("{:.5}", r.value_on_held_out),
        ]
    };
    let header =
        ["  samples", "outcomes seen", "JSD(samples, p_g)", "JSD(p_data, p_g)", "KL(p_data || p_g)", "V seen", "V held out"];
    format!(
        "Without p_data itself: D is shown samples only, again to its optimum at every step ({outcomes} outcomes).\n{}\
         p_g converges to the samples; what is left to p_data falls as 1 / n. V: of the best D against a perfect generator, p_g = p_data, on\n\
         the samples that it saw and on others: it believes to see a difference (V > -log 4 = -1.38629), and does worse than a coin on others.\n",
        table(header, &reports.iter().map(row).collect::<Vec<_>>())
    )
}

pub(super) fn samples_json(reports: &[overfitting::Report]) -> Vec<Value> {
    let report = |r: &overfitting::Report| {
        json!({
            "samples": r.samples, "outcomes_seen": r.outcomes_seen, "jsd_to_samples": r.divergence_to_samples,
            "jsd_to_p_data": r.divergence_to_truth, "kl_to_p_data": output::json(r.kullback_leibler_to_truth),
            "total_variation_to_p_data": r.total_variation_to_truth, "value_on_training": r.value_on_training,
            "value_on_held_out": r.value_on_held_out, "value_on_p_data": r.value_on_truth, "iterations": r.iterations,
        })
    };
    reports.iter().map(report).collect()
}
