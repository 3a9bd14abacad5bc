//! `gan data list`.

use std::path::Path;

use gan::datasets::sources::Source;
use gan::datasets::{DatasetError, OpenOptions, fetch, sources};
use serde_json::json;

use super::Folder;
use crate::Outcome;
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: Folder,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

/// Whether the files of a set are in `dir`; a set that can be fetched is told by their names, others are opened.
fn is_there(source: &Source, dir: &Path) -> bool {
    if let Ok(set) = fetch::set(source.name) {
        return fetch::found(set, dir);
    }
    let options = OpenOptions { dir: Some(dir.to_owned()), count: Some(1), ..OpenOptions::default() };
    !matches!(
        (source.open)(&options),
        Err(DatasetError::MissingFile { .. } | DatasetError::NoFolder { .. } | DatasetError::Io { .. })
    )
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let dir = args.folder.path();
    let entries: Vec<(&Source, Option<bool>)> =
        sources::ALL.iter().map(|source| (source, source.needs_dir.then(|| is_there(source, &dir)))).collect();
    if args.json {
        let list: Vec<_> = entries
            .iter()
            .map(|(source, found)| {
                let fetchable = fetch::set(source.name).is_ok();
                json!({ "name": source.name, "doc": source.doc, "files": source.needs_dir, "found": found, "fetchable": fetchable })
            })
            .collect();
        say(serde_json::to_string_pretty(&list)?)?;
        return Ok(Outcome::Done);
    }
    let width = entries.iter().map(|(source, _)| source.name.len()).max().unwrap_or(0);
    for (source, found) in entries {
        let state = match found {
            None => String::new(),
            Some(true) => format!(" [in {}]", dir.display()),
            Some(false) if fetch::set(source.name).is_ok() => {
                format!(" [not in {}: gan data fetch {}]", dir.display(), source.name)
            }
            Some(false) => format!(" [not in {}]", dir.display()),
        };
        say(format!("{:width$}  {}{state}", source.name, source.doc))?;
    }
    Ok(Outcome::Done)
}
