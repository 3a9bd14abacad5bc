//! The trained D of a run beside D*.

use std::path::Path;

use gan::core::theory::{Table, Yardsticks, sigmoid};
use gan::train::Session;
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};
use serde_json::json;

use super::super::cells::columns;
use super::super::output::{self, Output, short};
use crate::open;
use crate::options::Machine;

/// Cells along a side of a map: more are joined.
const SIDE: usize = 200;

/// Restores the run, compares, prints and draws.
pub(super) fn run(path: &Path, checkpoint: &str, samples: usize, machine: &Machine, output: &Output) -> anyhow::Result<()> {
    let mut session = open::session(path, checkpoint, machine)?;
    let (table, logits) = session.judged_table(samples, 1)?;
    let found = table.yardsticks(&logits)?;
    let d: Vec<f64> = logits.iter().copied().map(sigmoid).collect();
    let mut drawn = Vec::new();
    if output.draws() {
        let figure = if table.cells().dim() == 1 { line(&table, &d) } else { plane(&table, &d) };
        drawn.push(output.figure("trained-d", &figure)?);
    }
    let value = json!({
        "step": session.steps(), "value": output::json(found.value), "criterion": found.criterion, "jensen_shannon": found.jensen_shannon,
        "best_response_gap": output::json(found.best_response_gap), "optimal_d_distance": found.sup_norm,
        "optimal_d_squared_error": found.mean_squared,
    });
    output.print(&text(&session, &table, &found), value, &drawn)
}

fn text(session: &Session, table: &Table, found: &Yardsticks) -> String {
    let dim = table.cells().dim();
    let place: Vec<String> =
        table.cells().centres().chunks(dim).nth(found.sup_cell).unwrap_or_default().iter().map(|x| short(*x)).collect();
    let rows = [
        ("V(D, G)", found.value, "of the trained D"),
        ("C(G) = V(D*, G)", found.criterion, "of the best D; -log 4 = -1.38629 at p_g = p_data"),
        ("gap", found.best_response_gap, "what D could still gain, in nats"),
        ("JSD(p_data, p_g)", found.jensen_shannon, "in nats; at most log 2 = 0.69315"),
        ("mean (D - D*)^2", found.mean_squared, "under (p_data + p_g) / 2"),
    ];
    let rows: String = rows.iter().map(|(name, v, what)| format!("  {name:18} {:>9}  {what}\n", short(*v))).collect();
    format!(
        "{} at step {}: the trained D beside D* = p_data / (p_data + p_g), G with its trained weights\n\n{rows}  {:18} {:>9}  \
         at {}; where p_data + p_g exceeds a thousandth of its maximum\n",
        session.config().name,
        session.steps(),
        "max |D - D*|",
        short(found.sup_norm),
        place.join(", ")
    )
}

fn line(table: &Table, d: &[f64]) -> Figure {
    let x = table.cells().centres();
    let [data, g, optimal] = columns(table);
    let over = |y: &[f64]| -> Vec<Point> { x.iter().copied().zip(y.iter().copied()).collect() };
    let seen: Vec<f64> = x.iter().zip(&optimal).filter(|(_, d)| d.is_finite()).map(|(x, _)| *x).collect();
    let (low, high) = (seen.first().copied().unwrap_or(0.0), seen.last().copied().unwrap_or(1.0));
    let room = 0.05 * (high - low);
    let axis = || Axis::new("x").over(low - room, high + room);
    let top = 2.0 * data.iter().copied().fold(0.0, f64::max);
    let highest = g.iter().copied().fold(top / 2.0, f64::max).min(top);
    let densities = Panel::new("the data, and what G makes", axis(), Axis::new("density").over(0.0, 1.08 * highest))
        .shade(Ink::Generator, 0.0, over(&g))
        .line("p_data", Ink::Data, Stroke::Dotted, over(&data))
        .line("p_g", Ink::Generator, Stroke::Solid, over(&g));
    let judged = Panel::new("the trained D beside the best", axis(), Axis::new("probability").over(0.0, 1.0))
        .guide("1/2: cannot tell", vec![(low - room, 0.5), (high + room, 0.5)])
        .line("D, as trained", Ink::Discriminator, Stroke::Dashed, over(d))
        .line("D* = p_data / (p_data + p_g)", Ink::Sky, Stroke::Solid, over(&optimal));
    Figure::new(vec![densities, judged]).panel_size(620, 420)
}

fn plane(table: &Table, d: &[f64]) -> Figure {
    let cells = table.cells();
    let (edges_x, edges_y) = (cells.edges(0), cells.edges(1));
    let end = |edges: &[f64]| (edges.first().copied().unwrap_or(0.0), edges.last().copied().unwrap_or(1.0));
    let (x, y) = (end(&edges_x), end(&edges_y));
    let (along_x, along_y) = (cells.along(0), cells.along(1));
    let (columns_drawn, rows_drawn) = (along_x.min(SIDE), along_y.min(SIDE));
    // the first axis varies slowest in a table, along a row in a picture; of cells that share a place the largest value is shown
    let map = |title: &str, ink: Ink, values: &[f64], top: f64| {
        let mut drawn = vec![f64::NAN; columns_drawn * rows_drawn];
        for (cell, v) in values.iter().enumerate() {
            let (i, j) = (cell / along_y * columns_drawn / along_x, cell % along_y * rows_drawn / along_y);
            if let Some(place) = drawn.get_mut(j * columns_drawn + i) {
                *place = if place.is_nan() { *v } else { place.max(*v) };
            }
        }
        let axes = (Axis::new("x").over(x.0, x.1), Axis::new("y").over(y.0, y.1));
        Panel::new(title, axes.0, axes.1)
            .heat(format!("0 (white) to {top:.3}"), ink, columns_drawn, (0.0, top), drawn)
            .same_scale()
    };
    let [data, g, optimal] = columns(table);
    let most = |v: &[f64]| v.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    Figure::new(vec![
        map("p_data(x, y)", Ink::Data, &data, most(&data)),
        map("p_g(x, y), a kernel estimate", Ink::Generator, &g, most(&g)),
        map("D*, where either has mass", Ink::Discriminator, &optimal, 1.0),
        map("D, as trained", Ink::Discriminator, d, 1.0),
    ])
    .columns(2)
    .panel_size(520, 500)
}
