//! `gan sample` and `gan interpolate`.

mod common;

use std::fs;

use common::{Place, is_png, json, npy, text};

#[test]
fn the_head_of_many_is_few() {
    let p = Place::new();
    p.ring("a", 20);
    p.run(0, &["sample", "a", "-n", "1000", "--seed", "7", "--npy", "many.npy"]);
    p.run(0, &["sample", "a", "-n", "64", "--seed", "7", "--npy", "few.npy", "--threads", "1"]);
    p.run(0, &["sample", "a", "-n", "64", "--seed", "8", "--npy", "other.npy"]);
    let (shape, many) = npy(&fs::read(p.path("many.npy")).unwrap());
    assert_eq!((shape.as_str(), many.len()), ("1000,2", 2000));
    let (shape, few) = npy(&fs::read(p.path("few.npy")).unwrap());
    assert_eq!(shape, "64,2");
    assert!(many[..128] == few[..]);
    assert!(npy(&fs::read(p.path("other.npy")).unwrap()).1 != few);
    assert!(!p.path("samples.png").exists(), "--npy alone draws no picture");
}

#[test]
fn averaged_and_raw_weights_differ() {
    let p = Place::new();
    p.ring("a", 20);
    p.run(0, &["sample", "a", "-n", "5", "--npy", "averaged.npy"]);
    p.run(0, &["sample", "a", "-n", "5", "--npy", "raw.npy", "--raw"]);
    assert!(fs::read(p.path("averaged.npy")).unwrap() != fs::read(p.path("raw.npy")).unwrap());
}

#[test]
fn pictures() {
    let p = Place::new();
    p.ring("a", 3);
    let said = text(&p.run(0, &["sample", "a"]).stdout);
    assert!(said.contains("64 samples") && said.contains("samples.png"), "{said}");
    assert!(is_png(&fs::read(p.path("samples.png")).unwrap()));
    p.run(0, &["interpolate", "a", "--rows", "2", "--columns", "3", "--out", "lines.PNG"]);
    assert!(is_png(&fs::read(p.path("lines.PNG")).unwrap()));
    p.run(0, &["interpolate", "a", "--quiet"]);
    assert!(is_png(&fs::read(p.path("interpolation.png")).unwrap()));
    // the same command, the same bytes
    p.run(0, &["sample", "a", "--out", "again.png"]);
    assert!(fs::read(p.path("samples.png")).unwrap() == fs::read(p.path("again.png")).unwrap());
}

#[test]
fn output_for_programs() {
    let p = Place::new();
    p.ring("a", 3);
    let said = json(&p.run(0, &["sample", "a", "-n", "5", "--npy", "x.npy", "--out", "x.png", "--json"]).stdout);
    assert_eq!((&said["samples"], &said["step"], &said["seed"]), (&5.into(), &3.into(), &1.into()));
    assert_eq!(said["files"], serde_json::json!(["x.npy", "x.png"]));
    assert_eq!(json(&p.run(0, &["interpolate", "a", "--json"]).stdout)["rows"], 8);
    assert!(p.run(0, &["sample", "a", "--quiet"]).stdout.is_empty());
    let (shape, _) = npy(&p.run(0, &["sample", "a", "-n", "5", "--npy", "-"]).stdout);
    assert_eq!(shape, "5,2");
    assert!(is_png(&p.run(0, &["sample", "a", "--out", "-"]).stdout));
    p.refuses(2, &["sample", "a", "--npy", "-", "--json"], &["only one"]);
    p.refuses(2, &["interpolate", "a", "--out", "-", "--json"], &["only one"]);
}

#[test]
fn checkpoints_by_name() {
    let p = Place::new();
    p.ring("a", 3);
    p.run(0, &["resume", "a", "--steps", "2", "--quiet"]);
    let bytes = |which: &[&str]| p.run(0, &[&["sample", "-n", "3", "--npy", "-"], which].concat()).stdout;
    let last = bytes(&["a", "--checkpoint", "last"]);
    assert!(last == bytes(&["a", "--checkpoint", "5"]));
    assert!(last == bytes(&["a/checkpoints/step-00000005"]));
    assert!(last != bytes(&["a", "--checkpoint", "3"]));
    p.refuses(1, &["sample", "a", "--checkpoint", "4"], &["no checkpoint 4", "last, 3, 5"]);
    p.refuses(2, &["sample", "a", "--checkpoint", "bst"], &["best, last or the number of a step"]);
}

#[test]
fn damaged_runs() {
    let p = Place::new();
    p.ring("a", 3);
    let folder = p.path("a/checkpoints/step-00000003");
    let weights = fs::read(folder.join("generator.safetensors")).unwrap();
    let manifest = fs::read(folder.join("manifest.bin")).unwrap();

    fs::write(folder.join("generator.safetensors"), &weights[..100]).unwrap();
    p.refuses(1, &["sample", "a"], &["generator.safetensors", "found 100", "damaged", "delete a/checkpoints/step-00000003"]);
    p.refuses(1, &["resume", "a", "--steps", "1"], &["generator.safetensors", "damaged"]);
    let mut flipped = weights.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(folder.join("generator.safetensors"), flipped).unwrap();
    p.refuses(1, &["sample", "a"], &["generator.safetensors", "damaged"]);
    fs::remove_file(folder.join("generator.safetensors")).unwrap();
    p.refuses(1, &["sample", "a"], &["generator.safetensors"]);
    fs::write(folder.join("generator.safetensors"), &weights).unwrap();

    fs::write(folder.join("manifest.bin"), &manifest[..manifest.len() - 1]).unwrap();
    p.refuses(1, &["sample", "a"], &["manifest.bin", "truncated"]);
    p.refuses(1, &["inspect", "a"], &["manifest.bin", "truncated"]);
    fs::write(folder.join("manifest.bin"), "GIF89a, no manifest at all, but long enough to be one by its size").unwrap();
    p.refuses(1, &["sample", "a"], &["manifest.bin", "not such a file"]);
    fs::write(folder.join("manifest.bin"), &manifest).unwrap();
    p.run(0, &["sample", "a", "--quiet"]);

    fs::write(p.path("a/config.toml"), "").unwrap();
    p.refuses(2, &["sample", "a"], &["config.toml", "missing field"]);
    fs::remove_file(p.path("a/config.toml")).unwrap();
    p.refuses(1, &["sample", "a"], &["config.toml"]);
}

