//! Downloads from a server on loopback: everything that can go wrong with them ends well, or in a named fault.

mod server;
mod sets;
#[allow(dead_code, reason = "other tests make headers that lie")]
#[path = "../common/tar.rs"]
mod tar;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use gan_datasets::fetch::{self, Event, Fault, FetchError, FileSet, Kind, Member, Options, Place, RemoteFile, Wrong};
use server::{Server, head, send, send_some};
use sha2::{Digest, Sha256};

fn leak<T>(values: Vec<T>) -> &'static [T] {
    values.leak()
}

fn member(name: &'static str, contents: &[u8]) -> Member {
    let sum: String = Sha256::digest(contents).iter().map(|byte| format!("{byte:02x}")).collect();
    Member { name, bytes: contents.len() as u64, sha256: sum.leak() }
}

/// A set of one file, `numbers.gz`, that is found below `homes`.
fn set(homes: &[String]) -> FileSet {
    let homes: Vec<&'static str> = homes.iter().map(|home| &*home.trim_end_matches('/').to_owned().leak()).collect();
    let file = RemoteFile { name: "numbers.gz", kind: Kind::Single, members: leak(vec![member("numbers", &numbers())]) };
    FileSet { name: "numbers", folders: &["numbers"], homes: leak(homes), files: leak(vec![file]) }
}

/// What `numbers` holds: bytes that compress badly, so that there is something to cut.
fn numbers() -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..200_000).map(|_| next()).collect()
}

fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn quick(dir: &Path) -> Options {
    Options { timeout: Duration::from_millis(500), slowest: 1000, ..Options::new(dir) }
}

fn get(set: &FileSet, dir: &Path) -> Result<Vec<std::path::PathBuf>, FetchError> {
    fetch::fetch(set, &quick(dir), &mut |_| ())
}

/// The faults of all addresses.
fn faults(result: Result<Vec<std::path::PathBuf>, FetchError>) -> Vec<Fault> {
    match result {
        Err(FetchError::Exhausted { tried, .. }) => tried.into_iter().map(|(_, fault)| fault).collect(),
        other => panic!("{other:?}"),
    }
}

/// The names in the set's folder.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir.join("numbers")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The file is there and right, and nothing else is.
#[track_caller]
fn assert_whole(dir: &Path, bytes: &[u8]) {
    assert_eq!(names(dir), ["numbers.gz"]);
    assert!(fs::read(dir.join("numbers/numbers.gz")).unwrap() == bytes);
}

#[test]
fn a_file_is_fetched_once() {
    let body = gzip(&numbers(), 6);
    let server = Server::new({
        let body = body.clone();
        move |request, stream| send(request, stream, &body)
    });
    let (set, dir) = (set(&[server.url("deep/er")]), tempfile::tempdir().unwrap());
    let mut seen = Vec::new();
    let files = fetch::fetch(&set, &quick(dir.path()), &mut |event| {
        if let Event::Progress { file, done, total } = event {
            seen.push((file.to_owned(), done, total));
        }
    });
    assert_eq!(files.unwrap(), [dir.path().join("numbers/numbers.gz")]);
    let len = body.len() as u64;
    assert_eq!(seen.last().unwrap(), &("numbers.gz".to_owned(), len, Some(len)));
    assert!(seen.is_sorted_by_key(|(_, done, _)| *done) && fetch::found(&set, dir.path()));
    // Present, in the folder itself, too.
    for dir in [dir.path().to_owned(), dir.path().join("numbers")] {
        let mut present = 0;
        fetch::fetch(&set, &quick(&dir), &mut |event| present += usize::from(matches!(event, Event::Present { .. }))).unwrap();
        assert_eq!(present, 1);
    }
    assert_eq!(server.ranges(), [None]);
    assert_whole(dir.path(), &body);
}

#[test]
fn a_broken_transfer_goes_on_where_it_broke_off() {
    let body = gzip(&numbers(), 6);
    let server = Server::new({
        let body = body.clone();
        move |request, stream| send_some(request, stream, &body, if request.earlier < 3 { 50_000 } else { usize::MAX })
    });
    let dir = tempfile::tempdir().unwrap();
    get(&set(&[server.url("")]), dir.path()).unwrap();
    assert_eq!(server.ranges(), [None, Some(50_000), Some(100_000), Some(150_000)]);
    assert_whole(dir.path(), &body);
}

