//! `gan theory value`: the value of the game, over discriminators and over generators.

use gan::core::theory::LOG_4;
use gan::core::theory::continuous::Pair;
use gan::core::theory::densities::Density;
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};
use serde_json::{Value, json};

use super::output::{self, Output, short, table};
use super::pair::{Densities, facts, lines};
use crate::Outcome;
use crate::fault::Usage;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    densities: Densities,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gan theory value
  gan theory value --p-data 'gaussian' --p-g 'gaussian(mean=0.5)'

First D is varied about D* while G stands still: its logit is scaled (0 knows nothing, 1 is D*, more is too sure) and shifted
(D leans to one answer). Then G is varied: p_g is carried along the line past p_data, and D answers with D*.";

/// How sure D is, as a multiple of D*'s logit; and what is added to its logit.
const SURENESS: [f64; 9] = [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0];
const LEANING: [f64; 7] = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0];
/// Places to which p_g is carried.
const PLACES: usize = 60;

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let both = args.densities.build()?;
    let (p_data, p_g) = (&*both[0], &*both[1]);
    if p_data.dim() != 1 {
        return Err(Usage("the value is drawn on the line; for the plane see: gan theory optimal-d".to_owned()).into());
    }
    let pair = Pair::new(p_data, p_g)?;
    let facts = facts(&both)?;
    let best = pair.criterion()?.value;
    let value = |sureness: f64, leaning: f64| -> anyhow::Result<f64> {
        // where both densities are 0 the logit is 0; where one is, it is infinite, and stays so
        let logit = |x: &[f64]| match pair.optimal_logit(x).unwrap_or(0.0) * sureness + leaning {
            l if l.is_nan() => leaning,
            l => l,
        };
        Ok(pair.value_function(logit)?.value)
    };
    let sure: Vec<(f64, f64)> = SURENESS.iter().map(|&t| Ok((t, value(t, 0.0)?))).collect::<anyhow::Result<_>>()?;
    let lean: Vec<(f64, f64)> = LEANING.iter().map(|&c| Ok((c, value(1.0, c)?))).collect::<anyhow::Result<_>>()?;
    let carried = carried(p_data, p_g)?;

    let mut drawn = Vec::new();
    if args.output.draws() {
        let fine = |low: f64, high: f64| (0..=80).map(move |i| low + (high - low) * f64::from(i) / 80.0);
        let over_sure: Vec<Point> = fine(0.0, 3.0).map(|t| Ok((t, value(t, 0.0)?))).collect::<anyhow::Result<_>>()?;
        let over_lean: Vec<Point> = fine(-2.0, 2.0).map(|c| Ok((c, value(1.0, c)?))).collect::<anyhow::Result<_>>()?;
        drawn.push(args.output.figure("value", &figure(best, over_sure, over_lean, &carried))?);
    }
    let text = format!(
        "The value of the game V(D, G) = E_data log D(x) + E_g log(1 - D(x)) (Goodfellow et al. 2014, eq. 1), in nats,\n\
         for {}.\n\n\
         No D beats D*: logit of D = t times that of D*, or shifted by c (Prop. 1: V <= C(G))\n{}\n{}\n\
         No G beats p_g = p_data: p_g carried to other means, D = D* each time (Theorem 1: C(G) >= -log 4)\n{}\n{}",
        args.densities.words(),
        columns("t", &sure, best),
        columns("c", &lean, best),
        places(&carried),
        lines(&facts)
    );
    args.output.print(&text, as_json(best, &sure, &lean, &carried), &drawn)?;
    Ok(Outcome::Done)
}

/// C(G) and `2 JSD - log 4` where p_g has been carried by `by`.
struct Carried {
    by: f64,
    criterion: f64,
    by_divergence: f64,
}

/// Carries p_g along the line, as far as both densities reach.
fn carried(p_data: &dyn Density, p_g: &dyn Density) -> anyhow::Result<Vec<Carried>> {
    let (data, g) = (side(p_data)?, side(p_g)?);
    let middle = |(low, high): (f64, f64)| f64::midpoint(low, high);
    // from one side of the data to the other; the supports are wide, so a third of them is far
    let reach = ((data.1 - data.0) + (g.1 - g.0)) / 6.0;
    let centre = middle(data) - middle(g);
    (0..=PLACES)
        .map(|i| {
            let by = centre + reach * (2.0 * i as f64 / PLACES as f64 - 1.0);
            let moved = Carried::density(p_g, by, g);
            let pair = Pair::new(p_data, &moved)?;
            let (criterion, jsd) = (pair.criterion()?.value, pair.jensen_shannon()?.value);
            Ok(Carried { by, criterion, by_divergence: 2.0 * jsd - LOG_4 })
        })
        .collect()
}

