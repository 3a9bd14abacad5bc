//! Plots as data: panels with axes, lines, points, arrows, shades and a legend, to be drawn as PNG, SVG or frames of a GIF.

use super::{Colour, DATA, DISCRIMINATOR, FAKE, PictureError};

/// A point of a plot.
pub type Point = (f64, f64);

/// Colours that are told apart in print and by the colour-blind (after Okabe and Ito); the first three mean the same in every
/// plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The data: black.
    Data,
    /// What the generator makes: green.
    Generator,
    /// What the discriminator says: blue.
    Discriminator,
    /// Orange.
    Orange,
    /// Purple.
    Purple,
    /// Red.
    Red,
    /// Sky blue.
    Sky,
    /// Brown.
    Brown,
    /// Grey, for what only helps to read.
    Grey,
}

impl Ink {
    /// Colours for curves that are merely to be told apart, in turn.
    pub fn series(i: usize) -> Ink {
        const ORDER: [Ink; 8] =
            [Ink::Discriminator, Ink::Orange, Ink::Generator, Ink::Purple, Ink::Red, Ink::Sky, Ink::Brown, Ink::Data];
        ORDER[i % ORDER.len()]
    }

    pub(super) fn colour(self) -> Colour {
        match self {
            Ink::Data => DATA,
            Ink::Generator => FAKE,
            Ink::Discriminator => DISCRIMINATOR,
            Ink::Orange => [230, 130, 0],
            Ink::Purple => [150, 70, 160],
            Ink::Red => [205, 40, 40],
            Ink::Sky => [70, 165, 220],
            Ink::Brown => [130, 85, 40],
            Ink::Grey => [140, 140, 148],
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Without gaps.
    Solid,
    /// Dashes.
    Dashed,
    /// Dots.
    Dotted,
}

/// What a panel shows, in the order in which it is drawn. An empty label has no entry in the legend.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Layer {
    Line {
        points: Vec<Point>,
        stroke: Stroke,
        ink: Ink,
        width: f64,
    },
    Dots {
        points: Vec<Point>,
        ink: Ink,
        radius: f64,
        opacity: f64,
    },
    Arrows {
        arrows: Vec<(Point, Point)>,
        ink: Ink,
        width: f64,
    },
    /// The area between a curve and a height.
    Shade {
        points: Vec<Point>,
        base: f64,
        ink: Ink,
    },
    /// Values of a grid, `[rows, columns]` from the lower left, over the whole panel; from white to the ink.
    Heat {
        values: Vec<f64>,
        columns: usize,
        range: (f64, f64),
        ink: Ink,
    },
    Note {
        at: Point,
        text: String,
        ink: Ink,
    },
}

/// An axis: what it shows, in which unit, over which interval.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Axis {
    pub(super) label: String,
    pub(super) range: Option<(f64, f64)>,
    pub(super) logarithmic: bool,
    pub(super) marked: Option<(f64, f64)>,
    pub(super) names: Vec<String>,
}

impl Axis {
    /// An axis with its label; it covers what is drawn.
    pub fn new(label: impl Into<String>) -> Axis {
        Axis { label: label.into(), ..Axis::default() }
    }

    /// Covers this interval instead; what lies outside is cut off.
    #[must_use]
    pub fn over(mut self, low: f64, high: f64) -> Axis {
        self.range = Some((low, high));
        self
    }

    /// Has ticks in this part only, where the rest is room for something else.
    #[must_use]
    pub fn marked(mut self, low: f64, high: f64) -> Axis {
        self.marked = Some((low, high));
        self
    }

    /// Has these names at 0, 1, 2, ... instead of numbers.
    #[must_use]
    pub fn named(mut self, names: Vec<String>) -> Axis {
        self.range = Some((-0.6, names.len().max(1) as f64 - 0.4));
        self.names = names;
        self
    }

    /// Divided by powers of ten; values that are not positive are not shown.
    #[must_use]
    pub fn logarithmic(mut self) -> Axis {
        self.logarithmic = true;
        self
    }
}

/// One plot of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) layers: Vec<(String, Layer)>,
    pub(super) same_scale: bool,
}

