//! `gan sample`.

use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};
use gan::core::Classes;
use gan::train::Session;
use serde_json::json;

use crate::fault::Usage;
use crate::memory::available_memory;
use crate::options::{Drawing, Machine, Printing};
use crate::output::{counted, is_stdout, say, write_file};
use crate::{Outcome, npy, open};

/// Most pictures on a picture.
const MAX_PICTURES: usize = 1 << 16;
/// Most bytes of samples.
const MAX_BYTES: usize = 8 << 30;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The run's folder, or a checkpoint in it
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// How many samples
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    count: u32,
    /// Only samples of this class; a conditional model without it draws all its classes in turn
    #[arg(long, value_name = "K")]
    class: Option<usize>,
    #[command(flatten)]
    drawing: Drawing,
    /// Write the values, in the data's own range, as an array of NumPy; - for the standard output
    #[arg(long, value_name = "FILE")]
    npy: Option<PathBuf>,
    /// Write a picture; - for the standard output [default: samples.png unless --npy is given]
    #[arg(long, value_name = "PNG", value_parser = PathBufValueParser::new().try_map(png))]
    out: Option<PathBuf>,
    /// Columns of the picture [default: 8, or as many as make it square]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    columns: Option<u16>,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    printing: Printing,
}

const EXAMPLES: &str = "\
Sample i depends on the seed and i alone: -n 1000 begins with the 64 samples of -n 64. The data set itself is not needed.

Examples:
  gan sample runs/digits-1                           64 digits in samples.png
  gan sample runs/digits-1 -n 10000 --npy fakes.npy  values, for numpy.load
  gan sample runs/conditional-1 --class 7            sevens only, if the model was trained with classes
  gan sample runs/digits-1 --seed 7 --checkpoint last --raw --out last.png";

/// A picture is PNG whatever its name: another ending would lie.
pub(crate) fn png(path: PathBuf) -> Result<PathBuf, String> {
    match path.extension() {
        Some(e) if !e.eq_ignore_ascii_case("png") => Err("pictures are PNG files: expected a name that ends in .png".to_owned()),
        _ => Ok(path),
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let default = PathBuf::from("samples.png");
    let picture = args.out.as_deref().or(args.npy.is_none().then_some(&default));
    let on_stdout = args.npy.as_deref().into_iter().chain(picture).filter(|p| is_stdout(p)).count();
    if on_stdout + usize::from(args.printing.json) > 1 {
        return Err(Usage("only one of --npy -, --out - and --json can go to the standard output".to_owned()).into());
    }
    let mut session = open::session(&args.run, &args.drawing.checkpoint, &args.machine)?;
    let n = args.count as usize;
    check_size(&session, n, picture.is_some())?;
    let classes = args.class.map_or(Classes::InTurn, Classes::One);
    let samples = session.samples_of(n, &classes, args.drawing.seed, args.drawing.weights())?;
    let shape = session.data().sample_shape().to_vec();
    if let Some(path) = &args.npy {
        write_file(path, |out| npy::write(out, &samples, n, &shape))?;
    }
    if let Some(path) = picture {
        let square = (n as f64).sqrt().ceil() as usize;
        paint(&mut session, samples, args.columns.map_or(square.max(8), usize::from), path)?;
    }
    let files: Vec<&Path> = args.npy.as_deref().into_iter().chain(picture).collect();
    if args.printing.json {
        let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        let step = session.steps();
        say(json!({ "samples": n, "shape": shape, "seed": args.drawing.seed, "step": step, "files": names }))?;
    } else if !args.printing.quiet {
        for file in files.into_iter().filter(|f| !is_stdout(f)) {
            say(format!("{} of step {} in {}", counted(n as u64, "sample"), session.steps(), file.display()))?;
        }
    }
    Ok(Outcome::Done)
}

/// Refuses, before anything is computed, what would not fit.
fn check_size(session: &Session, n: usize, picture: bool) -> Result<(), Usage> {
    let values = session.data().sample_len();
    let bytes = n.saturating_mul(values).saturating_mul(4);
    let most = MAX_BYTES.min(available_memory().unwrap_or(usize::MAX));
    if bytes > most {
        let fit = (most / 4 / values.max(1)).max(1);
        return Err(Usage(format!(
            "{n} samples of {values} values take {} MiB, more than there is room for: ask for at most {fit}, with another --seed each time",
            bytes >> 20
        )));
    }
    if picture && values > 2 && n > MAX_PICTURES {
        return Err(Usage(format!("a picture shows at most {MAX_PICTURES} samples, found {n}: write them with --npy FILE")));
    }
    Ok(())
}

/// Draws samples and writes the picture.
pub(crate) fn paint(session: &mut Session, samples: Vec<f32>, columns: usize, path: &Path) -> anyhow::Result<()> {
    let bytes = session.portrait(samples, columns)?.paint()?.to_png()?;
    write_file(path, |out| out.write_all(&bytes))
}
