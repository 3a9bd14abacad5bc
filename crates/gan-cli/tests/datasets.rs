//! `gan data`: list, fetch, inspect, convert.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use common::{Place, is_png, json, npy, text};

/// The folder that holds real data, if there is one.
fn real() -> Option<PathBuf> {
    let above =
        std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from).filter(|dir| dir.join("mnist").is_dir());
    if above.is_none() {
        eprintln!("skipped: GAN_DATA does not name a folder that holds mnist");
    }
    above
}

/// A server on loopback: what it is asked for, and its address. It has the files of `folder`, or nothing.
fn server(folder: Option<PathBuf>) -> (Arc<Mutex<Vec<String>>>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (asked, address) = (Arc::new(Mutex::new(Vec::new())), format!("http://{}", listener.local_addr().unwrap()));
    let log = asked.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let Some(first) = lines.next() else { continue };
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let path = first.split(' ').nth(1).unwrap_or_default();
            let file = folder.as_ref().and_then(|folder| fs::read(folder.join(path.trim_start_matches('/'))).ok());
            log.lock().unwrap().push(first.clone());
            let (status, body) = file.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
            let _ = write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(&body);
        }
    });
    (asked, address)
}

#[test]
fn the_list_says_which_files_are_there() {
    let p = Place::new();
    let list = json(&p.run(0, &["data", "list", "--json"]).stdout);
    let of = |name: &str| list.as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap().clone();
    assert_eq!((&of("ring")["files"], &of("ring")["found"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(
        (&of("mnist")["files"], &of("mnist")["found"], &of("mnist")["fetchable"]),
        (&true.into(), &false.into(), &true.into())
    );
    let said = text(&p.run(0, &["data", "list"]).stdout);
    assert!(said.contains("gan data fetch mnist"), "{said}");
    assert_eq!(said.lines().count(), list.as_array().unwrap().len());
}

#[test]
fn what_a_set_holds() {
    let p = Place::new();
    let args = ["data", "inspect", "digits", "--split", "all", "--out", "sheet.png", "--mean", "mean.png"];
    let said = text(&p.run(0, &args).stdout);
    for word in ["digits, all: ", "[28, 28, 1]", "duplicates  ", "class 9", "0 to 1"] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(["sheet.png", "mean.png"].iter().all(|name| is_png(&fs::read(p.path(name)).unwrap())));
    let seen = json(&p.run(0, &["data", "inspect", "digits", "-n", "50", "--json"]).stdout);
    let classes: u64 = seen["classes"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!((&seen["count"], classes, &seen["duplicates"]), (&50.into(), 50, &0.into()));
    for (name, dim) in [("ring", 2), ("gaussian", 1)] {
        let seen = json(&p.run(0, &["data", "inspect", name, "-n", "100", "--json", "--out", "points.png"]).stdout);
        assert_eq!((&seen["shape"], &seen["values"]["not_finite"]), (&serde_json::json!([dim]), &0.into()));
        assert!(is_png(&fs::read(p.path("points.png")).unwrap()));
    }
}

#[test]
fn what_cannot_be_inspected() {
    let p = Place::new();
    p.refuses(2, &["data", "inspect", "rign"], &["did you mean `ring`"]);
    p.refuses(2, &["data", "inspect", "ring", "--split", "tset"], &["'test'"]);
    p.refuses(2, &["data", "inspect", "digits", "-n", "1000000"], &["1000000 samples"]);
    p.refuses(1, &["data", "inspect", "mnist"], &["train-images-idx3-ubyte", "gan data fetch mnist"]);
    p.refuses(1, &["data", "inspect", "."], &["no data set that is known", "none of mnist, "]);
    p.refuses(1, &["data", "inspect", "gone/pictures"], &["gone/pictures is not there"]);
    fs::create_dir(p.path("pictures")).unwrap();
    fs::write(p.path("pictures/a.png"), "GIF89a").unwrap();
    p.refuses(1, &["data", "inspect", "pictures"], &["cannot be read as\n  images: ", "a.png", "a PNG or JPEG picture"]);
    p.refuses(2, &["data", "inspect", "ring", "--out", "a.jpg"], &[".png"]);
}

#[test]
fn arrays_and_pictures() {
    let p = Place::new();
    p.run(0, &["data", "convert", "digits", "-n", "30", "--to", "npy", "--out", "d.npy"]);
    let (shape, values) = npy(&fs::read(p.path("d.npy")).unwrap());
    assert_eq!((shape.as_str(), values.len()), ("30,28,28,1", 30 * 784));
    let labels = fs::read(p.path("d-labels.npy")).unwrap();
    assert!(text(&labels).contains("'<u4'"));
    assert_eq!(
        p.run(0, &["data", "convert", "digits", "-n", "30", "--to", "npy", "--out", "-"]).stdout,
        fs::read(p.path("d.npy")).unwrap()
    );

    p.run(0, &["data", "convert", "digits", "-n", "30", "--to", "png", "--out", "deep/er"]);
    let first = u32::from_le_bytes(labels[labels.len() - 120..][..4].try_into().unwrap());
    let file = fs::read(p.path(&format!("deep/er/{first}/00.png"))).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; 784];
    assert_eq!(reader.next_frame(&mut pixels).unwrap().buffer_size(), 784);
    assert!(pixels.iter().zip(&values).all(|(pixel, value)| f32::from(*pixel) / 255.0 == *value));
    let classes = fs::read_dir(p.path("deep/er")).unwrap().flatten();
    assert_eq!(classes.map(|class| fs::read_dir(class.path()).unwrap().count()).sum::<usize>(), 30);

    p.refuses(2, &["data", "convert", "digits", "--to", "png", "--out", "deep/er"], &["not empty"]);
    p.refuses(2, &["data", "convert", "ring", "--to", "png", "--out", "ring"], &["[2]", "--to npy"]);
    p.run(0, &["data", "convert", "ring", "-n", "5", "--split", "test", "--to", "npy", "--out", "ring.npy"]);
    assert_eq!(npy(&fs::read(p.path("ring.npy")).unwrap()).0, "5,2");
}

#[test]
fn what_cannot_be_fetched() {
    let p = Place::new();
    p.refuses(2, &["data", "fetch", "minst"], &["mnist"]);
    p.refuses(1, &["data", "fetch", "mnist", "--from", "gone"], &["gone"]);
    fs::write(p.path("one"), "").unwrap();
    p.refuses(2, &["data", "fetch", "mnist", "--from", "one"], &["4 files"]);
    p.refuses(1, &["data", "fetch", "cifar10", "--from", "one"], &["one", "truncated"]);
    let (asked, url) = server(None);
    let from = format!("{url}/mirror");
    let output = p.gan().args(["data", "fetch", "mnist", "--from", &from]).env("NO_PROXY", "127.0.0.1").output().unwrap();
    let said = text(&output.stderr);
    assert!(
        output.status.code() == Some(1) && said.contains("404") && said.contains("/mirror/train-images-idx3-ubyte.gz"),
        "{said}"
    );
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn proxies_of_the_environment_are_asked() {
    let p = Place::new();
    let (asked, url) = server(None);
    let mut command = p.gan();
    for name in ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    let output =
        command.args(["data", "fetch", "cifar10", "--from", "http://mirror.invalid"]).env("HTTP_PROXY", url).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let asked = asked.lock().unwrap();
    assert!(asked.len() == 1 && asked[0].contains("mirror.invalid"), "{asked:?}");
}

#[test]
fn mnist_is_fetched_and_found() {
    let Some(above) = real() else { return };
    let p = Place::new();
    let (asked, url) = server(Some(above.join("mnist")));
    let fetch = |url: &str| {
        let output = p.gan().args(["data", "fetch", "mnist", "--from", url]).env("NO_PROXY", "127.0.0.1").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert_eq!(fetch(&url).matches("is there now").count(), 4);
    assert_eq!(fetch(&url).matches("is there already").count(), 4);
    assert_eq!((asked.lock().unwrap().len(), fs::read_dir(p.path("data/mnist")).unwrap().count()), (4, 4));
    p.run(0, &["data", "fetch", "mnist", "--from", above.to_str().unwrap(), "--dir", "copy/mnist", "--quiet"]);
    assert_eq!(fs::read_dir(p.path("copy/mnist")).unwrap().count(), 4);

    let said = text(&p.run(0, &["data", "list"]).stdout);
    assert!(said.lines().any(|line| line.starts_with("mnist ") && line.ends_with("[in data]")), "{said}");
    for what in ["mnist", "data", "copy/mnist"] {
        let seen = json(&p.run(0, &["data", "inspect", what, "--split", "test", "--json"]).stdout);
        assert_eq!((&seen["name"], &seen["count"], &seen["classes"][0]), (&"mnist".into(), &10_000.into(), &980.into()));
    }
    let small = ["--set=generator.layers[0].units=8", "--set=generator.layers[2].units=8", "--steps=2", "--quiet"];
    p.run(0, &[&["train", "mnist-2014", "--out", "a"][..], &small].concat());
    assert!(fs::read_to_string(p.path("a/config.toml")).unwrap().contains("data\""));
}
