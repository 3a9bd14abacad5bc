//! What all plots share: a canvas of smooth lines, one font, one look, a legend above.

use std::error::Error;
use std::sync::OnceLock;

use plotters::backend::BitMapBackend;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Cross, PathElement};
use plotters::prelude::Cartesian2d;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoTextStyle, RGBColor, ShapeStyle, TextStyle, register_font};

use super::backend::Backend;
use super::scale::Scale;
use super::{Colour, Picture, PictureError, WHITE};

/// The canvas has this many pixels for each of the picture in both directions: plotters draws circles and steep lines
/// with stairs, their mean is smooth.
pub(super) const FINE: u32 = 3;

/// The font of this module among those of plotters, which keeps one table for the whole process.
pub(super) const FONT: &str = "gan-train noto sans";
pub(super) const INK: RGBColor = RGBColor(70, 70, 78);
const FRAME: RGBColor = RGBColor(150, 150, 158);
const MESH: RGBColor = RGBColor(232, 232, 236);
/// The height of tick labels and of the legend, and the length of tick marks, in pixels.
pub(super) const TICK: f64 = 16.0;
pub(super) const LABEL: f64 = 18.0;
/// The room between two entries of a legend.
pub(super) const GAP: f64 = 24.0;
const TICK_MARK: f64 = 4.0;

pub(super) type Area<'a> = DrawingArea<Backend<'a>, Shift>;
pub(super) type Chart<'a, 'b> = ChartContext<'a, Backend<'b>, Cartesian2d<Scale, Scale>>;
pub(super) type Drawn<T = ()> = Result<T, Box<dyn Error>>;

/// A length of the picture in units of the canvas.
pub(super) fn px(length: f64) -> i32 {
    (length * f64::from(FINE)).round() as i32
}

pub(super) fn rgb([r, g, b]: Colour) -> RGBColor {
    RGBColor(r, g, b)
}

pub(super) fn line(colour: Colour, opacity: f64, width: f64) -> ShapeStyle {
    rgb(colour).mix(opacity).stroke_width(px(width) as u32)
}

pub(super) fn text(size: f64, colour: RGBColor) -> TextStyle<'static> {
    (FONT, px(size)).with_color(colour).into_text_style(&(0_u32, 0_u32))
}

/// A white picture of this size with what `draw` puts on it.
pub(super) fn picture(width: u32, height: u32, draw: impl FnOnce(&Area<'_>) -> Drawn) -> Result<Picture, PictureError> {
    set_font()?;
    let (fine_width, fine_height) = (width * FINE, height * FINE);
    let mut canvas = vec![WHITE[0]; 3 * fine_width as usize * fine_height as usize];
    {
        let area = Backend::Pixels(BitMapBackend::with_buffer(&mut canvas, (fine_width, fine_height))).into_drawing_area();
        draw(&area).and_then(|()| Ok(area.present()?)).map_err(|error| fault(error.to_string()))?;
    }
    Ok(reduced(&canvas, width as usize, height as usize))
}

pub(super) fn fault(message: String) -> PictureError {
    PictureError::Plot { message }
}

pub(super) fn set_font() -> Result<(), PictureError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    match REGISTERED.get_or_init(|| register_font(FONT, FontStyle::Normal, notosans::REGULAR_TTF).is_ok()) {
        true => Ok(()),
        false => Err(fault("the built-in font cannot be read".to_owned())),
    }
}

/// The mean of each square of `FINE` x `FINE` pixels.
fn reduced(canvas: &[u8], width: usize, height: usize) -> Picture {
    let fine = FINE as usize;
    let mut rgb = Vec::with_capacity(3 * width * height);
    let mut sums = vec![0_u32; 3 * width];
    for rows in canvas.chunks_exact(3 * width * fine * fine) {
        sums.fill(0);
        for row in rows.chunks_exact(3 * width * fine) {
            for (sum, pixels) in sums.as_chunks_mut::<3>().0.iter_mut().zip(row.chunks_exact(3 * fine)) {
                for pixel in pixels.as_chunks::<3>().0 {
                    (0..3).for_each(|c| sum[c] += u32::from(pixel[c]));
                }
            }
        }
        rgb.extend(sums.iter().map(|sum| ((sum + FINE * FINE / 2) / (FINE * FINE)) as u8));
    }
    Picture { width, height, rgb }
}

