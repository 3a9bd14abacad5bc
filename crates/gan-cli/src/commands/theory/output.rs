//! What the commands of the theory print and where they draw.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use gan::train::picture::{Figure, Picture, gif, write_file};
use serde_json::Value;

use crate::output::{quoted, say};

/// Numbers for people or programs, and pictures in a folder.
#[derive(clap::Args)]
pub(super) struct Output {
    /// Folder for the pictures; it is made if it does not exist
    #[arg(long, value_name = "DIR", default_value = "theory")]
    out: PathBuf,
    /// Kind of the pictures
    #[arg(long, value_name = "KIND", value_enum, default_value_t = Format::Png)]
    format: Format,
    /// Draw nothing
    #[arg(long, conflicts_with_all = ["out", "format"])]
    no_pictures: bool,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Png,
    Svg,
}

impl Output {
    /// Whether pictures are wanted; some take longer than the numbers.
    pub fn draws(&self) -> bool {
        !self.no_pictures
    }

    /// Draws a figure as `name.png` or `name.svg` into the folder; returns where, if pictures are wanted.
    pub fn figure(&self, name: &str, figure: &Figure) -> anyhow::Result<Option<PathBuf>> {
        if self.no_pictures {
            return Ok(None);
        }
        match self.format {
            Format::Png => self.write(&format!("{name}.png"), &figure.picture()?.to_png()?),
            Format::Svg => self.write(&format!("{name}.svg"), figure.svg()?.as_bytes()),
        }
        .map(Some)
    }

    /// Writes an animation as `name.gif`: a frame each `delay` hundredths of a second, the last one for `hold`.
    pub fn animation(&self, name: &str, frames: &[Picture], delay: u16, hold: u16) -> anyhow::Result<Option<PathBuf>> {
        if self.no_pictures {
            return Ok(None);
        }
        self.write(&format!("{name}.gif"), &gif(frames, delay, hold)?).map(Some)
    }

    fn write(&self, file: &str, encoded: &[u8]) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(&self.out).with_context(|| format!("cannot make the folder {}", self.out.display()))?;
        let path = self.out.join(file);
        write_file(&path, encoded)?;
        Ok(path)
    }

    /// Prints the text, or with `--json` the value, with the pictures that were drawn.
    pub fn print(&self, text: &str, mut value: Value, pictures: &[Option<PathBuf>]) -> anyhow::Result<()> {
        let pictures = || pictures.iter().flatten().map(PathBuf::as_path);
        if self.json {
            value["pictures"] = pictures().map(|p| Value::from(p.display().to_string())).collect();
            return say(serde_json::to_string_pretty(&value)?);
        }
        say(text.trim_end())?;
        let drawn: Vec<String> = pictures().map(|p: &Path| quoted(p)).collect();
        if drawn.is_empty() { Ok(()) } else { say(format!("\ndrawn: {}", drawn.join(" "))) }
    }
}

/// A number of JSON; infinities and what is no number as text, which JSON's numbers cannot hold.
pub(super) fn json(v: f64) -> Value {
    serde_json::Number::from_f64(v).map_or_else(|| Value::from(v.to_string()), Value::Number)
}

/// Rows in columns, each as wide as its widest cell; the first is set from the left, the others from the right.
pub(super) fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    let length = |s: &str| s.chars().count();
    let widths: [usize; N] =
        std::array::from_fn(|c| rows.iter().map(|r| length(&r[c])).chain([length(header[c])]).max().unwrap_or(0));
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).enumerate().map(|(c, (cell, width))| match c {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rows = rows.iter().map(|r| line(std::array::from_fn(|c| r[c].as_str())));
    std::iter::once(line(header)).chain(rows).collect::<Vec<_>>().join("\n") + "\n"
}

/// A number with about five digits that say something.
pub(super) fn short(v: f64) -> String {
    let size = v.abs();
    match size {
        _ if v == 0.0 => "0".to_owned(),
        _ if !v.is_finite() => v.to_string(),
        _ if !(1e-3..1e5).contains(&size) => format!("{v:.3e}"),
        _ => format!("{v:.5}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned() {
        let rows = [["a".to_owned(), "1".to_owned()], ["ψ longer".to_owned(), "12.5".to_owned()]];
        assert_eq!(table(["name", "x"], &rows), "name         x\na            1\nψ longer  12.5\n");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, 1.5, -1.0 / 3.0, 1e-9, f64::INFINITY].map(short), ["0", "1.50000", "-0.33333", "1.000e-9", "inf"]);
        assert_eq!(json(f64::INFINITY), Value::from("inf"));
        assert_eq!(json(0.5), Value::from(0.5));
    }
}
