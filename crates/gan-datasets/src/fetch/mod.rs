//! Brings the files of public data sets: from their homes or from mirrors, resumed where a transfer broke off, and checked against
//! pinned SHA-256 sums of their decompressed contents. A file is whole and right, or it is not there under its name.
//!
//! ```no_run
//! use gan_datasets::fetch;
//!
//! let options = fetch::Options::new("data");
//! let files = fetch::fetch(fetch::set("mnist")?, &options, &mut |_| ())?;
//! println!("{files:?}");
//! # Ok::<(), fetch::FetchError>(())
//! ```

mod contents;
mod download;
mod error;
mod part;
mod sets;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::{Fault, FetchError, Wrong};
pub use sets::{ALL, FileSet, Kind, Member, RemoteFile};

use part::Part;

/// From where, where to, and how patiently.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder that data sets are in; the set's files go into its own folder there, unless it is that folder itself.
    pub dir: PathBuf,
    /// Where to take the files from; the set's homes, if `None`.
    pub from: Option<Place>,
    /// The longest wait for a connection, an answer, or the next bytes.
    pub timeout: Duration,
    /// An address that gives fewer bytes than this within `timeout` is given up.
    pub slowest: u64,
}

impl Options {
    /// From the set's homes to `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), from: None, timeout: Duration::from_secs(30), slowest: 1 << 16 }
    }
}

/// A place of the user's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The address of the folder that the files are in, or of the only file.
    Url(String),
    /// The folder that the files are in, or the only file.
    Path(PathBuf),
}

impl Place {
    /// What begins with `http://` or `https://` is an address.
    ///
    /// ```
    /// use gan_datasets::fetch::Place;
    ///
    /// assert_eq!(Place::parse("https://a.b/c/"), Place::Url("https://a.b/c/".into()));
    /// assert_eq!(Place::parse("some/folder"), Place::Path("some/folder".into()));
    /// ```
    pub fn parse(text: &str) -> Self {
        let is_url = text.starts_with("http://") || text.starts_with("https://");
        if is_url { Self::Url(text.to_owned()) } else { Self::Path(text.into()) }
    }
}

/// What happens meanwhile.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A file is there already, and right.
    Present {
        /// Where; the members, if it is not in one piece.
        paths: &'a [PathBuf],
    },
    /// So many bytes of a file are there.
    Progress {
        /// The file.
        file: &'a str,
        /// The number of bytes.
        done: u64,
        /// The number of bytes that there will be, where it is known.
        total: Option<u64>,
    },
    /// An address failed; the next one is tried, if there is one.
    Failed {
        /// The address.
        url: &'a str,
        /// Why.
        fault: &'a Fault,
    },
    /// A file is there now, and right.
    Done {
        /// Where.
        path: &'a Path,
    },
}

/// The set called `name`.
///
/// # Errors
/// [`FetchError::UnknownSet`].
pub fn set(name: &str) -> Result<&'static FileSet, FetchError> {
    ALL.iter().find(|set| set.name == name).ok_or_else(|| {
        let known = ALL.iter().map(|set| set.name).collect::<Vec<_>>().join(", ");
        FetchError::UnknownSet { name: name.to_owned(), known }
    })
}

