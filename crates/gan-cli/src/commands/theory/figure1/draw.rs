//! The panels of Figure 1.

use gan::train::picture::{Axis, Ink, Panel, Point, Stroke};

use super::moment::Moment;

/// Below the densities: the line of z, as a share of their height.
const DEPTH: f64 = 0.34;
/// p_g is cut off above this multiple of the data's peak.
const CUT: f64 = 1.6;

/// One panel: p_data dotted, p_g solid, D dashed, D* thin, the lines of x and z and the arrows from z to G(z).
pub(super) fn panel(moment: &Moment, title: impl Into<String>, (low, high): (f64, f64)) -> Panel {
    let peak = moment.p_data.iter().copied().fold(0.0, f64::max);
    let top = (CUT * peak).max(1.08);
    let over = |y: &[f64]| -> Vec<Point> { moment.x.iter().copied().zip(y.iter().copied()).collect() };
    let floor = -DEPTH * top;
    // the latent values that are shown lie below the middle three fifths of x
    let below = |z: f64| low + (high - low) * (0.5 + 0.3 * z);
    let arrows = moment.arrows.iter().map(|&(z, x)| ((below(z), floor), (x, 0.0))).collect();
    let x = Axis::new("x = G(z)").over(low, high);
    let y = Axis::new("density; D(x)").over(1.18 * floor, top).marked(0.0, top);
    Panel::new(title, x, y)
        .guide("", vec![(low, 0.0), (high, 0.0)])
        .guide("", vec![(below(-1.0), floor), (below(1.0), floor)])
        .note((below(-1.0) - 0.03 * (high - low), floor - 0.03 * top), Ink::Grey, "z")
        .arrows("", Ink::Grey, arrows)
        .shade(Ink::Generator, 0.0, over(&moment.p_g))
        .line("p_data", Ink::Data, Stroke::Dotted, over(&moment.p_data))
        .line("p_g", Ink::Generator, Stroke::Solid, over(&moment.p_g))
        .line("D", Ink::Discriminator, Stroke::Dashed, over(&moment.d))
        .line("D*", Ink::Sky, Stroke::Solid, over(&moment.optimal))
}
