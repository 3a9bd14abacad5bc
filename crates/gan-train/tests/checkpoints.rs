//! Checkpoints: whole or absent, and nothing changes unless everything fits.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gan_train::checkpoint::{self, CheckpointError, CodecError, Manifest};
use gan_train::{Session, Task, TrainError, files};
use sha2::{Digest, Sha256};
use support::{bits, differing, small, steps};

/// A session after a few steps and its checkpoint in a folder of its own.
struct Saved {
    folder: tempfile::TempDir,
    session: Session,
    path: PathBuf,
}

fn manifest(session: &Session) -> Manifest {
    let at = session.position();
    Manifest::at(session.steps(), (at.epoch, at.batch), Duration::from_secs(3), None)
}

fn at_step(step: u64, best: Option<(f64, u64)>) -> Manifest {
    Manifest::at(step, (0, 0), Duration::ZERO, best)
}

fn saved() -> Saved {
    let mut session = Session::new(&small("")).unwrap();
    steps(&mut session, 3);
    let folder = tempfile::tempdir().unwrap();
    let path = checkpoint::save(folder.path(), session.task(), manifest(&session)).unwrap();
    Saved { folder, session, path }
}

/// What loading says; the session must not have changed.
fn refused(path: &Path) -> CheckpointError {
    let mut fresh = Session::new(&small("")).unwrap();
    steps(&mut fresh, 1);
    let (before, counters, place) = (bits(&fresh), fresh.task().counters(), fresh.position());
    let fault = match fresh.restore(path) {
        Err(TrainError::Checkpoint(fault)) => fault,
        other => panic!("expected a fault of the checkpoint, found {other:?}"),
    };
    assert_eq!((bits(&fresh), fresh.task().counters(), fresh.position(), fresh.steps()), (before, counters, place, 1), "{fault}");
    fault
}

/// Replaces a file of a checkpoint, and its entry in the manifest as a forger would.
fn replace(saved: &Saved, name: &str, bytes: &[u8]) {
    let old = fs::read(saved.path.join(name)).unwrap();
    fs::write(saved.path.join(name), bytes).unwrap();
    let path = saved.path.join("manifest.bin");
    let mut manifest = fs::read(&path).unwrap();
    let digest = <[u8; 32]>::from(Sha256::digest(&old));
    let at = manifest.windows(32).position(|w| w == digest).unwrap();
    manifest[at..at + 32].copy_from_slice(&Sha256::digest(bytes));
    // the length stands before the digest: bincode's mark 251 and a u16
    assert_eq!(manifest[at - 3], 251);
    manifest[at - 2..at].copy_from_slice(&u16::try_from(bytes.len()).unwrap().to_le_bytes());
    let checksum = <[u8; 32]>::from(Sha256::digest(&manifest[52..]));
    manifest[20..52].copy_from_slice(&checksum);
    fs::write(path, manifest).unwrap();
}

/// Name, shape, values.
type Parameter = (String, Vec<usize>, Vec<f32>);