/// Sees to it that the files of `set` are there, and right; returns their paths. What is there is only checked. `notify` is told what
/// happens.
///
/// # Errors
/// What is in the way, each address that was tried and why it failed, and faults of the file system.
pub fn fetch(set: &FileSet, options: &Options, notify: &mut dyn FnMut(Event<'_>)) -> Result<Vec<PathBuf>, FetchError> {
    let folders = folders(&options.dir, set);
    let mut all = Vec::new();
    for file in set.files {
        if let Some(paths) = contents::find(&folders, file) {
            contents::check_found(&paths, file).map_err(|(path, fault)| FetchError::InTheWay { path, fault })?;
            notify(Event::Present { paths: &paths });
            all.extend(paths);
            continue;
        }
        let folder = &own_folder(&options.dir, set);
        fs::create_dir_all(folder).map_err(|fault| FetchError::Io { path: folder.clone(), fault })?;
        let made = match &options.from {
            Some(Place::Path(from)) => copy(set, file, from, folder)?,
            Some(Place::Url(url)) => vec![download::file(file, &addresses(set, file, url), folder, options, notify)?],
            None => {
                let urls: Vec<String> = set.homes.iter().map(|home| format!("{home}/{}", file.name)).collect();
                vec![download::file(file, &urls, folder, options, notify)?]
            }
        };
        made.iter().for_each(|path| notify(Event::Done { path }));
        all.extend(made);
    }
    Ok(all)
}

/// Whether all files of `set` seem to be in `dir`, by their names alone.
pub fn found(set: &FileSet, dir: &Path) -> bool {
    let folders = folders(dir, set);
    set.files.iter().all(|file| contents::find(&folders, file).is_some())
}

/// The set whose smallest file is in `dir` and right: sets that call their files alike are told apart by it.
pub fn identify(dir: &Path) -> Option<&'static FileSet> {
    let smallest = |set: &FileSet| set.files.iter().filter(|file| file.kind == Kind::Single).min_by_key(|file| file.limit());
    let is_right = |file: &RemoteFile| {
        contents::find(&[dir.to_owned()], file).is_some_and(|paths| contents::check_found(&paths, file).is_ok())
    };
    ALL.iter().find(|set| smallest(set).is_some_and(is_right))
}

/// Where the files may be, in the order in which the set itself looks for them.
fn folders(dir: &Path, set: &FileSet) -> Vec<PathBuf> {
    [dir.to_owned()].into_iter().chain(set.folders.iter().map(|folder| dir.join(folder))).collect()
}

/// Where new files go.
fn own_folder(dir: &Path, set: &FileSet) -> PathBuf {
    let [own, ..] = set.folders else { return dir.to_owned() };
    if dir.file_name().is_some_and(|name| name == *own) { dir.to_owned() } else { dir.join(own) }
}

/// The address of the only file, or of the folder.
fn addresses(set: &FileSet, file: &RemoteFile, url: &str) -> Vec<String> {
    let below = format!("{}/{}", url.trim_end_matches('/'), file.name);
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let is_file = set.files.len() == 1 && path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if is_file { vec![url.to_owned()] } else { vec![below] }
}

/// Takes the file from the local `from`.
fn copy(set: &FileSet, file: &RemoteFile, from: &Path, folder: &Path) -> Result<Vec<PathBuf>, FetchError> {
    let io = |fault| FetchError::Io { path: from.to_owned(), fault };
    let wrong = |(path, fault)| FetchError::Wrong { path, fault };
    if fs::metadata(from).map_err(io)?.is_dir() {
        let found = contents::find(&folders(from, set), file);
        let not_there = || FetchError::NotInFolder { folder: from.to_owned(), file: file.name.to_owned() };
        let paths = found.ok_or_else(not_there)?;
        contents::check_found(&paths, file).map_err(wrong)?;
        return paths.iter().map(|path| copy_one(path, &folder.join(path.file_name().unwrap_or_default()))).collect();
    }
    if set.files.len() > 1 {
        return Err(FetchError::OneOfMany { name: set.name.to_owned(), count: set.files.len(), path: from.to_owned() });
    }
    contents::check(from, file).map_err(|fault| wrong((from.to_owned(), fault)))?;
    Ok(vec![copy_one(from, &folder.join(file.name))?])
}

fn copy_one(from: &Path, to: &Path) -> Result<PathBuf, FetchError> {
    let mut part = Part::open(to)?;
    part.clear()?;
    let mut source = File::open(from).map_err(|fault| FetchError::Io { path: from.to_owned(), fault })?;
    part.fill(&mut source)?;
    part.finish()
}
