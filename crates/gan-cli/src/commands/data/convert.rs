//! `gan data convert`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use gan::datasets::Dataset;
use gan::train::{TrainError, files};
use npyz::WriterBuilder;

use super::Which;
use crate::Outcome;
use crate::fault::Usage;
use crate::output::{counted, is_stdout, say, write_file};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// What to write
    #[arg(long)]
    to: Format,
    /// The file, or the folder of pictures; - for the standard output
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A file of values in the set's own range, and beside it NAME-labels.npy if there are classes
    Npy,
    /// A folder of pictures, with a folder for each class if there are classes
    Png,
}

const EXAMPLES: &str = "\
Examples:
  gan data convert digits --to npy --out digits.npy  and digits-labels.npy, for numpy.load
  gan data convert mnist --split test --to png --out pictures";

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let set = args.which.open()?;
    match args.to {
        Format::Npy => npy(&*set, &args.out)?,
        Format::Png => pictures(&*set, &args.out)?,
    }
    if !is_stdout(&args.out) {
        say(format!("{} in {}", counted(set.len() as u64, "sample"), args.out.display()))?;
    }
    Ok(Outcome::Done)
}

/// Writes samples `[n, shape...]` of `f32`, and labels `[n]` of `u32` beside them.
fn npy(set: &dyn Dataset, path: &Path) -> anyhow::Result<()> {
    let shape: Vec<u64> = std::iter::once(set.len()).chain(set.sample_shape().iter().copied()).map(|n| n as u64).collect();
    write_file(path, |out| {
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(out).begin_nd()?;
        let mut x = vec![0.0f32; set.sample_len()];
        for i in 0..set.len() {
            set.read(i, &mut x).map_err(io::Error::other)?;
            writer.extend(x.iter().copied())?;
        }
        writer.finish()
    })?;
    if set.classes().is_none() || is_stdout(path) {
        return Ok(());
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-labels.npy");
    write_file(&path.with_file_name(name), |out| {
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape[..1]).writer(out).begin_nd()?;
        writer.extend((0..set.len()).map(|i| set.label(i).unwrap_or_default()))?;
        writer.finish()
    })
}

/// Writes `CLASS/NUMBER.png`, or `NUMBER.png` without classes, into a new folder.
fn pictures(set: &dyn Dataset, folder: &Path) -> anyhow::Result<()> {
    let (height, width, colour) = match *set.sample_shape() {
        [height, width] | [height, width, 1] => (height, width, png::ColorType::Grayscale),
        [height, width, 3] => (height, width, png::ColorType::Rgb),
        ref shape => {
            let message =
                format!("samples of shape {shape:?} are no pictures, [height, width, 1 or 3]: write them with --to npy");
            return Err(Usage(message).into());
        }
    };
    if is_stdout(folder) {
        return Err(Usage("pictures go into a folder, not to the standard output".to_owned()).into());
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Usage(format!("{} is not empty: name a new folder", folder.display())).into());
    }
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above).with_context(|| format!("cannot make {}", above.display()))?;
    }
    files::write_folder(folder, |part| write_pictures(set, part, (width, height, colour)))
        .with_context(|| format!("cannot write {}", folder.display()))
}

fn write_pictures(
    set: &dyn Dataset,
    folder: &Path,
    (width, height, colour): (usize, usize, png::ColorType),
) -> anyhow::Result<()> {
    let digits = set.len().saturating_sub(1).to_string().len();
    let made = |dir: &Path| fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()));
    let ((low, high), mut x) = (set.shown(), vec![0.0f32; set.sample_len()]);
    for i in 0..set.len() {
        set.read(i, &mut x).map_err(TrainError::from)?;
        let dir = set.label(i).map_or_else(|| folder.to_owned(), |label| folder.join(label.to_string()));
        made(&dir)?;
        let pixels: Vec<u8> = x.iter().map(|v| (255.0 * (v - low) / (high - low)).round() as u8).collect();
        let path = dir.join(format!("{i:0digits$}.png"));
        let encoded = encode(&pixels, (width as u32, height as u32), colour)?;
        fs::write(&path, &encoded).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn encode(pixels: &[u8], (width, height): (u32, u32), colour: png::ColorType) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_color(colour);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}