#[test]
fn the_next_run_goes_on_too() {
    let body = gzip(&numbers(), 6);
    let server = Server::new({
        let body = body.clone();
        // The second request gets nothing.
        move |request, stream| match request.earlier {
            0 => send_some(request, stream, &body, 60_000),
            1 => send_some(request, stream, &body, 0),
            _ => send(request, stream, &body),
        }
    });
    let (set, dir) = (set(&[server.url("")]), tempfile::tempdir().unwrap());
    let faults = faults(get(&set, dir.path()));
    assert!(matches!(faults[..], [Fault::Cut { found: 60_000, .. }]), "{faults:?}");
    assert_eq!(names(dir.path()), ["numbers.gz.part", "numbers.gz.part.url"]);
    assert!(!fetch::found(&set, dir.path()));
    get(&set, dir.path()).unwrap();
    assert_eq!(server.ranges(), [None, Some(60_000), Some(60_000)]);
    assert_whole(dir.path(), &body);
}

#[test]
fn a_file_that_was_complete_but_not_yet_named() {
    let body = gzip(&numbers(), 6);
    let server = Server::new({
        let body = body.clone();
        move |request, stream| send(request, stream, &body)
    });
    let (set, dir) = (set(&[server.url("")]), tempfile::tempdir().unwrap());
    fs::create_dir(dir.path().join("numbers")).unwrap();
    fs::write(dir.path().join("numbers/numbers.gz.part"), &body).unwrap();
    fs::write(dir.path().join("numbers/numbers.gz.part.url"), server.url("numbers.gz")).unwrap();
    get(&set, dir.path()).unwrap();
    assert_eq!(server.ranges(), [Some(body.len())]);
    assert_whole(dir.path(), &body);
}

#[test]
fn a_server_without_ranges_sends_all_of_it_again() {
    let body = gzip(&numbers(), 6);
    let server = Server::new({
        let body = body.clone();
        move |request, stream| {
            let whole = server::Request { from: None, ..request.clone() };
            send_some(&whole, stream, &body, if request.earlier == 0 { 50_000 } else { usize::MAX });
        }
    });
    let dir = tempfile::tempdir().unwrap();
    get(&set(&[server.url("")]), dir.path()).unwrap();
    assert_eq!(server.ranges(), [None, Some(50_000)]);
    assert_whole(dir.path(), &body);
}

/// The beginning is of another file, and so is the end of what is put together: the sum tells, and all of it is fetched anew.
#[test]
fn a_file_that_changed_in_between_is_fetched_anew() {
    let (old, new) = (gzip(&numbers(), 1), gzip(&numbers(), 0));
    let server = Server::new({
        let new = new.clone();
        move |request, stream| match request.earlier {
            0 => send_some(request, stream, &old, 50_000),
            _ => send(request, stream, &new),
        }
    });
    let dir = tempfile::tempdir().unwrap();
    get(&set(&[server.url("")]), dir.path()).unwrap();
    assert_eq!(server.ranges(), [None, Some(50_000), None]);
    assert_whole(dir.path(), &new);
}

