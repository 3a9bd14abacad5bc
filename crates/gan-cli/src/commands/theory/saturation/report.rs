//! The numbers, for people and for programs.

use std::f64::consts::LN_2;

use gan::core::theory::{Plateau, TheoryError, plateau_of_gaussians, plateau_of_uniforms};
use serde_json::{Value, json};

use super::Args;
use super::curves::{Curves, Gradients};
use super::trained::Moment;
use crate::commands::theory::output::{self, short, table};

/// Confidences of D, and distances in shares of the chosen one, that the tables show.
const CONFIDENCES: [f64; 8] = [0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 20.0];
const SHARES: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 1.5, 2.0];
/// Rows of the training.
const ROWS: usize = 9;
/// Distances of the plateau in units of the width, and in standard deviations.
const WIDTHS: [f64; 6] = [0.0, 0.5, 0.9, 1.0, 2.0, 3.0];
const DEVIATIONS: [f64; 6] = [0.0, 1.0, 2.0, 5.0, 10.0, 30.0];

fn over_confidence(args: &Args) -> Result<Vec<Gradients>, TheoryError> {
    CONFIDENCES.iter().map(|t| Gradients::of(args.distance, args.std, *t, *t)).collect()
}

fn over_distance(args: &Args) -> Result<Vec<Gradients>, TheoryError> {
    SHARES.iter().map(|s| s * args.distance).map(|m| Gradients::of(m, args.std, 1.0, m)).collect()
}

fn plateaus(args: &Args) -> Result<[Vec<Plateau>; 2], TheoryError> {
    let uniforms = WIDTHS.iter().map(|w| plateau_of_uniforms(args.width, w * args.width));
    let gaussians = DEVIATIONS.iter().map(|s| plateau_of_gaussians(args.narrow, s * args.narrow));
    Ok([uniforms.collect::<Result<_, _>>()?, gaussians.collect::<Result<_, _>>()?])
}

/// Some moments of the training, the last one among them.
fn shown(trained: &[Moment]) -> Vec<Moment> {
    let last = trained.len().saturating_sub(1);
    let mut places: Vec<usize> = (0..ROWS).map(|i| last * i / (ROWS - 1)).collect();
    places.dedup();
    places.into_iter().filter_map(|i| trained.get(i).copied()).collect()
}

/// A ratio in three digits.
fn times(ratio: f64) -> String {
    match ratio {
        r if !(0.01..1e5).contains(&r) => format!("{r:.2e}"),
        r if r >= 100.0 => format!("{r:.0}"),
        r => format!("{r:.2}"),
    }
}

pub(super) fn text(curves: &Curves, args: &Args) -> Result<String, TheoryError> {
    let row = |g: &Gradients| [short(g.at), short(g.norm.0), short(g.norm.1), short(g.ratio())];
    let confidence: Vec<_> = over_confidence(args)?.iter().map(row).collect();
    let distance: Vec<_> = over_distance(args)?.iter().map(row).collect();
    let moment = |m: &Moment| {
        let ratio = short(m.non_saturating / m.minimax);
        [m.step.to_string(), short(m.value), short(m.d_fake), short(m.minimax), short(m.non_saturating), ratio]
    };
    let best = curves.optimum;
    let optimum =
        ["D*".to_owned(), short(curves.criterion), String::new(), short(best.norm.0), short(best.norm.1), short(best.ratio())];
    let trained: Vec<_> = shown(&curves.trained).iter().map(moment).chain([optimum]).collect();
    let plateau = |p: &Plateau| {
        let slopes = [short(p.jensen_shannon_slope), short(p.wasserstein_1_slope)];
        let [jsd, w1] = slopes;
        [short(p.distance), short(p.jensen_shannon), jsd, short(p.wasserstein_1), w1]
    };
    let [uniforms, gaussians] = plateaus(args)?.map(|list| list.iter().map(plateau).collect::<Vec<_>>());
    let last = curves.trained.last();
    let header = |at| [at, "log(1 - D)", "-log D", "ratio"];
    let columns = ["distance", "JSD", "its slope", "W1", "its slope"];
    Ok(format!(
        "The gradient that reaches G under its two losses, E log(1 - D(G(z))) and -E log D(G(z)) (Goodfellow et al. 2014, section 3).\n\
         Data N(0, 1), G(z) = {m} + {s} z; norms in G's mean and standard deviation, nats per standard deviation of the data.\n\n\
         D gets better while G stands still: its logit is t times that of D*; t = 0 knows nothing, 1 is D*, more is too sure\n{}\n\
         G is further away while D = D*\n{}\n\
         A network is trained as D, G stands still: measured gradients, as training meets them\n{}\n\
         At D* the gradient of -log D is {} times that of log(1 - D): both losses have the same fixed point, but only -log D has\n\
         a slope where D rejects all fakes. The trained D came within {} nats of C(G), with a ratio of {}; it is slow to learn its\n\
         slope among the fakes, of which its own loss sees little once it is right there.\n\n\
         The plateau: two equal densities, their means moved apart (Arjovsky et al. 2017, example 1); log 2 = {}.\n\
         Uniform, width {w}\n{}\n\
         Gaussian, standard deviation {n}\n{}\n\
         Where the supports are disjoint the divergence is log 2 and has no slope; the Wasserstein distance keeps the slope 1.",
        table(header("t"), &confidence),
        table(header("distance"), &distance),
        table(["step", "V(D, G)", "mean D(G(z))", "log(1 - D)", "-log D", "ratio"], &trained),
        times(best.ratio()),
        short(curves.criterion - last.map_or(f64::NAN, |m| m.value)),
        times(last.map_or(f64::NAN, |m| m.non_saturating / m.minimax)),
        short(LN_2),
        table(columns, &uniforms),
        table(columns, &gaussians),
        m = args.distance,
        s = args.std,
        w = args.width,
        n = args.narrow,
    ))
}

pub(super) fn json(curves: &Curves, args: &Args) -> Result<Value, TheoryError> {
    let gradients = |name: &str, g: &Gradients| {
        json!({
            name: g.at, "minimax": output::json(g.norm.0), "non_saturating": output::json(g.norm.1),
            "minimax_by_mean": output::json(g.by_mean.0), "non_saturating_by_mean": output::json(g.by_mean.1),
        })
    };
    let list = |name: &str, list: &[Gradients]| -> Vec<Value> { list.iter().map(|g| gradients(name, g)).collect() };
    let moment = |m: &Moment| {
        json!({
            "step": m.step, "value": output::json(m.value), "d_fake": output::json(m.d_fake),
            "minimax": output::json(m.minimax), "non_saturating": output::json(m.non_saturating),
        })
    };
    let plateau = |p: &Plateau| {
        json!({
            "distance": p.distance, "jensen_shannon": p.jensen_shannon, "jensen_shannon_slope": p.jensen_shannon_slope,
            "wasserstein_1": p.wasserstein_1, "wasserstein_1_slope": p.wasserstein_1_slope,
        })
    };
    let [uniforms, gaussians] = plateaus(args)?.map(|list| list.iter().map(plateau).collect::<Vec<_>>());
    let mut optimum = gradients("distance", &curves.optimum);
    optimum["criterion"] = output::json(curves.criterion);
    Ok(json!({
        "distance": args.distance, "std": args.std, "seed": args.seed, "width": args.width, "narrow": args.narrow,
        "confidence": list("t", &over_confidence(args)?),
        "optimal_d": list("distance", &over_distance(args)?),
        "optimum": optimum,
        "trained": curves.trained.iter().map(moment).collect::<Vec<_>>(),
        "uniforms": uniforms, "gaussians": gaussians,
    }))
}
