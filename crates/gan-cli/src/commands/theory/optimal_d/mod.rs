//! `gan theory optimal-d`: Prop. 1, D* and the numbers of a pair of densities, or of a run.

mod trained;

use std::path::PathBuf;

use gan::core::theory::continuous::Pair;
use gan::core::theory::densities::Density;
use gan::core::theory::pointwise_value;
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};
use serde_json::{Value, json};

use super::output::{self, Output, short, table};
use super::pair::{Densities, facts, lines, places, shown};
use crate::Outcome;
use crate::options::{Machine, which};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A run on the line or in the plane: its trained D beside D*, instead of two densities
    #[arg(value_name = "RUN|CHECKPOINT", conflicts_with_all = ["p_data", "p_g"])]
    run: Option<PathBuf>,
    /// Which checkpoint of the run: best, last or a step
    #[arg(long, value_name = "WHICH", default_value = "last", value_parser = which)]
    checkpoint: String,
    /// Samples of the run's G, where p_g has to be estimated
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(2..=20_000))]
    samples: u32,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    densities: Densities,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gan theory optimal-d
  gan theory optimal-d --p-data 'laplace' --p-g 'uniform(low=-2, high=2)'
  gan theory optimal-d --p-data ring --p-g 'gaussian(mean=[0, 0], std=[0.8, 0.8])'
  gan theory optimal-d runs/gaussian-1                                               the trained D beside D*";

/// Points of a curve, and cells along a side of a map.
const POINTS: usize = 600;
const SIDE: usize = 200;

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if let Some(path) = &args.run {
        trained::run(path, &args.checkpoint, args.samples as usize, &args.machine, &args.output)?;
        return Ok(Outcome::Done);
    }
    let both = args.densities.build()?;
    let pair = Pair::new(&*both[0], &*both[1])?;
    let facts = facts(&both)?;
    let places = places(&both);
    let optimal: Vec<f64> = places.iter().map(|x| pair.optimal_discriminator(x)).collect::<Result<_, _>>()?;
    let mut drawn = Vec::new();
    if args.output.draws() {
        drawn.push(args.output.figure("optimal-d", &figure(&both, &pair)?)?);
        drawn.push(args.output.figure("proposition-1", &proposition(&both, &places))?);
    }
    let rows: Vec<[String; 4]> = places
        .iter()
        .zip(&optimal)
        .map(|(x, d)| {
            // what is 0 but for rounding is 0
            let place: Vec<String> = x.iter().map(|v| short(if v.abs() < 1e-12 { 0.0 } else { *v })).collect();
            [place.join(", "), short(both[0].density(x)), short(both[1].density(x)), short(*d)]
        })
        .collect();
    let text = format!(
        "The optimal discriminator D*(x) = p_data(x) / (p_data(x) + p_g(x)) (Goodfellow et al. 2014, Prop. 1)\n\
         for {}.\n\n{}\nValues in nats:\n{}",
        args.densities.words(),
        table(["x", "p_data(x)", "p_g(x)", "D*(x)"], &rows),
        lines(&facts)
    );
    let at: Vec<Value> = places
        .iter()
        .zip(&optimal)
        .map(|(x, d)| json!({ "x": x, "p_data": both[0].density(x), "p_g": both[1].density(x), "optimal_d": d }))
        .collect();
    let numbers: serde_json::Map<_, _> = facts.iter().map(|(name, v, _)| ((*name).to_owned(), output::json(v.value))).collect();
    args.output.print(&text, json!({ "at": at, "values": numbers }), &drawn)?;
    Ok(Outcome::Done)
}

fn figure(both: &[Box<dyn Density>; 2], pair: &Pair<'_>) -> anyhow::Result<Figure> {
    match shown(both)[..] {
        [side] => line(both, pair, side),
        [x, y] => plane(both, pair, [x, y]),
        _ => unreachable!("densities have one or two coordinates"),
    }
}