#[test]
fn an_answer_that_goes_on_elsewhere_is_refused() {
    let body = gzip(&numbers(), 6);
    let server = Server::new(move |request, stream| match request.earlier {
        0 => send_some(request, stream, &body, 50_000),
        _ => {
            let elsewhere = server::Request { from: Some(40_000), ..request.clone() };
            send(&elsewhere, stream, &body);
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let faults = faults(get(&set(&[server.url("")]), dir.path()));
    assert!(matches!(faults[..], [Fault::Status(206)]), "{faults:?}");
}

#[test]
fn mirrors_are_tried_in_turn_and_their_bytes_are_not_mixed() {
    let (first, second) = (gzip(&numbers(), 1), gzip(&numbers(), 9));
    let broken =
        Server::new(move |request, stream| send_some(request, stream, &first, if request.from.is_none() { 70_000 } else { 0 }));
    let gone = Server::new(|_, stream| head(stream, "404 Not Found", &["Content-Length: 0".to_owned()]));
    let good = Server::new({
        let second = second.clone();
        move |request, stream| send(request, stream, &second)
    });
    // A port that nothing listens on.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let set = set(&[broken.url(""), gone.url(""), format!("http://{closed}"), good.url("")]);
    let dir = tempfile::tempdir().unwrap();
    let mut failed = Vec::new();
    fetch::fetch(&set, &quick(dir.path()), &mut |event| {
        if let Event::Failed { fault, .. } = event {
            failed.push(fault.to_string());
        }
    })
    .unwrap();
    assert_eq!(failed.len(), 3, "{failed:?}");
    assert!(failed[0].contains("broke off after 70000 bytes") && failed[1].contains("404"), "{failed:?}");
    assert_eq!((broken.ranges(), good.ranges()), (vec![None, Some(70_000)], vec![None]));
    assert_whole(dir.path(), &second);
}

#[test]
fn a_message_lists_everything_that_was_tried() {
    let gone = Server::new(|_, stream| head(stream, "404 Not Found", &["Content-Length: 0".to_owned()]));
    let broken = Server::new(|_, stream| head(stream, "500 Internal Server Error", &["Content-Length: 0".to_owned()]));
    let dir = tempfile::tempdir().unwrap();
    let message = get(&set(&[gone.url("a"), broken.url("b")]), dir.path()).unwrap_err().to_string();
    for part in [gone.url("a/numbers.gz"), broken.url("b/numbers.gz"), "404".to_owned(), "500".to_owned()] {
        assert!(message.contains(&part), "{message}");
    }
}

#[test]
fn wrong_contents_are_never_given_the_name() {
    let mut other = numbers();
    other[77] ^= 1;
    let (bodies, dir) =
        ([gzip(&other, 6), numbers()[1..].to_vec(), gzip(&[numbers(), vec![0]].concat(), 6)], tempfile::tempdir().unwrap());
    for body in bodies {
        let server = Server::new(move |request, stream| send(request, stream, &body));
        let faults = faults(get(&set(&[server.url("")]), dir.path()));
        assert!(matches!(faults[..], [Fault::Wrong(Wrong::Sum { .. } | Wrong::Format(_))]), "{faults:?}");
        assert_eq!(server.ranges().len(), 1);
        assert!(names(dir.path()).is_empty());
    }
    let page = Server::new(|request, stream| send(request, stream, b"<html>Please log in</html>"));
    let message = get(&set(&[page.url("")]), dir.path()).unwrap_err().to_string();
    assert!(message.contains("truncated") && message.contains("200000"), "{message}");
}

#[test]
fn endless_bodies_end_at_the_limit() {
    let endless = |headers: &'static [&'static str]| {
        Server::new(move |_, stream| {
            head(stream, "200 OK", &headers.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
            while stream.write_all(&[7; 4096]).is_ok() {}
        })
    };
    let dir = tempfile::tempdir().unwrap();
    for headers in [&[][..], &["Content-Length: 18446744073709551615"], &["Content-Length: 9999999"]] {
        let server = endless(headers);
        let set = set(&[server.url("")]);
        let faults = faults(get(&set, dir.path()));
        assert!(matches!(faults[..], [Fault::TooLarge { limit }] if limit == set.files[0].limit()), "{faults:?}");
        assert!(names(dir.path()).is_empty());
    }
}

#[test]
fn a_bomb_is_not_decoded_beyond_what_the_file_holds() {
    let bomb = gzip(&vec![0; 1 << 28], 9);
    assert!(bomb.len() < 1 << 19);
    let server = Server::new(move |request, stream| send(request, stream, &bomb));
    let dir = tempfile::tempdir().unwrap();
    let faults = faults(get(&set(&[server.url("")]), dir.path()));
    assert!(matches!(faults[..], [Fault::Wrong(Wrong::Sum { .. })]), "{faults:?}");
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    let body = gzip(&numbers(), 6);
    let redirect =
        |stream: &mut _, to: String| head(stream, "302 Found", &[format!("Location: {to}"), "Content-Length: 0".to_owned()]);
    let good = Server::new({
        let body = body.clone();
        move |request, stream| match &*request.path {
            "/elsewhere" => send_some(request, stream, &body, if request.from.is_none() { 90_000 } else { usize::MAX }),
            _ => redirect(stream, "/elsewhere".to_owned()),
        }
    });
    let dir = tempfile::tempdir().unwrap();
    get(&set(&[good.url("")]), dir.path()).unwrap();
    assert_eq!(good.ranges(), [None, None, Some(90_000), Some(90_000)]);
    assert_whole(dir.path(), &body);

    let circle = Server::new(move |request, stream| redirect(stream, format!("/again/{}", request.earlier)));
    let dir = tempfile::tempdir().unwrap();
    let faults = faults(get(&set(&[circle.url("")]), dir.path()));
    assert!(matches!(faults[..], [Fault::Http(_)]) && faults[0].to_string().contains("redirect"), "{faults:?}");
    assert!(circle.ranges().len() < 8);
}

#[test]
fn servers_that_are_silent_or_drip_are_given_up() {
    let body = gzip(&numbers(), 6);
    let silent = Server::new(|_, _| thread::sleep(Duration::from_secs(20)));
    let stalls = Server::new({
        let body = body.clone();
        move |request, stream| {
            send_some(request, stream, &body, if request.from.is_none() { 10_000 } else { 0 });
            thread::sleep(Duration::from_secs(20));
        }
    });
    let drips = Server::new(move |request, stream| {
        server::announce(request, stream, &body);
        for byte in &body[request.from.unwrap_or(0)..] {
            thread::sleep(Duration::from_millis(50));
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let start = std::time::Instant::now();
    let faults = faults(get(&set(&[silent.url(""), stalls.url(""), drips.url("")]), dir.path()));
    assert!(
        matches!(faults[..], [Fault::Http(_), Fault::Cut { found: 10_000, .. }, Fault::Slow { bytes: 1..1000, .. }]),
        "{faults:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn answers_that_are_no_http() {
    for garbage in [&b""[..], b"220 ftp ready\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n", b"HTTP/1.1 2"] {
        let server = Server::new(move |_, stream| drop(stream.write_all(garbage)));
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(faults(get(&set(&[server.url("")]), dir.path())).len(), 1);
    }
    let dir = tempfile::tempdir().unwrap();
    for url in ["http://", "http://a b", "https://[::", "ftp://a.b"] {
        let faults = faults(get(&set(&[url.to_owned()]), dir.path()));
        assert!(matches!(faults[..], [Fault::Http(_)]), "{faults:?}");
    }
}

#[test]
fn another_file_of_the_name_is_left_alone() {
    let server = Server::new(|_, _| panic!("nothing is asked for"));
    for name in ["numbers/numbers", "numbers/numbers.gz", "numbers.xz"] {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("numbers")).unwrap();
        fs::write(dir.path().join(name), b"mine").unwrap();
        let fault = get(&set(&[server.url("")]), dir.path()).unwrap_err();
        assert!(matches!(&fault, FetchError::InTheWay { path, .. } if *path == dir.path().join(name)), "{fault}");
        assert_eq!(fs::read(dir.path().join(name)).unwrap(), b"mine");
    }
    assert!(server.ranges().is_empty());
}

#[test]
fn two_at_once() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("numbers")).unwrap();
    let part = fs::File::create(dir.path().join("numbers/numbers.gz.part")).unwrap();
    part.lock().unwrap();
    let fault = get(&set(&["http://127.0.0.1:9".to_owned()]), dir.path()).unwrap_err();
    assert!(matches!(fault, FetchError::Busy { .. }), "{fault}");
}

#[test]
fn from_a_mirror_or_a_place_on_the_disk() {
    let body = gzip(&numbers(), 6);
    let server = Server::new({
        let body = body.clone();
        move |request, stream| match &*request.path {
            "/mirror/numbers.gz" | "/other.name?key=1" => send(request, stream, &body),
            _ => head(stream, "404 Not Found", &["Content-Length: 0".to_owned()]),
        }
    });
    let there = tempfile::tempdir().unwrap();
    fs::create_dir(there.path().join("numbers")).unwrap();
    fs::write(there.path().join("numbers/numbers.gz"), &body).unwrap();
    let path = |name: &str| Place::Path(there.path().join(name));
    let places = [
        Place::Url(server.url("mirror")),
        Place::Url(server.url("mirror/")),
        Place::Url(server.url("mirror/numbers.gz")),
        Place::Url(server.url("other.name?key=1")),
        path(""),
        path("numbers"),
        path("numbers/numbers.gz"),
    ];
    let set = set(&[]);
    for from in places {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { from: Some(from.clone()), ..quick(dir.path()) };
        fetch::fetch(&set, &options, &mut |_| ()).unwrap_or_else(|fault| panic!("{from:?}: {fault}"));
        assert_whole(dir.path(), &body);
    }
    // Plain files keep their names.
    let plain = tempfile::tempdir().unwrap();
    fs::write(plain.path().join("numbers"), numbers()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let options = |from: &Path| Options { from: Some(Place::Path(from.to_owned())), ..quick(dir.path()) };
    let files = fetch::fetch(&set, &options(plain.path()), &mut |_| ()).unwrap();
    assert_eq!(files, [dir.path().join("numbers/numbers")]);
    fs::remove_dir_all(dir.path().join("numbers")).unwrap();

    let refused = |from: &Path| fetch::fetch(&set, &options(from), &mut |_| ()).unwrap_err();
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(refused(&empty.path().join("gone")), FetchError::Io { .. }));
    assert!(matches!(refused(empty.path()), FetchError::NotInFolder { .. }));
    fs::write(empty.path().join("numbers.xz"), b"no numbers").unwrap();
    assert!(matches!(refused(empty.path()), FetchError::Wrong { .. }));
    assert!(matches!(refused(&empty.path().join("numbers.xz")), FetchError::Wrong { .. }));
    let mnist = fetch::fetch(fetch::set("mnist").unwrap(), &options(&empty.path().join("numbers.xz")), &mut |_| ()).unwrap_err();
    assert!(matches!(mnist, FetchError::OneOfMany { count: 4, .. }), "{mnist}");
}
