//! Draws the panels of a figure.

use plotters::element::{Circle, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform};

use super::canvas::{
    self, Area, Chart, Drawn, GAP, INK, LABEL, Margins, Mark, TICK, axes, line, plain_width_of, px, rgb, scaled_chart, text,
    width_of, words,
};
use super::clip::Window;
use super::figure::{Axis, Figure, Layer, Panel, Point, Stroke};
use super::scale::Scale;
use super::stroke::{arrow, stroke_along};
use super::{Picture, PictureError};

/// Heights of a title, a row of the legend and the label of an axis.
const TITLE: u32 = 28;
const ROW: u32 = 25;
const AXIS_LABEL: u32 = 24;
/// Room for tick labels left and below, and around everything.
const LEFT: u32 = 56;
const BELOW: u32 = 28;
const RIM: u32 = 16;
/// Size of a title's letters.
const HEADING: f64 = 19.0;

impl Figure {
    /// The figure in pixels.
    ///
    /// # Errors
    /// [`PictureError::Empty`] without panels, or for a panel without a finite point where an axis has no range;
    /// [`PictureError::TooLarge`]; [`PictureError::Plot`] for a range that is none.
    pub fn picture(&self) -> Result<Picture, PictureError> {
        let (width, height) = self.extent()?;
        let views = self.views()?;
        canvas::picture(width, height, |area| self.draw(area, &views))
    }

    /// The figure as the text of an SVG file.
    ///
    /// # Errors
    /// As [`picture`](Figure::picture).
    pub fn svg(&self) -> Result<String, PictureError> {
        let (width, height) = self.extent()?;
        let views = self.views()?;
        super::svg::svg(width, height, |area| self.draw(area, &views))
    }

    fn views(&self) -> Result<Vec<View>, PictureError> {
        self.panels.iter().map(View::new).collect()
    }

    fn draw(&self, area: &Area<'_>, views: &[View]) -> Drawn {
        let (width, height) = (px(f64::from(self.size.0)), px(f64::from(self.size.1)));
        for (i, (panel, view)) in self.panels.iter().zip(views).enumerate() {
            let (column, row) = ((i % self.columns) as i32, (i / self.columns) as i32);
            let (x, y) = (column * width, row * height);
            let area = area.clone().shrink((x, y), (width as u32, height as u32));
            panel.draw(&area, *view, self.size)?;
        }
        Ok(())
    }
}

/// What a panel shows of the plane, in coordinates of its axes.
#[derive(Clone, Copy)]
struct View {
    /// What is seen.
    window: Window,
    /// What the axes' ranges or the points ask for: as much or less.
    wanted: Window,
}

/// A value as a coordinate of an axis.
fn coordinate(axis: &Axis, v: f64) -> f64 {
    match axis.logarithmic {
        true if v > 0.0 => v.log10(),
        true => f64::NAN,
        false => v,
    }
}

impl View {
    fn new(panel: &Panel) -> Result<View, PictureError> {
        let interval = |axis: &Axis, values: &mut dyn Iterator<Item = f64>, room: f64| {
            if let Some((low, high)) = axis.range {
                let ends = (coordinate(axis, low), coordinate(axis, high));
                return match ends.0 < ends.1 && (ends.1 - ends.0).is_finite() {
                    true => Ok(ends),
                    false => Err(PictureError::Range { low: low as f32, high: high as f32 }),
                };
            }
            let finite = values.map(|v| coordinate(axis, v)).filter(|v| v.is_finite());
            let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            if low > high {
                return Err(PictureError::Empty { what: "finite points of a panel" });
            }
            // one value alone has room on both sides, too
            let margin = if high > low { room * (high - low) } else { 0.5 * low.abs().max(1.0) };
            Ok((low - margin, high + margin))
        };
        let x = interval(&panel.x, &mut panel.points().map(|p| p.0), 0.02)?;
        let y = interval(&panel.y, &mut panel.points().map(|p| p.1), 0.05)?;
        let wanted = Window { x, y };
        Ok(View { window: wanted, wanted })
    }

    /// Widens the shorter axis until a unit is as long on both.
    fn same_scale(mut self, (width, height): (f64, f64)) -> View {
        let Window { x, y } = self.window;
        let unit = ((x.1 - x.0) / width).max((y.1 - y.0) / height);
        let widen = |(low, high): (f64, f64), length: f64| {
            let middle = low.midpoint(high);
            (middle - unit * length / 2.0, middle + unit * length / 2.0)
        };
        self.window = Window { x: widen(x, width), y: widen(y, height) };
        self
    }
}