#[test]
fn targets_that_cannot_be_written() {
    let p = Place::new();
    p.ring("a", 2);
    for option in ["--npy", "--out"] {
        p.refuses(1, &["sample", "a", option, "gone/x.png"], &["cannot write gone/x.png", "No such file"]);
        p.refuses(1, &["sample", "a", option, "a"], &["cannot write a", "folder"]);
    }
    p.refuses(2, &["sample", "a", "--out", "x.jpg"], &[".png"]);
    p.refuses(2, &["interpolate", "a", "--out", "x.jpg"], &[".png"]);
    let names: Vec<_> = fs::read_dir(p.0.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["a"], "nothing is left behind");
}

#[cfg(unix)]
#[test]
fn no_permission() {
    use std::os::unix::fs::PermissionsExt;
    let p = Place::new();
    p.ring("a", 2);
    let closed = p.path("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(closed.join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    p.refuses(1, &["sample", "a", "--out", "closed/x.png"], &["closed/x.png", "ermission denied"]);
    p.refuses(1, &["train", "ring", "--steps", "2", "--out", "closed/run"], &["closed/run", "ermission denied"]);
}

#[test]
fn counts_and_sizes_are_bounded() {
    let p = Place::new();
    p.ring("a", 2);
    for n in ["0", "-1", "x", "10000001", "99999999999999999999"] {
        p.refuses(2, &["sample", "a", "-n", n], &["error"]);
    }
    for (option, n) in [("--rows", "0"), ("--columns", "1"), ("--rows", "1000")] {
        p.refuses(2, &["interpolate", "a", option, n], &["error", n]);
    }
    p.refuses(2, &["sample", "a", "--seed", "18446744073709551616"], &["--seed"]);
    p.run(0, &["sample", "a", "-n", "1", "--seed", "18446744073709551615", "--quiet"]);
}

/// A margin around the data's pictures is part of the run: it is there again when the run is resumed, and known without the data.
#[test]
fn padded_pictures_are_resumed_and_sampled() {
    let p = Place::new();
    let small = ["--quiet", "--set=train.batch=8", "--set=data.count=64", "--set=generator.layers[4].units=1024"];
    p.run(0, &[&["train", "digits", "--steps", "2", "--out", "a", "--set=data.pad=2"][..], &small].concat());
    p.run(0, &["resume", "a", "--steps", "1", "--quiet"]);
    let config = fs::read_to_string(p.path("a/config.toml")).unwrap();
    assert!(config.contains("pad = 2"), "{config}");
    let before = p.run(0, &["sample", "a", "-n", "3", "--npy", "-"]).stdout;
    assert!(String::from_utf8_lossy(&before[..128]).contains("(3, 32, 32, 1"));
    fs::write(p.path("a/config.toml"), config.replace("name = \"digits\"\nsplit", "name = \"mnist\"\ndir = \"gone\"\nsplit"))
        .unwrap();
    assert!(before == p.run(0, &["sample", "a", "-n", "3", "--npy", "-"]).stdout);
    p.refuses(1, &[&["train", "digits", "--out", "b", "--set=data.pad=29"][..], &small].concat(), &["at most 28, found 29"]);
    p.refuses(2, &[&["train", "digits", "--out", "b"][..], &small].concat(), &["1024", "784"]);
}

/// A run whose data are read from files that are not there: what it wrote down of them is enough.
#[test]
fn the_data_are_not_needed() {
    let p = Place::new();
    p.run(0, &["train", "digits", "--quiet", "--steps", "2", "--out", "a", "--set=train.batch=8", "--set=data.count=64"]);
    let before = p.run(0, &["sample", "a", "-n", "3", "--npy", "-"]).stdout;
    let config = fs::read_to_string(p.path("a/config.toml")).unwrap();
    fs::write(
        p.path("a/config.toml"),
        config.replace("[data]\nname = \"digits\"\n", "[data]\nname = \"mnist\"\ndir = \"gone\"\n"),
    )
    .unwrap();
    assert!(before == p.run(0, &["sample", "a", "-n", "3", "--npy", "-"]).stdout);
    p.run(0, &["interpolate", "a", "--quiet"]);
    p.run(0, &["inspect", "a"]);
    p.refuses(1, &["sample", "a", "--data", "gone"], &["gone", "--data"]);
    p.refuses(1, &["resume", "a", "--steps", "1"], &["gone", "--data"]);
    p.refuses(2, &["sample", "a", "-n", "100000"], &["at most 65536", "--npy"]);
    fs::write(p.path("a/data.json"), "{}").unwrap();
    p.refuses(1, &["sample", "a"], &["data.json", "missing field"]);
}