/// Both densities and D* over the line.
fn line(both: &[Box<dyn Density>; 2], pair: &Pair<'_>, (low, high): (f64, f64)) -> anyhow::Result<Figure> {
    let x = |i: usize| low + (high - low) * i as f64 / POINTS as f64;
    let curve = |p: &dyn Density| -> Vec<Point> { (0..=POINTS).map(x).map(|x| (x, p.density(&[x]))).collect() };
    let d: Vec<Point> = (0..=POINTS).map(x).map(|x| Ok((x, pair.optimal_discriminator(&[x])?))).collect::<anyhow::Result<_>>()?;
    let axis = || Axis::new("x").over(low, high);
    let densities = Panel::new("what D has to tell apart", axis(), Axis::new("density"))
        .shade(Ink::Generator, 0.0, curve(&*both[1]))
        .line("p_data", Ink::Data, Stroke::Dotted, curve(&*both[0]))
        .line("p_g", Ink::Generator, Stroke::Solid, curve(&*both[1]));
    let best = Panel::new("the optimal discriminator", axis(), Axis::new("D*(x), a probability").over(0.0, 1.0))
        .guide("1/2: cannot tell", vec![(low, 0.5), (high, 0.5)])
        .line("D*(x) = p_data / (p_data + p_g)", Ink::Discriminator, Stroke::Dashed, d);
    Ok(Figure::new(vec![densities, best]).panel_size(620, 420))
}

/// Both densities and D* over the plane.
fn plane(both: &[Box<dyn Density>; 2], pair: &Pair<'_>, sides: [(f64, f64); 2]) -> anyhow::Result<Figure> {
    let at = |(low, high): (f64, f64), i: usize| low + (high - low) * (i as f64 + 0.5) / SIDE as f64;
    let places: Vec<[f64; 2]> = (0..SIDE * SIDE).map(|i| [at(sides[0], i % SIDE), at(sides[1], i / SIDE)]).collect();
    let axes = || (Axis::new("x").over(sides[0].0, sides[0].1), Axis::new("y").over(sides[1].0, sides[1].1));
    let map = |title: &str, ink: Ink, values: Vec<f64>, top: f64| {
        let (x, y) = axes();
        let label = format!("0 (white) to {top:.3}");
        Panel::new(title, x, y).heat(label, ink, SIDE, (0.0, top), values).same_scale()
    };
    let density = |p: &dyn Density| -> Vec<f64> { places.iter().map(|x| p.density(x)).collect() };
    let top = |v: &[f64]| v.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let (data, g) = (density(&*both[0]), density(&*both[1]));
    let d: Vec<f64> = places.iter().map(|x| Ok(pair.optimal_discriminator(x)?)).collect::<anyhow::Result<_>>()?;
    let (top_data, top_g) = (top(&data), top(&g));
    let panels = vec![
        map("p_data(x, y)", Ink::Data, data, top_data),
        map("p_g(x, y)", Ink::Generator, g, top_g),
        map("D*(x, y) = p_data / (p_data + p_g)", Ink::Discriminator, d, 1.0),
    ];
    Ok(Figure::new(panels).panel_size(480, 480))
}

/// The proof of Prop. 1, place by place: `y -> a log y + b log(1 - y)` with its peak at `a / (a + b)`.
fn proposition(both: &[Box<dyn Density>; 2], places: &[Vec<f64>]) -> Figure {
    // of the quantiles those in the middle, where D* is neither 0 nor 1
    let chosen = [1, 3, 4, 5, 6].into_iter().filter_map(|i| places.get(i));
    let chosen: Vec<(f64, f64)> = chosen.map(|x| (both[0].density(x), both[1].density(x))).collect();
    let mut panel = Panel::new(
        "Prop. 1, place by place: the peak is D*(x)",
        Axis::new("y = D(x)").over(0.0, 1.0),
        Axis::new("(a log y + b log(1 − y)) / (a + b), nats").over(-3.0, 0.0),
    );
    let mut peaks = Vec::new();
    for (i, (a, b)) in chosen.into_iter().filter(|(a, b)| a + b > 0.0).enumerate() {
        let best = a / (a + b);
        let value = |y: f64| pointwise_value(a, b, y) / (a + b);
        let curve = (1..400).map(|j| f64::from(j) / 400.0).map(|y| (y, value(y))).collect();
        panel = panel.line(format!("a / (a + b) = {best:.3}"), Ink::series(i), Stroke::Solid, curve);
        peaks.push((best, value(best)));
    }
    Figure::new(vec![panel.dots("peaks", Ink::Data, 4.0, peaks)]).panel_size(700, 480)
}
