//! `gan data fetch`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use gan::datasets::fetch::{self, Event, FileSet, Options, Place};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Folder;
use crate::Outcome;
use crate::options::Printing;
use crate::output::{complain, say};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The data set
    #[arg(value_name = "NAME", value_parser = sets())]
    set: &'static FileSet,
    #[command(flatten)]
    folder: Folder,
    /// A mirror's folder, or a folder that has the files already; for a set of one file, that file
    #[arg(long, value_name = "URL|FILE")]
    from: Option<String>,
    #[command(flatten)]
    printing: Printing,
}

const EXAMPLES: &str = "\
Files are checked against pinned SHA-256 sums. A transfer that broke off goes on where it was; give the command again. \
The variables HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are honoured. The set's licence is its makers'.

Examples:
  gan data fetch mnist                               into data/mnist, where gan train finds it
  gan data fetch cifar10 --dir /srv/data
  gan data fetch fashion-mnist --from /usr/share/datasets/fashion-mnist";

fn sets() -> impl TypedValueParser<Value = &'static FileSet> {
    PossibleValuesParser::new(fetch::ALL.iter().map(|set| set.name)).try_map(|name| fetch::set(&name))
}

/// Shows on the standard error how far a file is, if that is a terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let options = Options { from: args.from.as_deref().map(Place::parse), ..Options::new(args.folder.path()) };
    let quiet = args.printing.quiet;
    let bar = if quiet { ProgressBar::hidden() } else { progress() };
    let mut lines = Vec::new();
    let fetched = fetch::fetch(args.set, &options, &mut |event| match event {
        Event::Progress { file, done, total } => {
            if bar.message() != file {
                bar.reset();
                bar.set_message(file.to_owned());
            }
            total.inspect(|total| bar.set_length(*total));
            bar.set_position(done);
        }
        Event::Failed { url, fault } if !quiet => bar.suspend(|| complain(format!("{url}: {fault}"))),
        Event::Present { paths } => {
            lines.extend(paths.iter().map(|path| format!("{} is there already, and right", path.display())))
        }
        Event::Done { path } => lines.push(format!("{} is there now, and right", path.display())),
        _ => {}
    });
    bar.finish_and_clear();
    let files = fetched?;
    if args.printing.json {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        say(json!({ "name": args.set.name, "files": files }))?;
    } else if !quiet {
        lines.iter().try_for_each(say)?;
    }
    Ok(Outcome::Done)
}
