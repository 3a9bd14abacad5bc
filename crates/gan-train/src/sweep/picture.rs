//! A sweep's results as a plot: a panel for each metric, a row for each combination, a dot for each seed.

use super::Results;
use crate::picture::{Axis, Figure, Ink, Panel};

/// Height of a row, and of everything around the rows, in pixels.
const ROW: u32 = 26;
const AROUND: u32 = 100;

impl Results {
    /// The axis of a metric, with room for whole dots at both ends.
    fn axis(&self, metric: &str) -> Axis {
        let values = self.runs.iter().filter_map(|r| r.scores.get(metric)).filter(|x| x.is_finite());
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
        let axis = Axis::new("");
        if low < high { axis.over(low - 0.05 * (high - low), high + 0.05 * (high - low)) } else { axis }
    }

    /// The plot; nothing if no run has a value.
    pub fn figure(&self) -> Option<Figure> {
        // the first combination on top
        let names: Vec<String> = self.cells.iter().rev().map(|labels| labels.join(", ").replace('_', " ")).collect();
        let last = self.cells.len().saturating_sub(1);
        let panels: Vec<Panel> = self
            .metrics
            .iter()
            .filter_map(|metric| {
                let mut panel = Panel::new(metric.replace('_', " "), self.axis(metric), Axis::new("").named(names.clone()));
                let mut any = false;
                for (i, labels) in self.cells.iter().enumerate() {
                    let first = labels.first();
                    let group = self.cells.iter().map(|l| l.first()).fold(Vec::new(), |mut seen, l| {
                        if !seen.contains(&l) {
                            seen.push(l);
                        }
                        seen
                    });
                    let ink = Ink::series(group.iter().position(|l| *l == first).unwrap_or(0));
                    let y = (last - i) as f64;
                    let points: Vec<(f64, f64)> = self.values(i, metric).into_iter().map(|x| (x, y)).collect();
                    any |= points.iter().any(|p| p.0.is_finite());
                    if let Some(s) = self.spread(i, metric) {
                        panel = panel.guide("", vec![(s.mean, y - 0.35), (s.mean, y + 0.35)]);
                    }
                    panel = panel.dots("", ink, 4.0, points);
                }
                any.then_some(panel)
            })
            .collect();
        let height = AROUND + ROW * self.cells.len() as u32;
        (!panels.is_empty()).then(|| Figure::new(panels).columns(3).panel_size(620, height))
    }
}