impl Panel {
    fn draw(&self, area: &Area<'_>, view: View, size: (u32, u32)) -> Drawn {
        let entries = self.entries();
        let title = if self.title.is_empty() { RIM / 2 } else { TITLE };
        let label = |axis: &Axis| if axis.label.is_empty() { 0 } else { AXIS_LABEL };
        let left = ticks(&self.y)? + label(&self.y);
        let rows = rows(&entries, px(f64::from(size.0.saturating_sub(left + RIM))))?;
        let margins = Margins { left, right: RIM, top: title + ROW * rows.len() as u32 + 6, bottom: BELOW + label(&self.x) };
        let plot = |side: u32, margins: u32| f64::from(side.saturating_sub(margins).max(20));
        let plot = (plot(size.0, margins.left + margins.right), plot(size.1, margins.top + margins.bottom));
        let view = if self.same_scale { view.same_scale(plot) } else { view };
        let scale = |axis: &Axis, ends| {
            let scale = if axis.logarithmic { Scale::logarithmic(ends) } else { Scale::even(ends).named(&axis.names) };
            let part = axis.marked.map(|(low, high)| (coordinate(axis, low), coordinate(axis, high)));
            part.map_or(scale.clone(), |part| scale.marked(part))
        };
        let mut chart = scaled_chart(area, margins, scale(&self.x, view.window.x), scale(&self.y, view.window.y))?;
        for (_, layer) in self.layers.iter().filter(|(_, l)| matches!(l, Layer::Heat { .. })) {
            self.layer(area, &mut chart, layer, &view)?;
        }
        axes(&mut chart, ((plot.0 / 85.0).ceil() as usize, (plot.1 / 60.0).ceil() as usize))?;
        for (_, layer) in self.layers.iter().filter(|(_, l)| !matches!(l, Layer::Heat { .. })) {
            self.layer(area, &mut chart, layer, &view)?;
        }
        let middle = f64::from(margins.left) + plot.0 / 2.0;
        centred(area, (px(middle), px(f64::from(TITLE) / 2.0 + 2.0)), HEADING, &self.title)?;
        centred(area, (px(middle), px(f64::from(size.1 - AXIS_LABEL / 2) - 4.0)), LABEL, &self.x.label)?;
        upright(area, (px(13.0), px(f64::from(margins.top) + plot.1 / 2.0)), &self.y.label)?;
        for (i, row) in rows.iter().enumerate() {
            let y = f64::from(title) + f64::from(ROW) * (i as f64 + 0.5);
            canvas::legend(area, f64::from(margins.left), y, row)?;
        }
        Ok(())
    }

    /// The entries of the legend.
    fn entries(&self) -> Vec<(Mark, super::Colour, String)> {
        let mark = |layer: &Layer| match layer {
            Layer::Line { stroke: Stroke::Solid, ink, .. } | Layer::Arrows { ink, .. } => Some((Mark::Solid, *ink)),
            Layer::Line { stroke: Stroke::Dashed, ink, .. } => Some((Mark::Dashed, *ink)),
            Layer::Line { stroke: Stroke::Dotted, ink, .. } => Some((Mark::Dotted, *ink)),
            Layer::Dots { ink, .. } | Layer::Heat { ink, .. } => Some((Mark::Point, *ink)),
            Layer::Shade { .. } | Layer::Note { .. } => None,
        };
        let named = self.layers.iter().filter(|(label, _)| !label.is_empty());
        named.filter_map(|(label, layer)| mark(layer).map(|(m, ink)| (m, ink.colour(), label.clone()))).collect()
    }

