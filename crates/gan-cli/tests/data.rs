//! Real MNIST files, where `GAN_DATA` says that they are.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Place, is_png};

#[test]
fn mnist_from_its_folder_or_the_one_above_it() {
    let Some(above) =
        std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from).filter(|d| d.join("mnist").is_dir())
    else {
        eprintln!("skipped: GAN_DATA does not name a folder that holds mnist");
        return;
    };
    let p = Place::new();
    let small = ["--set=generator.layers[0].units=8", "--set=generator.layers[2].units=8", "--steps=2", "--quiet"];
    for (out, dir) in [("a", above.clone()), ("b", above.join("mnist"))] {
        p.gan().args(["train", "mnist-2014", "--out", out, "--data"]).arg(&dir).args(small).assert().code(0);
    }
    // a run that was copied to a machine without the data
    let config = fs::read_to_string(p.path("a/config.toml")).unwrap();
    let line = config.lines().find(|l| l.starts_with("dir = ")).unwrap();
    fs::write(p.path("a/config.toml"), config.replace(line, "dir = \"gone\"")).unwrap();
    let draw = |run: &str| p.run(0, &["sample", run, "-n", "2", "--npy", "-"]).stdout;
    assert!(draw("a") == draw("b"));
    p.run(0, &["sample", "a", "--quiet"]);
    assert!(is_png(&fs::read(p.path("samples.png")).unwrap()));
    p.refuses(1, &["resume", "a", "--steps", "1"], &["gone", "--data"]);
    p.gan().args(["resume", "a", "--steps", "1", "--quiet", "--data"]).arg(above).assert().code(0);
}
