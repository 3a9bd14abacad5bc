//! Pictures in succession, as a GIF file.

use std::collections::{BTreeMap, HashMap};

use color_quant::NeuQuant;

use super::{Colour, Picture, PictureError};

/// Pixels from which the colours are chosen.
const LOOKED_AT: usize = 1 << 16;

/// An endless animation of pictures of one size, each shown for `delay` hundredths of a second, the last one for `hold`.
///
/// All frames share 256 colours, so that nothing flickers; a frame holds only the rectangle that differs from the one before.
///
/// # Errors
/// [`PictureError::Empty`] without pictures; [`PictureError::Size`] if one does not have the size of the first;
/// [`PictureError::Animation`] if the encoder refuses.
///
/// ```
/// use gan_train::picture::{Picture, PictureError, gif};
///
/// let grey = |v: u8| Picture { width: 4, height: 3, rgb: vec![v; 36] };
/// let file = gif(&[grey(0), grey(120), grey(250)], 10, 100)?;
/// assert!(file.starts_with(b"GIF89a"));
/// # Ok::<(), PictureError>(())
/// ```
pub fn gif(pictures: &[Picture], delay: u16, hold: u16) -> Result<Vec<u8>, PictureError> {
    let first = pictures.first().ok_or(PictureError::Empty { what: "pictures of an animation" })?;
    let size = |p: &Picture| PictureError::Size { width: p.width, height: p.height, found: p.rgb.len() };
    let pixels = first.width.checked_mul(first.height).filter(|&n| n > 0).ok_or_else(|| size(first))?;
    for p in pictures {
        if (p.width, p.height) != (first.width, first.height) || p.rgb.len() != 3 * pixels {
            return Err(size(p));
        }
    }
    let (Ok(width), Ok(height)) = (u16::try_from(first.width), u16::try_from(first.height)) else { return Err(size(first)) };
    let mut palette = Palette::of(pictures);
    let fault = |e: gif::EncodingError| PictureError::Animation(e.to_string());
    let mut file = Vec::new();
    {
        let mut encoder = gif::Encoder::new(&mut file, width, height, &palette.colours).map_err(fault)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(fault)?;
        let mut before: Option<Vec<u8>> = None;
        for (i, picture) in pictures.iter().enumerate() {
            let indices: Vec<u8> = picture.rgb.as_chunks::<3>().0.iter().map(|&c| palette.index(c)).collect();
            let (left, top, w, h) = changed(before.as_deref(), &indices, first.width);
            let rows = indices.chunks_exact(first.width).skip(top).take(h);
            let part: Vec<u8> = rows.flat_map(|row| row[left..left + w].iter().copied()).collect();
            // no wider than the whole, whose sides fit
            let mut frame =
                gif::Frame { left: left as u16, top: top as u16, width: w as u16, height: h as u16, ..gif::Frame::default() };
            frame.buffer = part.into();
            frame.delay = if i + 1 == pictures.len() { hold } else { delay };
            frame.dispose = gif::DisposalMethod::Keep;
            encoder.write_frame(&frame).map_err(fault)?;
            before = Some(indices);
        }
    }
    Ok(file)
}

/// The least rectangle that holds all that differs: left, top, width, height; one pixel where nothing does.
fn changed(before: Option<&[u8]>, now: &[u8], width: usize) -> (usize, usize, usize, usize) {
    let Some(before) = before else { return (0, 0, width, now.len() / width) };
    let differs = || before.iter().zip(now).enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| (i % width, i / width));
    let Some((first, last)) = differs().map(|p| p.1).next().zip(differs().map(|p| p.1).next_back()) else { return (0, 0, 1, 1) };
    let (left, right) = differs().fold((usize::MAX, 0), |(l, r), (x, _)| (l.min(x), r.max(x)));
    (left, first, right - left + 1, last - first + 1)
}

/// At most 256 colours, and for each colour met the nearest of them.
struct Palette {
    colours: Vec<u8>,
    chosen: Option<NeuQuant>,
    known: HashMap<Colour, u8>,
}

