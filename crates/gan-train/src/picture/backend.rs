//! Where plots are drawn: on pixels or as SVG, behind one type, so that no drawing function is generic.

use std::error::Error;
use std::fmt;

use plotters::backend::{BitMapBackend, SVGBackend};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

/// Pixels in a buffer or the text of an SVG file.
pub(super) enum Backend<'a> {
    Pixels(BitMapBackend<'a>),
    Svg(SVGBackend<'a>),
}

/// What one of the backends said.
#[derive(Debug)]
pub(super) struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Fault {}

type Done<T = ()> = Result<T, DrawingErrorKind<Fault>>;

fn told<T, E: Error + Send + Sync>(result: Result<T, DrawingErrorKind<E>>) -> Done<T> {
    result.map_err(|fault| match fault {
        DrawingErrorKind::DrawingError(e) => DrawingErrorKind::DrawingError(Fault(e.to_string())),
        DrawingErrorKind::FontError(e) => DrawingErrorKind::FontError(e),
    })
}

/// Hands a call on to whichever backend it is.
macro_rules! either {
    ($self:ident, $b:ident => $call:expr) => {
        match $self {
            Backend::Pixels($b) => told($call),
            Backend::Svg($b) => told($call),
        }
    };
}

impl DrawingBackend for Backend<'_> {
    type ErrorType = Fault;

    fn get_size(&self) -> (u32, u32) {
        match self {
            Backend::Pixels(b) => b.get_size(),
            Backend::Svg(b) => b.get_size(),
        }
    }

    fn ensure_prepared(&mut self) -> Done {
        either!(self, b => b.ensure_prepared())
    }

    fn present(&mut self) -> Done {
        either!(self, b => b.present())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Done {
        either!(self, b => b.draw_pixel(point, color))
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        either!(self, b => b.draw_line(from, to, style))
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        either!(self, b => b.draw_rect(upper_left, bottom_right, style, fill))
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        either!(self, b => b.draw_path(path, style))
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Done {
        either!(self, b => b.draw_circle(center, radius, style, fill))
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Done {
        either!(self, b => b.fill_polygon(corners, style))
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        either!(self, b => b.draw_text(text, style, at))
    }

    fn estimate_text_size<S: BackendTextStyle>(&self, text: &str, style: &S) -> Done<(u32, u32)> {
        either!(self, b => b.estimate_text_size(text, style))
    }

    fn blit_bitmap(&mut self, at: BackendCoord, size: (u32, u32), source: &[u8]) -> Done {
        either!(self, b => b.blit_bitmap(at, size, source))
    }
}