/// Room about the plotting area, in pixels of the picture: what axes, ticks and legend need.
#[derive(Clone, Copy)]
pub(super) struct Margins {
    pub left: u32,
    pub right: u32,
    pub top: u32,
    pub bottom: u32,
}

/// Axes over `x` and `y` within the margins.
pub(super) fn chart<'a, 'b>(area: &Area<'b>, m: Margins, x: (f64, f64), y: (f64, f64)) -> Drawn<Chart<'a, 'b>> {
    scaled_chart(area, m, Scale::even(x), Scale::even(y))
}

/// The same over axes of any kind.
pub(super) fn scaled_chart<'a, 'b>(area: &Area<'b>, m: Margins, x: Scale, y: Scale) -> Drawn<Chart<'a, 'b>> {
    let size = |length: u32| length * FINE;
    Ok(ChartBuilder::on(area)
        .margin_top(size(m.top))
        .margin_right(size(m.right))
        .x_label_area_size(size(m.bottom))
        .y_label_area_size(size(m.left))
        .build_cartesian_2d(x, y)?)
}

/// Mesh, frame and tick labels.
pub(super) fn axes(chart: &mut Chart<'_, '_>, ticks: (usize, usize)) -> Drawn {
    chart
        .configure_mesh()
        .x_labels(ticks.0)
        .y_labels(ticks.1)
        .max_light_lines(0)
        .bold_line_style(MESH.stroke_width(px(1.0) as u32))
        .axis_style(FRAME.stroke_width(px(1.0) as u32))
        .label_style(text(TICK, INK))
        .set_all_tick_mark_size(px(TICK_MARK))
        .draw()?;
    Ok(())
}

/// A second vertical axis on the right in its own colour, over the values from `low` to `high`.
pub(super) fn right_axis(area: &Area<'_>, chart: &Chart<'_, '_>, (low, high): (f64, f64), colour: Colour) -> Drawn {
    let style = text(TICK, rgb(colour)).pos(Pos::new(HPos::Left, VPos::Center));
    let frame = line(colour, 0.7, 1.0);
    let (columns, rows) = chart.plotting_area().get_pixel_range();
    let x = columns.end;
    area.draw(&PathElement::new([(x, rows.start), (x, rows.end)], frame))?;
    let values = Scale::even((low, high));
    for value in values.key_points(6) {
        let y = values.map(&value, (rows.end, rows.start));
        area.draw(&PathElement::new([(x, y), (x + px(TICK_MARK), y)], frame))?;
        area.draw_text(&number(value), &style, (x + px(2.0 * TICK_MARK), y))?;
    }
    Ok(())
}

/// A number as it stands at a tick: no digits that say nothing, powers of ten where it would be long.
pub(super) fn number(v: f64) -> String {
    let size = v.abs();
    if size != 0.0 && !(1e-3..1e5).contains(&size) {
        return format!("{v:.3e}").replace(".000e", "e").replace("00e", "e");
    }
    let digits = format!("{v:.4}");
    let trimmed = digits.trim_end_matches('0').trim_end_matches('.');
    if trimmed == "-0" { "0".to_owned() } else { trimmed.to_owned() }
}

/// How an entry of the legend looks.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Point,
    Cross,
    Solid,
    Dashed,
    Dotted,
}

/// Writes the entries in one row above the plot, from `left`, on the line `y` (pixels of the picture). What follows an
/// underscore in a label, up to a space, is a subscript.
pub(super) fn legend(area: &Area<'_>, left: f64, y: f64, entries: &[(Mark, Colour, String)]) -> Drawn {
    let mut x = px(left);
    let y = px(y);
    for (mark, colour, label) in entries {
        x = sample(area, (x, y), *mark, *colour)? + px(8.0);
        x = words(area, (x, y), LABEL, INK, label)? + px(GAP);
    }
    Ok(())
}