impl Panel {
    /// A panel with its title (which may be empty) and axes.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Panel {
        Panel { title: title.into(), x, y, layers: Vec::new(), same_scale: false }
    }

    fn with(mut self, label: impl Into<String>, layer: Layer) -> Panel {
        self.layers.push((label.into(), layer));
        self
    }

    /// A curve through `points`; it is broken where a coordinate is not finite.
    #[must_use]
    pub fn line(self, label: impl Into<String>, ink: Ink, stroke: Stroke, points: Vec<Point>) -> Panel {
        self.with(label, Layer::Line { points, stroke, ink, width: 2.0 })
    }

    /// A thin line that helps to read.
    #[must_use]
    pub fn guide(self, label: impl Into<String>, points: Vec<Point>) -> Panel {
        self.with(label, Layer::Line { points, stroke: Stroke::Solid, ink: Ink::Grey, width: 1.0 })
    }

    /// Points.
    #[must_use]
    pub fn dots(self, label: impl Into<String>, ink: Ink, radius: f64, points: Vec<Point>) -> Panel {
        self.with(label, Layer::Dots { points, ink, radius, opacity: 0.9 })
    }

    /// Arrows, each from the first point to the second.
    #[must_use]
    pub fn arrows(self, label: impl Into<String>, ink: Ink, arrows: Vec<(Point, Point)>) -> Panel {
        self.with(label, Layer::Arrows { arrows, ink, width: 1.1 })
    }

    /// A light shade between a curve and the height `base`.
    #[must_use]
    pub fn shade(self, ink: Ink, base: f64, points: Vec<Point>) -> Panel {
        self.with("", Layer::Shade { points, base, ink })
    }

    /// A map of values in a grid of `columns`, rows from the lowest, over the ranges of both axes (which must be given):
    /// white at the low end of `range`, the ink at the high one.
    #[must_use]
    pub fn heat(self, label: impl Into<String>, ink: Ink, columns: usize, range: (f64, f64), values: Vec<f64>) -> Panel {
        self.with(label, Layer::Heat { values, columns, range, ink })
    }

    /// Words at a place, centred above it.
    #[must_use]
    pub fn note(self, at: Point, ink: Ink, text: impl Into<String>) -> Panel {
        self.with("", Layer::Note { at, text: text.into(), ink })
    }

    /// Gives a unit the same length on both axes.
    #[must_use]
    pub fn same_scale(mut self) -> Panel {
        self.same_scale = true;
        self
    }

    /// Where everything lies that is to be seen, in values.
    pub(super) fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.layers.iter().flat_map(|(_, layer)| -> Box<dyn Iterator<Item = Point> + '_> {
            match layer {
                Layer::Line { points, .. } | Layer::Dots { points, .. } => Box::new(points.iter().copied()),
                Layer::Shade { points, base, .. } => Box::new(points.iter().flat_map(|&(x, y)| [(x, y), (x, *base)])),
                Layer::Arrows { arrows, .. } => Box::new(arrows.iter().flat_map(|&(a, b)| [a, b])),
                Layer::Note { at, .. } => Box::new(std::iter::once(*at)),
                Layer::Heat { .. } => Box::new(std::iter::empty()),
            }
        })
    }
}

/// Panels side by side and below one another.
///
/// ```
/// use gan_train::picture::{Axis, Figure, Ink, Panel, Stroke};
///
/// let curve = (0..=100).map(|i| f64::from(i) / 50.0 - 1.0).map(|x| (x, x * x)).collect();
/// let panel = Panel::new("a parabola", Axis::new("x"), Axis::new("x²")).line("x²", Ink::Data, Stroke::Solid, curve);
/// let figure = Figure::new(vec![panel]);
/// assert!(figure.svg()?.starts_with("<svg"));
/// assert_eq!(figure.picture()?.width, 620);
/// # Ok::<(), gan_train::picture::PictureError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub(super) panels: Vec<Panel>,
    pub(super) columns: usize,
    pub(super) size: (u32, u32),
}

impl Figure {
    /// A figure of these panels in one row, each 620 by 440 pixels.
    pub fn new(panels: Vec<Panel>) -> Figure {
        Figure { columns: panels.len().max(1), panels, size: (620, 440) }
    }

    /// Begins a new row after so many panels.
    #[must_use]
    pub fn columns(mut self, columns: usize) -> Figure {
        self.columns = columns.max(1);
        self
    }

    /// Width and height of a panel with its labels, in pixels.
    #[must_use]
    pub fn panel_size(mut self, width: u32, height: u32) -> Figure {
        self.size = (width, height);
        self
    }

    /// Width and height of the whole.
    pub(super) fn extent(&self) -> Result<(u32, u32), PictureError> {
        if self.panels.is_empty() {
            return Err(PictureError::Empty { what: "panels of a figure" });
        }
        let side = |n: usize, length: u32| usize::try_from(length).ok()?.checked_mul(n);
        let across = self.columns.min(self.panels.len());
        let (w, h) = super::check_size(side(across, self.size.0), side(self.panels.len().div_ceil(across), self.size.1))?;
        Ok((w as u32, h as u32))
    }
}