    fn layer(&self, area: &Area<'_>, chart: &mut Chart<'_, '_>, layer: &Layer, view: &View) -> Drawn {
        let (window, origin) = (&view.window, area.get_base_pixel());
        // plotters counts these from the picture's corner, but draws from the area's
        let pixel = |chart: &Chart<'_, '_>, p: &Point| {
            let (x, y) = chart.backend_coord(p);
            (x - origin.0, y - origin.1)
        };
        let place = |points: &[Point]| -> Vec<Point> {
            points.iter().map(|&(x, y)| (coordinate(&self.x, x), coordinate(&self.y, y))).collect()
        };
        let inside = |points: &[Point]| -> Vec<Point> { place(points).into_iter().filter(|&p| window.contains(p)).collect() };
        match layer {
            Layer::Line { points, stroke, ink, width } => {
                for piece in window.line(&place(points)) {
                    let piece: Vec<_> = piece.iter().map(|p| pixel(chart, p)).collect();
                    stroke_along(area, &piece, *stroke, ink.colour(), *width)?;
                }
            }
            Layer::Dots { points, ink, radius, opacity } => {
                let style = rgb(ink.colour()).mix(*opacity).filled();
                chart.draw_series(inside(points).into_iter().map(|p| Circle::new(p, px(*radius), style)))?;
            }
            Layer::Arrows { arrows, ink, width } => {
                for (a, b) in arrows {
                    let ends = place(&[*a, *b]);
                    let Some((from, to)) = window.segment(ends[0], ends[1]) else { continue };
                    // the head is drawn only where the arrow's own end is to be seen
                    let whole = window.contains(ends[1]);
                    arrow(area, pixel(chart, &from), pixel(chart, &to), whole, line(ink.colour(), 0.9, *width))?;
                }
            }
            Layer::Shade { points, base, ink } => {
                // cut off above and below, not left out: the area goes on there
                let held = |y: f64| y.clamp(window.y.0, window.y.1);
                let base = held(coordinate(&self.y, *base));
                let points: Vec<Point> = place(points).into_iter().map(|(x, y)| (x, held(y))).collect();
                for piece in window.line(&points) {
                    let ends = [piece.last(), piece.first()].into_iter().flatten().map(|p| (p.0, base));
                    let corners: Vec<Point> = piece.iter().copied().chain(ends).collect();
                    chart.draw_series([Polygon::new(corners, rgb(ink.colour()).mix(0.12).filled())])?;
                }
            }
            Layer::Heat { values, columns, range, ink } => {
                let columns = (*columns).max(1);
                let rows = values.len() / columns;
                let (left, bottom) = pixel(chart, &(view.wanted.x.0, view.wanted.y.0));
                let (right, top) = pixel(chart, &(view.wanted.x.1, view.wanted.y.1));
                let edge = |a: i32, b: i32, i: usize, n: usize| a + (f64::from(b - a) * i as f64 / n as f64).round() as i32;
                for (i, v) in values.iter().take(rows * columns).enumerate() {
                    let (c, r) = (i % columns, i / columns);
                    let share = ((v - range.0) / (range.1 - range.0)).clamp(0.0, 1.0);
                    // a value that is no number is left white
                    let share = if share.is_nan() { 0.0 } else { share };
                    let mixed = ink.colour().map(|k| (255.0 + share * (f64::from(k) - 255.0)).round() as u8);
                    // one unit of overlap, as a viewer of SVG shows a hair between neighbours
                    let (x0, x1) = (edge(left, right, c, columns), edge(left, right, c + 1, columns) + 1);
                    let (y0, y1) = (edge(bottom, top, r, rows), edge(bottom, top, r + 1, rows) - 1);
                    area.draw(&Rectangle::new([(x0, y1), (x1, y0)], rgb(mixed).filled()))?;
                }
            }
            Layer::Note { at, text: words, ink } => {
                if let Some(&p) = inside(&[*at]).first() {
                    let (x, y) = pixel(chart, &p);
                    let width = width_of(words, TICK)?;
                    canvas::words(area, (x - width / 2, y - px(12.0)), TICK, rgb(ink.colour()), words)?;
                }
            }
        }
        Ok(())
    }
}

/// Room for the tick labels of a vertical axis, in pixels of the figure.
fn ticks(axis: &Axis) -> Drawn<u32> {
    let widths = axis.names.iter().map(|name| plain_width_of(name, TICK)).collect::<Drawn<Vec<i32>>>()?;
    // what is drawn is as many pixels wide as `px` makes of one of the figure's
    let widest = widths.into_iter().max().map(|w| f64::from(w) / f64::from(px(100.0)) * 100.0);
    Ok(widest.map_or(LEFT, |w| (w.ceil() as u32 + 16).max(LEFT)))
}

