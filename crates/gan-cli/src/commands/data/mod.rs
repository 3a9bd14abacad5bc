//! `gan data`: data sets, without training on them.

mod convert;
mod fetch;
mod inspect;
mod list;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gan::datasets::{self, Dataset, DatasetError, OpenOptions, Split, sources};
use gan::train::TrainError;

use crate::Outcome;
use crate::options::data_folder;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List data sets, and whether their files are at hand
    List(list::Args),
    /// Download the files of a public data set, and check them
    Fetch(fetch::Args),
    /// Show what a data set holds: counts, range, classes, duplicates, pictures
    Inspect(inspect::Args),
    /// Write a data set as an array of NumPy or as a folder of pictures
    Convert(convert::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Fetch(args) => fetch::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Convert(args) => convert::run(args),
    }
}

/// The folder of data sets.
#[derive(clap::Args)]
struct Folder {
    /// Folder with the data set's files, or the folder above it [default: $GAN_DATA, else data]
    #[arg(long, value_name = "DIR", alias = "data")]
    dir: Option<PathBuf>,
}

impl Folder {
    fn path(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(data_folder)
    }
}

/// Which data set, and which part of it.
#[derive(clap::Args)]
struct Which {
    /// The name of a data set, or the folder or file that holds it
    #[arg(value_name = "NAME|PATH")]
    what: String,
    /// Which part of it
    #[arg(long, default_value = "train", value_parser = splits())]
    split: Split,
    /// At most so many samples, the first ones [default: all]
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
    /// Seed of sets that are drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    form: Form,
}

/// What samples are brought to, as by the keys of the same names below `[data]` in a configuration.
#[derive(clap::Args)]
#[command(next_help_heading = "What samples are brought to")]
struct Form {
    /// Side of the squares that a folder's pictures become [default: their own size, which must be one]
    #[arg(long, value_name = "N")]
    size: Option<usize>,
    /// A folder's pictures in grey
    #[arg(long)]
    grey: bool,
    /// Rows and columns of background on each side of pictures
    #[arg(long, value_name = "N", default_value_t = 0)]
    pad: usize,
    /// Normalise the contrast of each sample
    #[arg(long)]
    gcn: bool,
    /// The fold of a set that has folds, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    fold: usize,
    /// The rate of sounds in samples a second [default: 8000]
    #[arg(long, value_name = "R")]
    rate: Option<u32>,
    /// The number of samples that sounds are cut or filled up to [default: a second]
    #[arg(long, value_name = "N")]
    length: Option<usize>,
}

fn splits() -> impl TypedValueParser<Value = Split> {
    PossibleValuesParser::new(Split::ALL.iter().map(|split| split.name())).try_map(|name| name.parse::<Split>())
}

impl Which {
    /// Opens the set of this name; a path may be any set that is read from files.
    fn open(&self) -> anyhow::Result<Box<dyn Dataset>> {
        let options = |dir: PathBuf| OpenOptions {
            dir: Some(dir),
            split: self.split,
            seed: self.seed,
            count: self.count.map(|n| n as usize),
            pad: self.form.pad,
            gcn: self.form.gcn,
            fold: self.form.fold,
            size: self.form.size,
            grey: self.form.grey,
            rate: self.form.rate,
            length: self.form.length,
        };
        let path = Path::new(&self.what);
        let is_name = sources::ALL.iter().any(|source| source.name == self.what);
        if is_name || !path.exists() {
            if !is_name && self.what.contains(['/', '.']) {
                anyhow::bail!("{} is not there", path.display());
            }
            return Ok(datasets::open(&self.what, &options(self.folder.path())).map_err(TrainError::from)?);
        }
        let mut known: Vec<_> = sources::ALL.iter().filter(|source| source.needs_dir).collect();
        // A folder that has a set's name, or a file that only that set has, holds that set.
        let name = datasets::fetch::identify(path).map_or(path.file_name(), |set| Some(set.name.as_ref()));
        known.sort_by_key(|source| name.is_none_or(|name| name != source.name));
        // What is wrong with the files that are there, or else which files are not.
        let (mut wrong, mut missing) = (Vec::new(), Vec::new());
        for source in known {
            match datasets::open(source.name, &options(path.to_owned())) {
                Ok(set) => return Ok(set),
                Err(DatasetError::MissingFile { .. }) => missing.push(source.name),
                Err(fault) => wrong.push(format!("{}: {fault}", source.name)),
            }
        }
        let path = path.display();
        if wrong.is_empty() {
            anyhow::bail!("{path} holds no data set that is known: it has the files of none of {}", missing.join(", "));
        }
        anyhow::bail!("{path} cannot be read as\n  {}", wrong.join("\n  "))
    }
}
