//! What makes up the sets: archives and their members, and the files as published.

use super::tar::archive;
use super::*;

#[test]
fn archives_are_checked_by_their_members() {
    let (a, b) = (numbers(), vec![3; 1000]);
    let members = leak(vec![member("a.bin", &a), member("b.bin", &b)]);
    let file = RemoteFile { name: "both.tar.gz", kind: Kind::Tar, members };
    let set = FileSet { name: "both", folders: &["both", "other"], homes: &[], files: leak(vec![file]) };
    let place = tempfile::tempdir().unwrap();
    let get = |bytes: &[u8]| {
        let from = place.path().join("archive");
        fs::write(&from, bytes).unwrap();
        let options = Options { from: Some(Place::Path(from)), ..quick(place.path()) };
        fetch::fetch(&set, &options, &mut |_| ()).map(|files| {
            assert_eq!(files, [place.path().join("both/both.tar.gz")]);
            fs::remove_file(&files[0]).unwrap();
        })
    };
    let good = archive(&[("x/", b'5', b""), ("x/readme", b'0', b"hello"), ("x/b.bin", b'0', &b), ("./a.bin", 0, &a)]);
    get(&good).unwrap();
    get(&gzip(&good, 6)).unwrap();
    let wrong = |entries: &[(&str, u8, &[u8])]| match get(&archive(entries)) {
        Err(FetchError::Wrong { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    assert!(matches!(wrong(&[("a.bin", b'0', &a)]), Wrong::Missing { member } if member == "b.bin"));
    assert!(matches!(wrong(&[("a.bin", b'0', &a), ("b.bin", b'2', b"")]), Wrong::Missing { .. }), "a link is no file");
    assert!(matches!(wrong(&[("b.bin", b'0', &b[1..]), ("a.bin", b'0', &a)]), Wrong::Format(_)));
    assert!(matches!(wrong(&[("b.bin", b'0', &[4; 1000])]), Wrong::Sum { .. }));
    // Cut anywhere, or with any bit of a header changed, it is no archive.
    for len in (0..good.len() - 1024).step_by(4999) {
        assert!(matches!(get(&good[..len]), Err(FetchError::Wrong { .. })), "{len}");
    }
    let header = archive(&[("a.bin", b'0', b"")]);
    for bit in 0..512 * 8 {
        let mut bytes = header.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(get(&bytes), Err(FetchError::Wrong { .. })), "bit {bit}");
    }

    // The members themselves are as good as the archive.
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.bin"), &a).unwrap();
    fs::write(dir.path().join("b.bin.gz"), gzip(&b, 6)).unwrap();
    let files = fetch::fetch(&set, &quick(dir.path()), &mut |_| ()).unwrap();
    assert_eq!(files, [dir.path().join("a.bin"), dir.path().join("b.bin.gz")]);
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("other")).unwrap();
    fs::write(dir.path().join("other/both.tar.gz"), gzip(&good, 6)).unwrap();
    assert!(fetch::found(&set, dir.path()) && fetch::fetch(&set, &quick(dir.path()), &mut |_| ()).is_ok());
}

#[test]
fn the_sets_are_well_formed() {
    for set in fetch::ALL {
        assert!(!set.homes.is_empty() && set.homes.iter().all(|home| home.starts_with("http") && !home.ends_with('/')));
        for member in set.files.iter().flat_map(|file| file.members) {
            assert!(member.sha256.len() == 64 && member.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
    let message = fetch::set("minst").unwrap_err().to_string();
    assert!(message.contains("mnist, fashion-mnist, cifar10"), "{message}");
}

/// The real files, where `GAN_DATA` names their folder, have the sums.
#[test]
fn the_real_files_are_right() {
    let debian = Path::new("/usr/share/datasets");
    let folder = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(std::path::PathBuf::from);
    for set in fetch::ALL {
        let found = [folder.as_deref(), Some(debian)].into_iter().flatten().find(|dir| fetch::found(set, dir));
        let Some(dir) = found else {
            println!("skipped {}: no files below GAN_DATA or {}", set.name, debian.display());
            continue;
        };
        let paths = fetch::fetch(set, &Options::new(dir), &mut |event| assert!(matches!(event, Event::Present { .. }))).unwrap();
        let known = (set.name != "cifar10").then_some(set.name);
        assert_eq!(fetch::identify(paths[0].parent().unwrap()).map(|set| set.name), known);
    }
}