impl Palette {
    /// The colours themselves if they are few, else those that a neural network settles on (Dekker 1994), with the most frequent
    /// one, the ground of a plot, exactly.
    fn of(pictures: &[Picture]) -> Self {
        let mut counts: BTreeMap<Colour, usize> = BTreeMap::new();
        let pixels = || pictures.iter().flat_map(|p| p.rgb.as_chunks::<3>().0);
        pixels().for_each(|&c| *counts.entry(c).or_default() += 1);
        if counts.len() <= 256 {
            let known = counts.keys().zip(0..=255).map(|(&c, i)| (c, i)).collect();
            return Self { colours: counts.into_keys().flatten().collect(), chosen: None, known };
        }
        let all: usize = pictures.iter().map(|p| p.rgb.len() / 3).sum();
        // odd, so that it rarely falls into one column
        let stride = (all / LOOKED_AT).max(1) | 1;
        let looked: Vec<u8> = pixels().step_by(stride).flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
        let chosen = NeuQuant::new(1, 256, &looked);
        let mut palette = Self { colours: chosen.color_map_rgb(), chosen: Some(chosen), known: HashMap::new() };
        if let Some((&ground, _)) = counts.iter().max_by_key(|(_, n)| **n) {
            let at = 3 * usize::from(palette.index(ground));
            palette.colours[at..at + 3].copy_from_slice(&ground);
        }
        palette
    }

    fn index(&mut self, [r, g, b]: Colour) -> u8 {
        let chosen = &self.chosen;
        *self.known.entry([r, g, b]).or_insert_with(|| chosen.as_ref().map_or(0, |c| c.index_of(&[r, g, b, 255]) as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(file: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(file).unwrap();
        let (w, h) = (usize::from(decoder.width()), usize::from(decoder.height()));
        let mut canvas = vec![0u8; 4 * w * h];
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            for (y, row) in frame.buffer.chunks(4 * usize::from(frame.width)).enumerate() {
                let at = 4 * ((y + usize::from(frame.top)) * w + usize::from(frame.left));
                canvas[at..at + row.len()].copy_from_slice(row);
            }
            frames.push((frame.delay, canvas.clone()));
        }
        frames
    }

    #[test]
    fn frames_come_back() {
        let mut pictures = vec![Picture::filled(9, 5, [255; 3]); 3];
        pictures[1].fill((2, 1), (3, 2), [200, 30, 40]);
        pictures[2].fill((6, 3), (1, 1), [20, 30, 200]);
        let frames = decode(&gif(&pictures, 7, 90).unwrap());
        assert_eq!(frames.iter().map(|f| f.0).collect::<Vec<_>>(), [7, 7, 90]);
        for (picture, (_, rgba)) in pictures.iter().zip(&frames) {
            for (want, got) in picture.rgb.chunks(3).zip(rgba.chunks(4)) {
                assert!(want.iter().zip(got).all(|(a, b)| a.abs_diff(*b) == 0), "{want:?} {got:?}");
            }
        }
    }

    #[test]
    fn many_colours_come_back_nearly() {
        let rgb = (0..64 * 64).flat_map(|i| [(i % 64 * 4) as u8, (i / 64 * 4) as u8, 255]).collect();
        let mut picture = Picture { width: 64, height: 64, rgb };
        picture.fill((0, 0), (64, 20), [251, 252, 253]);
        let (_, rgba) = &decode(&gif(std::slice::from_ref(&picture), 1, 1).unwrap())[0];
        assert_eq!(rgba[..4], [251, 252, 253, 255]);
        let off = |(want, got): (&[u8], &[u8])| -> u64 { want.iter().zip(got).map(|(a, b)| u64::from(a.abs_diff(*b))).sum() };
        let sum: u64 = picture.rgb.chunks(3).zip(rgba.chunks(4)).map(off).sum();
        // 2,800 colours on 256: eleven share one, which is 4 levels off in two channels
        assert!(sum < 12 * 64 * 64, "{sum}");
    }

    #[test]
    fn only_what_changes_is_stored() {
        assert_eq!(changed(None, &[0; 12], 4), (0, 0, 4, 3));
        assert_eq!(changed(Some(&[0; 12]), &[0; 12], 4), (0, 0, 1, 1));
        let mut now = [0; 12];
        (now[5], now[10]) = (1, 1);
        assert_eq!(changed(Some(&[0; 12]), &now, 4), (1, 1, 2, 2));
    }

    #[test]
    fn pictures_that_do_not_fit_are_refused() {
        assert!(matches!(gif(&[], 1, 1), Err(PictureError::Empty { .. })));
        let odd = [Picture::filled(4, 4, [0; 3]), Picture::filled(4, 5, [0; 3])];
        assert!(matches!(gif(&odd, 1, 1), Err(PictureError::Size { height: 5, .. })));
        assert!(matches!(gif(&[Picture { width: 0, height: 0, rgb: vec![] }], 1, 1), Err(PictureError::Size { .. })));
    }
}
