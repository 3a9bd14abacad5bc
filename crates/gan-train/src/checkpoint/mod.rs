//! Checkpoints: a folder that is whole or absent.
//!
//! `checkpoints/step-00001000/` holds a safetensors file for each network (weights, running statistics, optimiser states,
//! averages, all row-major `f32`) and `manifest.bin` with everything else. It is written under a temporary name, every
//! file is synced, and then the folder is renamed: a crash leaves the old state or the new one.

mod codec;
mod manifest;
pub(crate) mod weights;

pub use codec::CodecError;
pub use manifest::Manifest;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::Task;
use crate::files::{self, sync_folder};
use manifest::FileEntry;

/// Faults of checkpoints. Each names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// A file that cannot be read or written.
    #[error("{what} {}: {source}", .path.display())]
    Io {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A manifest that is damaged or of another kind.
    #[error("{}: {source}", .path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CodecError,
    },
    /// A file that is not the one the manifest lists.
    #[error("{}: {message}; the checkpoint is damaged, take an earlier one", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was expected and found.
        message: String,
    },
    /// A checkpoint of another model.
    #[error("{} belongs to another model: {message}", .path.display())]
    OtherModel {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        message: String,
    },
    /// No checkpoint where one is needed.
    #[error("there is no checkpoint {wanted} in {}{available}", .path.display())]
    Missing {
        /// What was asked for.
        wanted: String,
        /// The folder of checkpoints.
        path: PathBuf,
        /// What there is.
        available: String,
    },
}

fn io_fault(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CheckpointError {
    let path = path.to_owned();
    move |source| CheckpointError::Io { what, path, source }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The folder's name for a step.
fn folder_name(step: u64) -> String {
    format!("step-{step:08}")
}

/// Saves a task at a place in training; returns the checkpoint's folder.
///
/// # Errors
/// The file system's. Nothing is left behind then, and earlier checkpoints are intact.
pub fn save(checkpoints: &Path, task: &dyn Task, mut manifest: Manifest) -> Result<PathBuf, CheckpointError> {
    let target = checkpoints.join(folder_name(manifest.step));
    let temporary = checkpoints.join(format!("{}.tmp", folder_name(manifest.step)));
    let result = write_folder(&temporary, task, &mut manifest).and_then(|()| replace_folder(&temporary, &target));
    match &result {
        Ok(()) => sync_folder(checkpoints),
        Err(_) => drop(fs::remove_dir_all(&temporary)),
    }
    result.map(|()| target)
}

/// Renames a folder; one that has the name already is put aside first, and put back if that fails.
fn replace_folder(new: &Path, target: &Path) -> Result<(), CheckpointError> {
    let aside = target.with_extension("old.tmp");
    if target.exists() {
        // the same step again: the same bits, unless the user changed the run; the newer one counts
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(io_fault("cannot clear", &aside))?;
        }
        fs::rename(target, &aside).map_err(io_fault("cannot replace", target))?;
    }
    fs::rename(new, target).map_err(|e| {
        let _ = fs::rename(&aside, target);
        io_fault("cannot rename to", target)(e)
    })?;
    // what cannot be deleted does no harm
    let _ = fs::remove_dir_all(&aside);
    Ok(())
}

fn write_folder(folder: &Path, task: &dyn Task, manifest: &mut Manifest) -> Result<(), CheckpointError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(io_fault("cannot clear", folder))?;
    }
    fs::create_dir_all(folder).map_err(io_fault("cannot create", folder))?;
    manifest.counters = task.counters();
    manifest.files.clear();
    for (name, store) in task.stores() {
        let file = format!("{name}.safetensors");
        let path = folder.join(&file);
        let bytes = weights::encode(store).map_err(|e| CheckpointError::Damaged { path: path.clone(), message: e })?;
        write_synced(&path, &bytes).map_err(io_fault("cannot write", &path))?;
        manifest.files.push(FileEntry { name: file, len: bytes.len() as u64, sha256: Sha256::digest(&bytes).into() });
    }
    let path = folder.join("manifest.bin");
    let bytes = manifest.encode().map_err(|source| CheckpointError::Manifest { path: path.clone(), source })?;
    write_synced(&path, &bytes).map_err(io_fault("cannot write", &path))?;
    sync_folder(folder);
    Ok(())
}

/// Reads a checkpoint's manifest.
///
/// # Errors
/// It is missing, damaged or of an unknown version.
pub fn read_manifest(folder: &Path) -> Result<Manifest, CheckpointError> {
    let path = folder.join("manifest.bin");
    let bytes = read_bounded(&path, manifest::MAX_BYTES)?;
    Manifest::decode(&bytes).map_err(|source| CheckpointError::Manifest { path, source })
}

