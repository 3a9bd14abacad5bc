//! `gan train` and `gan resume`.

mod common;

use std::fs;

use common::{Place, SMALL, json, json_file, text, weights};

#[test]
fn a_run_leaves_everything_in_its_folder_and_quiet_prints_nothing() {
    let p = Place::new();
    let output = p.run(0, &[&["train", "ring", "--quiet", "--out", "a", "--steps", "20"][..], &SMALL].concat());
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
    for file in ["config.toml", "metrics.jsonl", "samples/step-00000001.png", "checkpoints/step-00000020/manifest.bin"] {
        assert!(p.path("a").join(file).is_file(), "{file}");
    }
    let summary = json_file(&p.path("a/summary.json"));
    assert_eq!((&summary["steps"], &summary["ended"]), (&20.into(), &"done".into()));
    let data = json_file(&p.path("a/data.json"));
    assert_eq!((&data["name"], &data["count"], &data["shape"]), (&"ring".into(), &500.into(), &serde_json::json!([2])));
    // the quiet end of a run that is over
    let output = p.run(0, &["resume", "a", "--quiet"]);
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
}

#[test]
fn json_is_json_line_by_line() {
    let p = Place::new();
    let small = [&["train", "ring", "--json", "--out", "a", "--steps", "20"][..], &SMALL].concat();
    let said = text(&p.run(0, &small).stdout);
    let events: Vec<String> = said.lines().map(|l| json(l.as_bytes())["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(events.first().map(String::as_str), Some("started"));
    assert_eq!(events.last().map(String::as_str), Some("finished"));
    assert!(events.contains(&"saved".to_owned()) && events.contains(&"step".to_owned()), "{events:?}");
    let over = json(&p.run(0, &["resume", "a", "--json"]).stdout);
    assert_eq!((&over["event"], &over["step"]), (&"finished".into(), &20.into()));
}

#[test]
fn resuming_gives_the_bits_of_an_uninterrupted_run() {
    let p = Place::new();
    p.ring("whole", 30);
    p.ring("parts", 12);
    p.run(0, &["resume", "parts", "--steps", "10", "--quiet", "--threads", "1"]);
    p.run(0, &["resume", "parts", "--steps", "8", "--quiet", "--threads", "3"]);
    assert!(weights(&p.path("whole"), 30) == weights(&p.path("parts"), 30));
    assert_eq!(json_file(&p.path("parts/summary.json"))["steps"], 30);
    // and another seed gives others
    p.run(0, &[&["train", "ring", "--quiet", "--out", "other", "--steps", "30", "--seed", "2"][..], &SMALL].concat());
    assert!(weights(&p.path("whole"), 30) != weights(&p.path("other"), 30));
}

#[test]
fn more_is_counted_from_the_last_checkpoint() {
    let p = Place::new();
    p.ring("a", 5);
    assert!(text(&p.run(0, &["resume", "a"]).stdout).contains("has come to its end at step 5"));
    // 500 samples, 16 a batch: 31 steps a pass
    p.run(0, &["resume", "a", "--epochs", "1", "--quiet"]);
    assert_eq!(json_file(&p.path("a/summary.json"))["steps"], 36);
    p.run(0, &["resume", "a", "--time", "0.05s", "--quiet"]);
    assert!(json_file(&p.path("a/summary.json"))["steps"].as_u64() > Some(36));
    p.run(0, &["resume", "a", "--steps", "1", "--quiet", "--set", "samples.every_steps=1"]);
}

#[test]
fn what_makes_another_model_is_not_changed() {
    let p = Place::new();
    p.ring("a", 3);
    let before = fs::read(p.path("a/config.toml")).unwrap();
    p.refuses(2, &["resume", "a", "--steps", "3", "--set", "train.batch=17"], &["train.batch", "another model"]);
    p.refuses(2, &["resume", "a", "--steps", "3", "--set", "train.bathc=17"], &["bathc", "did you mean `batch`"]);
    assert!(before == fs::read(p.path("a/config.toml")).unwrap());
}

#[test]
fn a_folder_that_is_taken_stays_as_it_is() {
    let p = Place::new();
    p.ring("a", 3);
    let before = weights(&p.path("a"), 3);
    p.refuses(1, &["train", "ring", "--steps", "5", "--out", "a"], &["a exists already", "gan resume a"]);
    assert!(before == weights(&p.path("a"), 3));
    fs::write(p.path("file"), "x").unwrap();
    p.refuses(2, &["train", "ring", "--out", "file"], &["file is a file", "folder"]);
    p.refuses(2, &["train", "ring", "--out", "file/below"], &["file is a file"]);
    // an empty folder is as good as none
    fs::create_dir(p.path("empty")).unwrap();
    p.ring("empty", 2);
}

#[test]
fn runs_without_a_name_get_numbers() {
    let p = Place::new();
    for _ in 0..2 {
        p.run(0, &[&["train", "ring", "--quiet", "--steps", "2"][..], &SMALL].concat());
    }
    assert!(p.path("runs/ring-1/summary.json").is_file() && p.path("runs/ring-2/summary.json").is_file());
    p.refuses(1, &["sample", "ring"], &["there is no run ring", "runs/ring-1"]);
}

#[test]
fn wrong_configurations_say_what_was_meant_and_leave_nothing() {
    let p = Place::new();
    let set = |value: &'static str| vec!["train", "ring", "--out", "z", "--set", value];
    let cases: [(Vec<&str>, &[&str]); 14] = [
        (vec!["train", "rign"], &["rign", "did you mean `ring`"]),
        (set("data.name=rnig"), &["rnig", "did you mean `ring`"]),
        (set("generator.layers[0].type=liner"), &["generator.layers[0].type", "did you mean `linear`"]),
        (set("game.objective=minmax"), &["minmax", "did you mean `minimax`"]),
        (set("generator.optimizer=adma"), &["adma", "did you mean `adam`"]),
        (set("generator.layers[4].units=3"), &["generator", "3", "2"]),
        (set("generator.layers[0].units=100000000"), &["generator.layers[0].units", "1000000"]),
        (set("generator.layers[9].units=1"), &["[9]", "5 entries"]),
        (set("generator.optimizer.lr=-1"), &["generator.optimizer.lr", "at least 0"]),
        (set("train.batch=0"), &["train.batch", "1 to 100000"]),
        (set("train.batch=1e30"), &["train.batch"]),
        (set("nonsense"), &["key=value"]),
        (set("train.minutes=1e300"), &["train.minutes"]),
        (vec!["train", "mnist-2014", "--out", "z"], &["mnist", "--data DIR"]),
    ];
    for (args, words) in cases {
        p.refuses(2, &args, words);
        assert!(!p.path("z").exists(), "{args:?}");
    }
    p.refuses(1, &["train", "mnist-2014", "--out", "z", "--data", "gone"], &["train-images-idx3-ubyte", "gone", "--data"]);
    assert!(!p.path("z").exists());
}

#[test]
fn nonsense_numbers_are_refused() {
    let p = Place::new();
    for (option, value) in [
        ("--steps", "0"),
        ("--steps", "x"),
        ("--steps", "99999999999999999999"),
        ("--epochs", "nan"),
        ("--epochs", "inf"),
        ("--epochs", "0"),
        ("--time", "3days"),
        ("--time", "1e300h"),
        ("--threads", "0"),
        ("--threads", "100000"),
        ("--seed", "abc"),
        ("--seed=-1", "x"),
    ] {
        p.refuses(2, &["train", "ring", "--out", "z", option, value], &["error"]);
    }
    p.refuses(2, &["train", "ring", "--steps", "3", "--epochs", "3"], &["cannot be used with"]);
    p.refuses(2, &["train", "ring", "--quiet", "--json"], &["cannot be used with"]);
}

#[test]
fn configuration_files() {
    let p = Place::new();
    p.ring("a", 2);
    p.run(0, &["train", "--config", "a/config.toml", "--out", "b", "--quiet"]);
    assert!(weights(&p.path("a"), 2) == weights(&p.path("b"), 2));
    p.refuses(1, &["train", "--config", "gone.toml"], &["gone.toml", "No such file"]);
    p.refuses(2, &["train", "a/config.toml"], &["is a file", "--config a/config.toml"]);
    p.refuses(2, &["train", "a"], &["is a run", "gan resume a"]);
    fs::write(p.path("broken.toml"), "name = ").unwrap();
    p.refuses(2, &["train", "--config", "broken.toml"], &["broken.toml", "line 1"]);
    fs::write(p.path("empty.toml"), "").unwrap();
    p.refuses(2, &["train", "--config", "empty.toml"], &["empty.toml", "missing field"]);
    fs::write(p.path("bytes.toml"), [0xff, 0xfe, 0x00]).unwrap();
    p.refuses(1, &["train", "--config", "bytes.toml"], &["bytes.toml", "UTF-8"]);
    fs::write(p.path("huge.toml"), vec![b'#'; (1 << 20) + 1]).unwrap();
    p.refuses(2, &["train", "--config", "huge.toml"], &["huge.toml", "at most"]);
}

#[test]
fn what_is_no_run_is_told_from_what_was_meant() {
    let p = Place::new();
    p.ring("a", 2);
    fs::create_dir(p.path("plain")).unwrap();
    p.refuses(1, &["resume", "gone"], &["there is no run gone"]);
    p.refuses(1, &["resume", "plain"], &["plain", "config.toml"]);
    p.refuses(2, &["resume", "a/checkpoints/step-00000002"], &["part of a run"]);
    p.refuses(2, &["resume", "a/config.toml"], &["part of a run"]);
    p.refuses(2, &["sample", "a/checkpoints/step-00000009"], &["does not exist", "the run's folder"]);
    fs::remove_dir_all(p.path("a/checkpoints")).unwrap();
    p.refuses(1, &["resume", "a"], &["no checkpoint", "gan train --config a/config.toml"]);
}

#[test]
fn divergence_has_a_code_of_its_own_and_says_where_it_began() {
    let p = Place::new();
    let hot = [
        &["train", "ring", "--quiet", "--out", "a", "--steps", "50"][..],
        &SMALL,
        &["--set", "discriminator.optimizer={type=\"sgd\", lr=1e30}"],
    ]
    .concat();
    p.refuses(3, &hot, &["diverged at step 1", "phase discriminator", "it began in", "learning rate"]);
    assert!(json_file(&p.path("a/summary.json"))["ended"].as_str().unwrap().starts_with("diverged"));
    p.refuses(1, &["sample", "a"], &["no checkpoint", "nothing was saved"]);
    // a run that was good before keeps its checkpoint
    p.ring("b", 4);
    let before = weights(&p.path("b"), 4);
    let config = fs::read_to_string(p.path("b/config.toml")).unwrap();
    let hot = config.replace("from = 0.002", "from = 1e37");
    assert_ne!(hot, config, "the preset has another learning rate");
    fs::write(p.path("b/config.toml"), hot).unwrap();
    p.refuses(3, &["resume", "b", "--steps", "50", "--quiet"], &["diverged", "the checkpoint of step 4 is intact"]);
    assert!(before == weights(&p.path("b"), 4));
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_does_not_end_a_run() {
    use std::process::{Command, Stdio};
    let p = Place::new();
    for json in ["--json", "--time=0.3s"] {
        let out = format!("a{json}");
        let mut args = [&["train", "ring", "--out", &out][..], &SMALL].concat();
        if json == "--json" {
            args.extend(["--json", "--steps", "300", "--set=metrics.every_steps=1"]);
        } else {
            args.push(json);
        }
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("gan"))
            .args(args)
            .current_dir(p.0.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(p.path(&out).join("summary.json").is_file());
    }
}

#[cfg(unix)]
#[test]
fn paths_need_not_be_unicode() {
    use std::os::unix::ffi::OsStrExt;
    let p = Place::new();
    let name = std::ffi::OsStr::from_bytes(b"run-\xff");
    let train = [&["train", "ring", "--quiet", "--steps", "3"][..], &SMALL].concat();
    p.gan().args(train).arg("--out").arg(name).assert().code(0);
    p.gan().arg("resume").arg(name).args(["--steps", "2", "--quiet"]).assert().code(0);
    p.gan().arg("sample").arg(name).args(["-n", "3", "--npy", "x.npy"]).assert().code(0);
    // but for what the configuration keeps
    let refused = p.gan().args(["train", "ring", "--out", "z", "--data"]).arg(name).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("Unicode") && !p.path("z").exists());
    p.gan().arg("train").arg(name).assert().code(2);
}