/// A safetensors file from names, shapes and values.
fn tensors(all: &[Parameter]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = all.iter().map(|(_, _, x)| x.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
    let views = all.iter().zip(&bytes).map(|((name, shape, _), b)| {
        (name.as_str(), safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), b).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

fn parameters(session: &Session) -> Vec<Parameter> {
    let stores = session.task().stores();
    stores[0].1.iter().map(|(s, x)| (s.name.clone(), s.shape.to_vec(), x.to_vec())).collect()
}

#[test]
fn everything_comes_back_to_the_bit() {
    let saved = saved();
    let mut fresh = Session::new(&small("")).unwrap();
    let manifest = fresh.restore(&saved.path).unwrap();
    assert_eq!((manifest.step, manifest.seconds, fresh.steps()), (3, 3.0, 3));
    assert_eq!(differing(&fresh, &saved.session), Vec::<String>::new());
    assert_eq!(fresh.task().counters(), saved.session.task().counters());
    assert_eq!(fresh.position(), saved.session.position());
    let mut files: Vec<_> = fs::read_dir(&saved.path).unwrap().map(|e| e.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["discriminator.safetensors", "generator.safetensors", "manifest.bin"]);
}

#[test]
fn damaged_parameters_are_named_and_change_nothing() {
    let saved = saved();
    let file = saved.path.join("discriminator.safetensors");
    let good = fs::read(&file).unwrap();
    let damages: [(&str, Vec<u8>); 4] = [
        ("should hold", good[..good.len() - 1].to_vec()),
        ("should hold", Vec::new()),
        ("more than", [&good[..], b"x"].concat()),
        ("SHA-256", good.iter().enumerate().map(|(i, b)| if i == good.len() / 2 { b ^ 1 } else { *b }).collect()),
    ];
    for (what, bytes) in damages {
        fs::write(&file, bytes).unwrap();
        let fault = refused(&saved.path);
        assert!(
            matches!(&fault, CheckpointError::Damaged { path, message } if *path == file && message.contains(what)),
            "{fault}"
        );
        assert!(fault.to_string().contains("take an earlier one"));
    }
    fs::remove_file(&file).unwrap();
    assert!(matches!(refused(&saved.path), CheckpointError::Io { path, .. } if path == file));
}

#[test]
fn a_damaged_manifest_is_named_and_changes_nothing() {
    let saved = saved();
    let file = saved.path.join("manifest.bin");
    let good = fs::read(&file).unwrap();
    for at in [0, 8, 12, 30, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[at] ^= 4;
        fs::write(&file, bytes).unwrap();
        assert!(matches!(refused(&saved.path), CheckpointError::Manifest { path, .. } if path == file));
    }
    fs::write(&file, &good[..9]).unwrap();
    assert!(matches!(refused(&saved.path), CheckpointError::Manifest { source: CodecError::Truncated { found: 9, .. }, .. }));
    fs::write(&file, vec![0; 3 << 20]).unwrap();
    assert!(matches!(refused(&saved.path), CheckpointError::Damaged { message, .. } if message.contains("more than")));
    fs::remove_file(&file).unwrap();
    assert!(matches!(refused(&saved.path), CheckpointError::Io { .. }));
}

#[test]
fn parameters_of_another_model_are_named_and_change_nothing() {
    let name = "generator.safetensors";
    let of_another = |change: &dyn Fn(&mut Vec<Parameter>), words: &[&str]| {
        let saved = saved();
        let mut all = parameters(&saved.session);
        change(&mut all);
        replace(&saved, name, &tensors(&all));
        let fault = refused(&saved.path);
        assert!(matches!(fault, CheckpointError::OtherModel { .. }), "{fault}");
        words.iter().for_each(|w| assert!(fault.to_string().contains(w), "expected `{w}` in: {fault}"));
    };
    of_another(&|all| drop(all.pop()), &[name, "parameters", "the model has"]);
    of_another(&|all| all.push(("extra".to_owned(), vec![1], vec![0.0])), &["`extra`", "does not have"]);
    of_another(&|all| all[0].0 = "layers[0].wait".to_owned(), &["`layers[0].weight` is missing"]);
    of_another(&|all| all[0].1.reverse(), &["`layers[0].weight`", "[12, 3]", "[3, 12]"]);
    of_another(&|all| all[1] = ("layers[0].bias".to_owned(), vec![3], vec![0.0; 3]), &["`layers[0].bias`", "[3]", "[12]"]);
    let saved = saved();
    replace(&saved, name, &[7; 300]);
    assert!(refused(&saved.path).to_string().contains("not a safetensors file"));
    // the whole checkpoint of a larger model
    let mut larger = Session::new(&small("generator.layers[0].units=20000")).unwrap();
    steps(&mut larger, 1);
    let path = checkpoint::save(saved.folder.path(), larger.task(), manifest(&larger)).unwrap();
    assert!(refused(&path).to_string().contains("this model's parameters need at most"));
}

#[test]
fn a_place_that_the_data_do_not_have_changes_nothing() {
    let saved = saved();
    let beyond = Manifest::at(3, (0, 500), Duration::ZERO, None);
    let path = checkpoint::save(saved.folder.path(), saved.session.task(), beyond).unwrap();
    let mut fresh = Session::new(&small("")).unwrap();
    let before = bits(&fresh);
    let fault = fresh.restore(&path).unwrap_err().to_string();
    assert!(fault.contains("500"), "{fault}");
    assert_eq!((bits(&fresh), fresh.steps()), (before, 0));
}

#[test]
fn a_file_that_cannot_be_replaced_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    files::write(&path, |out| out.write_all(b"old")).unwrap();
    // the temporary file is gone when it should be renamed
    let vanish = |out: &mut dyn std::io::Write| {
        out.write_all(b"new")?;
        let others = fs::read_dir(folder.path())?.map(|e| e.unwrap().path()).filter(|p| *p != path);
        others.into_iter().try_for_each(fs::remove_file)
    };
    assert!(files::write(&path, vanish).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    files::write(&path, |out| out.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // the target is a folder
    fs::create_dir(folder.path().join("x.png")).unwrap();
    assert!(files::write(&folder.path().join("x.png"), |out| out.write_all(b"new")).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn what_a_crash_left_is_ignored_replaced_and_cleared() {
    let saved = saved();
    let folder = saved.folder.path();
    let left = folder.join("step-00000007.tmp");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("manifest.bin"), b"half").unwrap();
    fs::create_dir(folder.join("step-00000008")).unwrap();
    assert_eq!(checkpoint::list(folder).len(), 1);
    assert_eq!(checkpoint::find(folder, "last").unwrap(), saved.path);
    for step in [7, 8, 3] {
        let at = at_step(step, None);
        let path = checkpoint::save(folder, saved.session.task(), at).unwrap();
        assert_eq!(checkpoint::read_manifest(&path).unwrap().step, step);
    }
    fs::create_dir(folder.join("step-00000009.tmp")).unwrap();
    fs::create_dir(folder.join("step-00000003.old.tmp")).unwrap();
    checkpoint::prune(folder, 10, &[]);
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["step-00000003", "step-00000007", "step-00000008"]);
}

#[test]
fn pruning_keeps_the_last_and_the_best() {
    let saved = saved();
    let folder = saved.folder.path();
    for step in [4, 5, 6, 100_000_000, 1_000_000_000] {
        let at = at_step(step, Some((0.5, 4)));
        checkpoint::save(folder, saved.session.task(), at).unwrap();
    }
    checkpoint::prune(folder, 2, &[4]);
    let kept = || checkpoint::list(folder).into_iter().map(|(s, _)| s).collect::<Vec<_>>();
    assert_eq!(kept(), [4, 100_000_000, 1_000_000_000]);
    assert_eq!(checkpoint::find(folder, "best").unwrap(), folder.join("step-00000004"));
    assert_eq!(checkpoint::find(folder, "last").unwrap(), folder.join("step-1000000000"));
    assert_eq!(checkpoint::find(folder, "4").unwrap(), folder.join("step-00000004"));
    let fault = checkpoint::find(folder, "5").unwrap_err().to_string();
    assert!(fault.contains("no checkpoint 5") && fault.contains("best, last, 4, 100000000, 1000000000"), "{fault}");
    checkpoint::prune(folder, 0, &[]);
    assert_eq!(kept(), [1_000_000_000], "the last one is always kept");
    // its best is gone, so the last one is the best known
    assert_eq!(checkpoint::find(folder, "best").unwrap(), folder.join("step-1000000000"));
}

#[test]
fn an_empty_folder_has_no_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    for wanted in ["last", "best", "7", "latest"] {
        let fault = checkpoint::find(folder.path(), wanted).unwrap_err();
        assert!(matches!(&fault, CheckpointError::Missing { available, .. } if available.is_empty()), "{fault}");
    }
    assert!(checkpoint::list(&folder.path().join("none")).is_empty());
}

/// A small file system of its own, where the test may mount one.
#[cfg(target_os = "linux")]
struct SmallDisk(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|s| s.success()).then_some(SmallDisk(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_earlier_checkpoints_and_nothing_else() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: no file system of its own can be mounted here");
        return;
    };
    let folder = disk.0.path();
    let session = Session::new(&small("generator.layers[0].units=200")).unwrap();
    let first = checkpoint::save(folder, session.task(), Manifest::default()).unwrap();
    fs::write(folder.join("config.toml"), b"old").unwrap();
    let mut fault = None;
    for step in 1..100 {
        let result = checkpoint::save(folder, session.task(), at_step(step, None));
        if let Err(e) = result {
            fault = Some(e);
            break;
        }
    }
    let fault = fault.expect("128 KiB do not hold a hundred checkpoints");
    assert!(matches!(&fault, CheckpointError::Io { what: "cannot write" | "cannot create", .. }), "{fault}");
    assert!(fs::read_dir(folder).unwrap().all(|e| !e.unwrap().file_name().to_str().unwrap().ends_with(".tmp")));
    let mut fresh = Session::new(&small("generator.layers[0].units=200")).unwrap();
    fresh.restore(&first).unwrap();
    assert_eq!(differing(&fresh, &session), Vec::<String>::new());
    fs::write(folder.join("rest"), vec![0; 128 << 10]).unwrap_err();
    assert!(files::write(&folder.join("config.toml"), |out| out.write_all(&[b'x'; 60_000])).is_err());
    assert_eq!(fs::read(folder.join("config.toml")).unwrap(), b"old");
    assert!(fs::read_dir(folder).unwrap().all(|e| !e.unwrap().file_name().to_str().unwrap().ends_with(".part")));
}

#[test]
fn a_path_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let session = Session::new(&small("")).unwrap();
    let fault = checkpoint::save(&file, session.task(), Manifest::default()).unwrap_err();
    assert!(matches!(&fault, CheckpointError::Io { path, .. } if path.starts_with(&file)), "{fault}");
}