/// Writes a label from `(x, y)`, the middle of its height, to the right and returns where it ends. What follows an underscore
/// is a subscript, up to what is no letter, digit or sign.
pub(super) fn words(area: &Area<'_>, (mut x, y): (i32, i32), size: f64, colour: RGBColor, label: &str) -> Drawn<i32> {
    for (part, size, lower) in parts(label, size) {
        let style = text(size, colour).pos(Pos::new(HPos::Left, VPos::Center));
        // What the font calls the middle of a line lies above that of its small letters.
        area.draw_text(part, &style, (x, y + px(1.5 + lower)))?;
        x += style.font.box_size(part)?.0 as i32;
    }
    Ok(x)
}

/// The width of a label on the canvas.
pub(super) fn width_of(label: &str, size: f64) -> Drawn<i32> {
    parts(label, size).try_fold(0, |sum, (part, size, _)| Ok(sum + text(size, INK).font.box_size(part)?.0 as i32))
}

/// How wide a text is that is drawn as it stands, without subscripts.
pub(super) fn plain_width_of(label: &str, size: f64) -> Drawn<i32> {
    Ok(text(size, INK).font.box_size(label)?.0 as i32)
}

/// The pieces of a label with their sizes and how far below the line they stand.
fn parts(label: &str, size: f64) -> impl Iterator<Item = (&str, f64, f64)> {
    label.split('_').enumerate().flat_map(move |(i, piece)| {
        let end = if i == 0 { 0 } else { piece.find(|c: char| !c.is_alphanumeric() && c != '*').unwrap_or(piece.len()) };
        let (subscript, rest) = piece.split_at(end);
        [(subscript, 0.75 * size, 0.22 * size), (rest, size, 0.0)].into_iter().filter(|(part, ..)| !part.is_empty())
    })
}

/// Draws how an entry looks, to the right of `(x, y)`, and returns where it ends.
fn sample(area: &Area<'_>, (x, y): (i32, i32), mark: Mark, colour: Colour) -> Drawn<i32> {
    let end = x + match mark {
        Mark::Point | Mark::Cross => px(10.0),
        Mark::Solid | Mark::Dashed | Mark::Dotted => px(30.0),
    };
    let middle = ((x + end) / 2, y);
    let filled = rgb(colour).filled();
    match mark {
        Mark::Point => area.draw(&Circle::new(middle, px(4.0), filled))?,
        Mark::Cross => area.draw(&Cross::new(middle, px(4.0), line(colour, 1.0, 1.6)))?,
        Mark::Solid => area.draw(&PathElement::new([(x, y), (end, y)], line(colour, 1.0, 2.2)))?,
        Mark::Dashed => {
            for start in [x, x + px(11.0), x + px(22.0)] {
                area.draw(&PathElement::new([(start, y), (start + px(8.0), y)], line(colour, 1.0, 2.0)))?;
            }
        }
        Mark::Dotted => {
            for i in 0..5 {
                area.draw(&Circle::new((x + px(3.0) + px(6.0) * i, y), px(1.4), filled))?;
            }
        }
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_ticks_are_short() {
        let texts = [0.0, -0.0, 1.0, -2.5, 0.1 + 0.2, 1e-17 - 0.0, 250.0, 1e6, -2.5e-4, 1.234e9];
        assert_eq!(texts.map(number), ["0", "0", "1", "-2.5", "0.3", "1e-17", "250", "1e6", "-2.5e-4", "1.234e9"]);
    }

    #[test]
    fn the_canvas_is_reduced_by_its_mean() {
        let (w, h) = (2 * FINE as usize, FINE as usize);
        let canvas: Vec<u8> =
            (0..w * h).flat_map(|i| if i % w < w / 2 { [(i / w) as u8 * 30, 9, 255] } else { [0; 3] }).collect();
        assert_eq!(reduced(&canvas, 2, 1), Picture { width: 2, height: 1, rgb: vec![30, 9, 255, 0, 0, 0] });
    }

    #[test]
    fn text_is_set_without_fonts_of_the_system() {
        let drawn = picture(80, 20, |area| legend(area, 2.0, 10.0, &[(Mark::Point, [0; 3], "data".to_owned())])).unwrap();
        // Right of the mark only letters can be dark.
        assert!((21..80).any(|x| (0..20).any(|y| drawn.pixel(x, y).unwrap()[0] < 150)));
    }
}
