//! Plots as SVG, with text that takes the same room whichever font the viewer has.

use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;

use super::backend::Backend;
use super::canvas::{Area, Drawn, FINE, FONT, INK, fault, rgb, set_font, text};
use super::{PictureError, WHITE};

/// What plotters divides the size of letters by.
const EM: f64 = 1.24;

/// What `draw` puts on a white ground, as the text of an SVG file, `width` by `height` pixels large unless it is scaled.
pub(super) fn svg(width: u32, height: u32, draw: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String, PictureError> {
    set_font()?;
    let mut file = String::new();
    {
        let size = (width * FINE, height * FINE);
        let area = Backend::Svg(SVGBackend::with_string(&mut file, size)).into_drawing_area();
        let drawn = area.fill(&rgb(WHITE)).map_err(Into::into).and_then(|()| draw(&area));
        drawn.and_then(|()| Ok(area.present()?)).map_err(|error| fault(error.to_string()))?;
    }
    let fine = format!("width=\"{}\" height=\"{}\" ", width * FINE, height * FINE);
    Ok(fitted(&file.replacen(&fine, &format!("width=\"{width}\" height=\"{height}\" "), 1)))
}

/// States the length of each text in the font of the pictures: a viewer with another font stretches it to fit.
fn fitted(file: &str) -> String {
    let mut out = String::with_capacity(file.len() + file.len() / 8);
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        let Some(tag) = line.strip_prefix("<text ").and_then(|l| l.strip_suffix('>')) else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let words = lines.next().unwrap_or_default();
        // the closing tag stands on a line of its own
        lines.next();
        let size = tag.split_once("font-size=\"").and_then(|(_, rest)| rest.split_once('"')?.0.parse::<f64>().ok());
        let length = size.and_then(|size| {
            let plain = words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
            let style = text(size * EM / f64::from(FINE), INK);
            style.font.box_size(&plain).ok()
        });
        let tag = tag.replace(&format!("\"{FONT}\""), "\"Noto Sans, Helvetica, Arial, sans-serif\"");
        let length = length.map_or_else(String::new, |(w, _)| format!(" textLength=\"{w}\" lengthAdjust=\"spacingAndGlyphs\""));
        out.push_str(&format!("<text {tag}{length} xml:space=\"preserve\">{words}</text>\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_state_their_length() {
        let file = svg(100, 50, |area| Ok(area.draw_text("a < b", &text(20.0, INK), (10, 10))?)).unwrap();
        let line = file.lines().find(|l| l.starts_with("<text")).unwrap();
        let width = text(20.0, INK).font.box_size("a < b").unwrap().0;
        assert!(line.contains(&format!("textLength=\"{width}\"")), "{line}");
        assert!(line.ends_with(">a &lt; b</text>") && !line.contains(FONT), "{line}");
        assert!(file.starts_with("<svg width=\"100\" height=\"50\" viewBox=\"0 0 300 150\""), "{file}");
        assert!(file.trim_end().ends_with("</svg>"));
    }
}