impl Carried {
    fn density<'a>(p: &'a dyn Density, by: f64, (low, high): (f64, f64)) -> Moved<'a> {
        Moved { p, by, side: (low + by, high + by) }
    }
}

/// A density of the line, carried.
#[derive(Debug)]
struct Moved<'a> {
    p: &'a dyn Density,
    by: f64,
    side: (f64, f64),
}

impl Density for Moved<'_> {
    fn dim(&self) -> usize {
        1
    }
    fn density(&self, x: &[f64]) -> f64 {
        x.first().map_or(f64::NAN, |x| self.p.density(&[x - self.by]))
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        x.first().map_or(f64::NAN, |x| self.p.log_density(&[x - self.by]))
    }
    fn support(&self) -> Vec<(f64, f64)> {
        vec![self.side]
    }
    fn parts(&self) -> Vec<Vec<(f64, f64)>> {
        let carry = |side: (f64, f64)| (side.0 + self.by, side.1 + self.by);
        self.p.parts().into_iter().map(|part| part.into_iter().map(carry).collect()).collect()
    }
    fn breaks(&self, axis: usize) -> Vec<f64> {
        self.p.breaks(axis).into_iter().map(|b| b + self.by).collect()
    }
}

fn side(p: &dyn Density) -> anyhow::Result<(f64, f64)> {
    p.support().first().copied().ok_or_else(|| anyhow::anyhow!("a density without a support"))
}

fn figure(best: f64, sure: Vec<Point>, lean: Vec<Point>, carried: &[Carried]) -> Figure {
    let low = sure.iter().chain(&lean).map(|p| p.1).filter(|v| v.is_finite()).fold(-LOG_4, f64::min);
    let y = || Axis::new("V(D, G), nats").over(low - 0.1, (best + 0.25).min(0.1));
    let bound = |low: f64, high: f64| vec![(low, best), (high, best)];
    let over = |f: fn(&Carried) -> f64| -> Vec<Point> { carried.iter().map(|c| (c.by, f(c))).collect() };
    let ends = (carried.first().map_or(0.0, |c| c.by), carried.last().map_or(1.0, |c| c.by));
    let panels = vec![
        Panel::new("G stands still: D more or less sure", Axis::new("t, logit of D over that of D*").over(0.0, 3.0), y())
            .guide("C(G)", bound(0.0, 3.0))
            .line("V(D_t, G)", Ink::Discriminator, Stroke::Solid, sure)
            .dots("D*", Ink::Red, 4.0, vec![(1.0, best)]),
        Panel::new("G stands still: D leaning to one answer", Axis::new("c, added to the logit of D*").over(-2.0, 2.0), y())
            .guide("C(G)", bound(-2.0, 2.0))
            .line("V(D_c, G)", Ink::Discriminator, Stroke::Solid, lean)
            .dots("D*", Ink::Red, 4.0, vec![(0.0, best)]),
        Panel::new(
            "D answers with D*: p_g carried past p_data",
            Axis::new("distance by which p_g is carried").over(ends.0, ends.1),
            Axis::new("C(G), nats").over(-1.05 * LOG_4, 0.05),
        )
        .guide("−log 4, the least", vec![(ends.0, -LOG_4), (ends.1, -LOG_4)])
        .line("C(G) = V(D*, G)", Ink::Generator, Stroke::Solid, over(|c| c.criterion))
        .line("2 JSD − log 4", Ink::Data, Stroke::Dotted, over(|c| c.by_divergence)),
    ];
    Figure::new(panels).panel_size(500, 420)
}

fn columns(name: &str, rows: &[(f64, f64)], best: f64) -> String {
    let cells: Vec<[String; 3]> = rows.iter().map(|(t, v)| [format!("{t}"), short(*v), short(best - v)]).collect();
    table([name, "V(D, G)", "C(G) - V"], &cells)
}

fn places(carried: &[Carried]) -> String {
    let rows: Vec<[String; 4]> = carried
        .iter()
        .step_by(6)
        .map(|c| [short(c.by), short(c.criterion), short(c.by_divergence), short(c.criterion + LOG_4)])
        .collect();
    table(["carried by", "C(G)", "2 JSD - log 4", "C(G) + log 4"], &rows)
}

fn as_json(best: f64, sure: &[(f64, f64)], lean: &[(f64, f64)], carried: &[Carried]) -> Value {
    let pairs = |name: &str, rows: &[(f64, f64)]| -> Vec<Value> {
        rows.iter().map(|(t, v)| json!({ name: t, "value": output::json(*v) })).collect()
    };
    let places: Vec<Value> = carried
        .iter()
        .map(|c| json!({ "carried_by": c.by, "criterion": c.criterion, "from_jensen_shannon": c.by_divergence }))
        .collect();
    json!({ "criterion": best, "sureness": pairs("t", sure), "leaning": pairs("c", lean), "generators": places })
}