/// Restores a task from a checkpoint. The task is changed only if every file is whole and fits.
///
/// # Errors
/// A file that is missing, damaged or of another model.
pub fn load(folder: &Path, task: &mut dyn Task) -> Result<Manifest, CheckpointError> {
    let manifest = read_manifest(folder)?;
    let mut all = Vec::new();
    for (name, store) in task.stores() {
        let bytes = read_store(folder, &manifest, name, weights::largest(store))?;
        let path = folder.join(format!("{name}.safetensors"));
        all.push(weights::decode(&bytes, store).map_err(|message| CheckpointError::OtherModel { path, message })?);
    }
    let other = |message: String| CheckpointError::OtherModel { path: folder.to_owned(), message };
    if !task.restore_counters(&manifest.counters) {
        return Err(other(format!("it has {} counters", manifest.counters.len())));
    }
    for ((_, store), values) in task.stores_mut().into_iter().zip(all) {
        for (name, x) in values {
            store.write(&name, &x).map_err(|e| other(e.to_string()))?;
        }
    }
    Ok(manifest)
}

/// The parameters of the network `name` as they are stored, once they are what the manifest lists and at most `limit` bytes.
pub(crate) fn read_store(folder: &Path, manifest: &Manifest, name: &str, limit: u64) -> Result<Vec<u8>, CheckpointError> {
    let file = format!("{name}.safetensors");
    let path = folder.join(&file);
    let damaged = |message: String| CheckpointError::Damaged { path: path.clone(), message };
    let Some(entry) = manifest.files.iter().find(|f| f.name == file) else {
        return Err(damaged("the manifest does not list it".to_owned()));
    };
    if entry.len > limit {
        let message = format!("it holds {} bytes, this model's parameters need at most {limit}", entry.len);
        return Err(CheckpointError::OtherModel { path, message });
    }
    let bytes = read_bounded(&path, entry.len)?;
    if bytes.len() as u64 != entry.len {
        return Err(damaged(format!("it should hold {} bytes, found {}", entry.len, bytes.len())));
    }
    if <[u8; 32]>::from(Sha256::digest(&bytes)) != entry.sha256 {
        return Err(damaged("its SHA-256 is not the manifest's".to_owned()));
    }
    Ok(bytes)
}

/// Reads a file of at most `limit` bytes.
fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, CheckpointError> {
    let file = File::open(path).map_err(io_fault("cannot open", path))?;
    let bytes = files::read_bounded(file, limit).map_err(io_fault("cannot read", path))?;
    if bytes.len() as u64 > limit {
        let message = format!("it holds more than the expected {limit} bytes");
        return Err(CheckpointError::Damaged { path: path.to_owned(), message });
    }
    Ok(bytes)
}

/// The steps of which there are checkpoints, in order.
pub fn list(checkpoints: &Path) -> Vec<(u64, PathBuf)> {
    let entries = fs::read_dir(checkpoints).into_iter().flatten().flatten();
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter_map(|e| {
            let name = e.file_name();
            let step = name.to_str()?.strip_prefix("step-")?.parse().ok()?;
            // another way to write the number would be a second checkpoint of the same step
            let ours = name.to_str() == Some(folder_name(step).as_str());
            (ours && e.path().join("manifest.bin").is_file()).then(|| (step, e.path()))
        })
        .collect();
    found.sort();
    found
}

/// The checkpoint that `wanted` names: `last`, `best` (which the last one's manifest knows) or a step.
///
/// # Errors
/// There is none of that name.
pub fn find(checkpoints: &Path, wanted: &str) -> Result<PathBuf, CheckpointError> {
    let all = list(checkpoints);
    let found = match wanted {
        "last" => all.last(),
        "best" => {
            let best = all.last().and_then(|(_, last)| read_manifest(last).ok()?.best);
            // without a metric that chooses, the last one is the best known
            best.and_then(|(_, b)| all.iter().find(|(step, _)| *step == b)).or(all.last())
        }
        step => step.parse::<u64>().ok().and_then(|s| all.iter().find(|(step, _)| *step == s)),
    };
    found.map(|(_, path)| path.clone()).ok_or_else(|| {
        let steps: Vec<String> = all.iter().map(|(s, _)| s.to_string()).collect();
        let available = if steps.is_empty() { String::new() } else { format!("; there are best, last, {}", steps.join(", ")) };
        CheckpointError::Missing { wanted: wanted.to_owned(), path: checkpoints.to_owned(), available }
    })
}

/// Deletes old checkpoints, but not the last `keep` and not those of `spare`, and what a crash left half written.
pub fn prune(checkpoints: &Path, keep: usize, spare: &[u64]) {
    for entry in fs::read_dir(checkpoints).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|n| n.starts_with("step-") && n.ends_with(".tmp")) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let all = list(checkpoints);
    let old = all.len().saturating_sub(keep.max(1));
    for (step, path) in all.into_iter().take(old) {
        if !spare.contains(&step) {
            // what cannot be deleted does no harm
            let _ = fs::remove_dir_all(path);
        }
    }
}
