//! `gan bench`.

mod common;

use common::{Place, json, text};

#[test]
fn parzen_windows() {
    let p = Place::new();
    let small = ["bench", "parzen", "--points", "30", "--samples", "40", "--dim", "5", "--threads", "2"];
    assert!(text(&p.run(0, &small).stdout).starts_with("parzen, 40 samples x 30 points x 5, threads 2"));
    let line = json(&p.run(0, &[&small[..], &["--json"]].concat()).stdout);
    assert_eq!((&line["points"], &line["search_points"], &line["sigmas"]), (&30.into(), &3.into(), &10.into()));
    assert!(line["ms"].as_f64() > Some(0.0) && line["log_likelihood"].as_f64().is_some_and(f64::is_finite));
    p.refuses(2, &["bench", "parzen", "--points", "0"], &["--points"]);
}

#[test]
fn steps() {
    let p = Place::new();
    for (model, width) in
        [("mlp", Some("4")), ("wgangp-mlp", Some("4")), ("toy", Some("4")), ("dcgan", None), ("wgangp-dcgan", None)]
    {
        let small = ["bench", "step", "--model", model, "--batch", "2", "--chunks", "1", "--chunk-seconds", "0"];
        let width = width.map(|w| vec!["--width", w]).unwrap_or_default();
        let line = json(&p.run(0, &[&small[..], &width, &["--threads", "1", "--json"]].concat()).stdout);
        assert_eq!((&line["model"], &line["batch"], &line["threads"]), (&model.into(), &2.into(), &1.into()));
        assert!(line["ms"].as_f64() > Some(0.0) && line["ms_best"].as_f64() <= line["ms"].as_f64());
    }
}

#[test]
fn samples() {
    let p = Place::new();
    for (model, batch) in [("toy", 1), ("dcgan", 3)] {
        let at = batch.to_string();
        let small = ["bench", "sample", "--model", model, "--batch", &at, "--many", "150", "--chunks", "1", "--threads", "2"];
        let line = json(&p.run(0, &[&small[..], &["--json"]].concat()).stdout);
        assert_eq!((&line["batch"], &line["many"], &line["threads"]), (&batch.into(), &150.into(), &2.into()));
        assert!(line["ms"].as_f64() > Some(0.0) && line["ms_best"].as_f64() <= line["ms"].as_f64());
        assert!(line["samples_s"].as_f64() > Some(0.0) && line["samples_s"].as_f64() <= line["samples_s_best"].as_f64());
    }
    let alone = ["bench", "sample", "--model", "toy", "--many", "0", "--chunks", "1"];
    assert!(!text(&p.run(0, &alone).stdout).contains("at once"));
    p.refuses(2, &["bench", "sample", "--batch", "0"], &["--batch"]);
}

#[test]
fn the_peak() {
    let line = json(&Place::new().run(0, &["bench", "peak", "--threads", "2", "--json"]).stdout);
    assert!(line["gflop_s"].as_f64() > Some(0.1) && line["threads"] == 2);
}