/// Distributes entries over rows that are not wider than `width`.
fn rows(entries: &[(Mark, super::Colour, String)], width: i32) -> Drawn<Vec<Vec<(Mark, super::Colour, String)>>> {
    let mut rows: Vec<Vec<_>> = Vec::new();
    let mut used = width;
    for entry in entries {
        let needs = px(38.0 + GAP) + width_of(&entry.2, LABEL)?;
        match rows.last_mut() {
            Some(row) if used + needs <= width + px(GAP) => {
                row.push(entry.clone());
                used += needs;
            }
            _ => {
                rows.push(vec![entry.clone()]);
                used = needs;
            }
        }
    }
    Ok(rows)
}

fn centred(area: &Area<'_>, (x, y): (i32, i32), size: f64, label: &str) -> Drawn {
    let width = width_of(label, size)?;
    words(area, (x - width / 2, y), size, INK, label)?;
    Ok(())
}

/// A label that is read from below, centred at a point. It has no subscripts.
fn upright(area: &Area<'_>, at: (i32, i32), label: &str) -> Drawn {
    if label.is_empty() {
        return Ok(());
    }
    let style = text(LABEL, INK).transform(FontTransform::Rotate270).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw_text(label, &style, at)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Ink;

    /// A spike at the tip of a narrow angle would stand out to the right of it.
    #[test]
    fn sharp_corners_are_no_spikes() {
        let tip = vec![(0.0, 0.45), (5.0, 0.5), (0.0, 0.55)];
        let panel = Panel::new("", Axis::new("").over(0.0, 10.0), Axis::new("").over(0.0, 1.0));
        let picture = Figure::new(vec![panel.line("", Ink::Red, Stroke::Solid, tip)]).picture().unwrap();
        let middle = f64::from(LEFT) + 0.5 * (620.0 - f64::from(LEFT + RIM));
        let all = (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (x, y)));
        let right = all.filter(|&(x, y)| matches!(picture.pixel(x, y), Some([r, g, _]) if r > 150 && g < 100)).map(|p| p.0).max();
        assert!((middle - 2.0..middle + 3.0).contains(&(right.unwrap() as f64)), "{right:?} {middle}");
    }

    /// The legend begins where the plot does, so that its rows are as wide as the plot.
    #[test]
    fn the_legend_stays_inside() {
        let mut panel = Panel::new("", Axis::new("x"), Axis::new("y"));
        for label in ["KL", "reverse KL", "Pearson", "Neyman", "squared Hellinger", "total variation", "Jeffreys"] {
            panel = panel.line(label, Ink::Data, Stroke::Solid, vec![(0.0, 0.0), (1.0, 1.0)]);
        }
        for width in 300..700 {
            if width % 7 != 0 {
                continue;
            }
            let picture = Figure::new(vec![panel.clone()]).panel_size(width, 440).picture().unwrap();
            let rim = picture.width - (RIM as usize) / 2;
            let dark = (0..100).any(|y| (rim..picture.width).any(|x| picture.pixel(x, y).unwrap()[0] < 200));
            assert!(!dark, "{width}");
        }
    }

    #[test]
    fn a_circle_that_is_drawn_twice_is_whole() {
        let axis = || Axis::new("").over(-1.5, 1.5);
        let around =
            |times: i32| (0..=200 * times).map(|i| f64::from(i) * std::f64::consts::TAU / 200.0).map(|a| (a.cos(), a.sin()));
        let inked = |times| {
            let panel = Panel::new("", axis(), axis()).line("", Ink::Red, Stroke::Solid, around(times).collect());
            let picture = Figure::new(vec![panel]).picture().unwrap();
            picture.rgb.chunks(3).filter(|c| c[0] > 150 && c[1] < 100).count()
        };
        let (once, twice) = (inked(1), inked(2));
        assert!(once > 1000 && twice >= once, "{once} {twice}");
    }

    fn dot(x: f64, y: f64) -> Panel {
        Panel::new("", Axis::new("").over(0.0, 10.0), Axis::new("").over(0.0, 1.0)).dots("", Ink::Red, 4.0, vec![(x, y)])
    }

    /// The middle of what is red.
    fn red(picture: &Picture) -> Option<(f64, f64)> {
        let all = (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (x, y)));
        let red: Vec<_> = all.filter(|&(x, y)| matches!(picture.pixel(x, y), Some([r, g, _]) if r > 150 && g < 100)).collect();
        let mean = |f: fn(&(usize, usize)) -> usize| red.iter().map(|p| f(p) as f64).sum::<f64>() / red.len() as f64;
        (!red.is_empty()).then(|| (mean(|p| p.0), mean(|p| p.1)))
    }

    #[test]
    fn a_dot_is_where_its_values_are() {
        let picture = Figure::new(vec![dot(7.5, 0.25)]).picture().unwrap();
        let (left, right) = (f64::from(LEFT), 620.0 - f64::from(RIM));
        let (top, bottom) = (f64::from(RIM / 2 + 6), 440.0 - f64::from(BELOW));
        let (x, y) = red(&picture).unwrap();
        assert!((x - (left + 0.75 * (right - left))).abs() < 2.0, "{x}");
        assert!((y - (bottom - 0.25 * (bottom - top))).abs() < 2.0, "{y}");
        assert!(red(&Figure::new(vec![dot(17.5, 0.25)]).picture().unwrap()).is_none());
    }

    #[test]
    fn a_shade_goes_on_to_the_edge() {
        let axis = |label| Axis::new(label).over(0.0, 10.0);
        let panel = Panel::new("", axis(""), axis("")).shade(Ink::Red, -1e9, vec![(-1e9, 1e9), (5.0, 1e9)]);
        let picture = Figure::new(vec![panel]).picture().unwrap();
        let (left, right) = (LEFT as usize, 620 - RIM as usize);
        let (top, bottom) = ((RIM / 2 + 6) as usize, 440 - BELOW as usize);
        let middle = left.midpoint(right);
        let tinted = |x, y| matches!(picture.pixel(x, y), Some([r, g, _]) if r > g.saturating_add(5));
        for y in [top + 3, top.midpoint(bottom) + 5, bottom - 3] {
            assert!(tinted(left + 3, y) && tinted(middle - 3, y) && !tinted(middle + 3, y), "{y}");
        }
    }

    #[test]
    fn panels_stand_in_rows() {
        let figure = Figure::new(vec![dot(5.0, 2.0), dot(5.0, 2.0), dot(5.0, 0.5)]).columns(2).panel_size(200, 150);
        let picture = figure.picture().unwrap();
        assert_eq!((picture.width, picture.height), (400, 300));
        let (x, y) = red(&picture).unwrap();
        assert!(x < 200.0 && y > 150.0);
    }

    #[test]
    fn powers_of_ten_are_evenly_spaced() {
        let panel = |y: f64| {
            Panel::new("", Axis::new("").over(0.0, 1.0), Axis::new("").over(1e-4, 1.0).logarithmic()).dots(
                "",
                Ink::Red,
                4.0,
                vec![(0.5, y)],
            )
        };
        let at = |y: f64| red(&Figure::new(vec![panel(y)]).picture().unwrap()).map(|p| p.1);
        let (a, b, c) = (at(1e-1).unwrap(), at(1e-2).unwrap(), at(1e-3).unwrap());
        assert!(((b - a) - (c - b)).abs() < 2.0 && b - a > 50.0);
        assert_eq!(at(0.0), None);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_by_name() {
        let axis = || Axis::new("x");
        let empty = Panel::new("", axis(), axis()).line("", Ink::Data, Stroke::Solid, vec![(f64::NAN, 0.0)]);
        assert!(matches!(Figure::new(vec![empty]).picture(), Err(PictureError::Empty { .. })));
        assert!(matches!(Figure::new(vec![]).svg(), Err(PictureError::Empty { .. })));
        let range = Panel::new("", axis().over(1.0, 1.0), axis()).dots("", Ink::Data, 1.0, vec![(1.0, 1.0)]);
        assert!(matches!(Figure::new(vec![range]).picture(), Err(PictureError::Range { .. })));
        let huge = Figure::new(vec![dot(1.0, 1.0)]).panel_size(u32::MAX, u32::MAX);
        assert!(matches!(huge.picture(), Err(PictureError::TooLarge { .. })));
    }

    #[test]
    fn svg_has_the_same_size_and_text_as_text() {
        let svg = Figure::new(vec![Panel::new("title", Axis::new("x axis"), Axis::new("y")).dots(
            "p_g",
            Ink::Generator,
            3.0,
            vec![(0.0, 1.0)],
        )])
        .svg()
        .unwrap();
        assert!(svg.contains("width=\"620\" height=\"440\""), "{}", &svg[..200]);
        assert!(svg.contains("x axis") && svg.contains("title") && svg.contains("Noto Sans, "));
        assert!(!svg.contains("gan-train"));
    }
}
