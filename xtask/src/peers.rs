//! Training steps beside those of other libraries.
//!
//! The peers are programs outside this repository that time the same step by the same rules and print a line of JSON with the
//! keys of `gan bench step --json`: `torch_gan.py` and `jax_gan.py` in one folder, `candle_gan` and `burn_gan` in another. What is
//! not there is left out, with a reason. Runs alternate, ours before each peer's, so that both see the same machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// Models that some peer knows.
const MODELS: [&str; 5] = ["mlp", "dcgan", "wgangp-mlp", "wgangp-dcgan", "toy"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Models, separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = MODELS.map(str::to_owned), value_parser = MODELS)]
    models: Vec<String>,
    /// Numbers of threads, separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2], value_parser = clap::value_parser!(u16).range(1..))]
    threads: Vec<u16>,
    /// Rounds; a figure is the median over them
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// One round of short runs: rough
    #[arg(long)]
    quick: bool,
    /// Folder of the peers in Python
    #[arg(long, env = "GAN_PEERS", value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Python with PyTorch
    #[arg(long, env = "TORCH_PY", value_name = "FILE")]
    torch: Option<PathBuf>,
    /// Python with JAX
    #[arg(long, env = "JAX_PY", value_name = "FILE")]
    jax: Option<PathBuf>,
    /// Folder of the peers in Rust, built [default: rust/target/release below the other peers]
    #[arg(long, env = "GAN_PEERS_RUST", value_name = "DIR")]
    rust: Option<PathBuf>,
    /// PyTorch's compiler as well, which takes long to start
    #[arg(long)]
    compile: bool,
    /// The program, built for release; otherwise it is built
    #[arg(long, value_name = "FILE")]
    gan: Option<PathBuf>,
}

/// A program and how it is called.
struct Peer {
    name: &'static str,
    program: PathBuf,
    /// Before the model and the threads.
    script: Option<PathBuf>,
    options: &'static [&'static str],
    models: &'static [&'static str],
    how: How,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    /// `--model mlp --threads 1`
    Options,
    /// `mlp 1`, and one thread is bound from outside.
    Positions,
}

/// What a run came to.
struct Run {
    ms: f64,
    line: Value,
}

impl Args {
    /// The peers that are there.
    fn found(&self) -> Vec<Peer> {
        let mut found = Vec::new();
        let mut add = |name, program: Option<PathBuf>, script: Option<PathBuf>, options, models, how, hint: &str| {
            let missing = [program.as_ref(), script.as_ref()].into_iter().flatten().find(|p| !is_there(p));
            match (program.as_ref(), missing) {
                (None, _) => println!("left out: {name} ({hint})"),
                (_, Some(path)) => println!("left out: {name} ({} is not there)", path.display()),
                (Some(program), None) => {
                    found.push(Peer { name, program: program.clone(), script, options, models, how });
                }
            }
        };
        let script = |name: &str| self.peers.as_ref().map(|dir| dir.join(name));
        let python = |py: &Option<PathBuf>| py.clone().filter(|_| self.peers.is_some());
        let hint = "say where with --peers and --torch, or GAN_PEERS and TORCH_PY";
        let pictures: &[&str] = &["dcgan", "wgangp-dcgan"];
        add("PyTorch", python(&self.torch), script("torch_gan.py"), &[], &MODELS, How::Options, hint);
        add(
            "PyTorch, channels last",
            python(&self.torch),
            script("torch_gan.py"),
            &["--variant", "cl"],
            pictures,
            How::Options,
            hint,
        );
        if self.compile {
            let compiled: &[&str] = &["mlp", "dcgan"];
            add(
                "torch.compile",
                python(&self.torch),
                script("torch_gan.py"),
                &["--mode", "compile"],
                compiled,
                How::Options,
                hint,
            );
        }
        let hint = "say where with --peers and --jax, or GAN_PEERS and JAX_PY";
        add("JAX", python(&self.jax), script("jax_gan.py"), &[], &MODELS, How::Options, hint);
        let rust = self.rust.clone().or_else(|| self.peers.as_ref().map(|dir| dir.join("rust/target/release")));
        let program = |name: &str| rust.as_ref().map(|dir| dir.join(name));
        let hint = "say where with --rust or GAN_PEERS_RUST";
        let both: &[&str] = &["mlp", "dcgan"];
        add("candle", program("candle_gan"), None, &[], both, How::Positions, hint);
        add("burn", program("burn_gan"), None, &["flex"], both, How::Positions, hint);
        found
    }
}

/// A file, or a program that the shell would find.
fn is_there(program: &Path) -> bool {
    let on_path = || std::env::var_os("PATH").is_some_and(|p| std::env::split_paths(&p).any(|dir| dir.join(program).is_file()));
    program.is_file() || (program.components().count() == 1 && on_path())
}

impl Peer {
    fn command(&self, model: &str, threads: u16, chunks: &[String]) -> Command {
        let threads = threads.to_string();
        if self.how == How::Options {
            let mut command = Command::new(&self.program);
            command.args(&self.script).args(["--model", model, "--threads", &threads]).args(self.options).args(chunks);
            return command;
        }
        let mut command = if threads == "1" { Command::new("taskset") } else { Command::new(&self.program) };
        if threads == "1" {
            command.args(["-c", "0"]).arg(&self.program);
        }
        command.args([model, &threads]).args(self.options);
        command
    }
}

/// Runs a program and reads the line of JSON that it prints last.
fn run_one(mut command: Command) -> anyhow::Result<Run> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find_map(|l| serde_json::from_str::<Value>(l).ok());
    let ms = line.as_ref().and_then(|l| l["ms"].as_f64().or_else(|| l["gflop_s"].as_f64()));
    match (line, ms) {
        (Some(line), Some(ms)) if output.status.success() => Ok(Run { ms, line }),
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{command:?}: {}: {}", output.status, said.lines().last().unwrap_or("it printed no line of JSON"))
        }
    }
}

fn median(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    match x.len() {
        0 => f64::NAN,
        n => (x[n / 2] + x[(n - 1) / 2]) / 2.0,
    }
}

/// The median of a number over runs.
fn over(runs: &[Run], key: &str) -> Option<f64> {
    let values: Vec<f64> = runs.iter().filter_map(|r| r.line[key].as_f64()).collect();
    (!values.is_empty()).then(|| median(values))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let gan = args.gan.clone().map_or_else(crate::release_binary, Ok)?;
    let peers = args.found();
    let rounds = if args.quick { 1 } else { args.rounds };
    let chunks = |flag: &str| -> Vec<String> {
        let words: &[&str] = if args.quick { &["--chunks", "3", flag, "0.2"] } else { &[] };
        words.iter().map(|w| (*w).to_owned()).collect()
    };
    println!("\nThe median of {rounds} rounds; a ratio is the peer's time over ours in the run just before it.");
    for &threads in &args.threads {
        let number = threads.to_string();
        let mut peak = Command::new(&gan);
        peak.args(["bench", "peak", "--json", "--threads", &number]);
        let peak = run_one(peak)?;
        let isa = peak.line["variant"].as_str().unwrap_or_default().to_owned();
        println!(
            "\n## {number} {}: {:.0} GFLOP/s of f32 multiply-add at most ({isa})\n",
            if threads == 1 { "thread" } else { "threads" },
            peak.ms
        );
        println!("| step | program | ms | best ms | ratio | GFLOP/s | of the peak | MiB | disturbed |");
        println!("|---|---|---|---|---|---|---|---|---|");
        for model in &args.models {
            let ours = || {
                let mut command = Command::new(&gan);
                command.args(["bench", "step", "--json", "--model", model, "--threads", &number]).args(chunks("--chunk-seconds"));
                run_one(command)
            };
            let against: Vec<&Peer> = peers.iter().filter(|p| p.models.contains(&model.as_str())).collect();
            let mut own = Vec::new();
            let mut theirs: Vec<(Vec<Run>, Vec<f64>)> = against.iter().map(|_| Default::default()).collect();
            let mut faults = Vec::new();
            for _ in 0..rounds {
                if against.is_empty() {
                    own.push(ours()?);
                }
                for (peer, (runs, ratios)) in against.iter().zip(&mut theirs) {
                    let before = ours()?;
                    match run_one(peer.command(model, threads, &chunks("--chunk-s"))) {
                        Ok(run) => {
                            ratios.push(run.ms / before.ms);
                            runs.push(run);
                        }
                        Err(fault) => faults.push(format!("left out: a run of {}: {fault:#}", peer.name)),
                    }
                    own.push(before);
                }
            }
            // peers do not all count their work; it is the same
            let gflop = over(&own, "gflop_it");
            print_row(model, "gan", &own, None, gflop, peak.ms);
            for (peer, (runs, ratios)) in against.iter().zip(theirs) {
                if !runs.is_empty() {
                    print_row(model, peer.name, &runs, Some(median(ratios)), gflop, peak.ms);
                }
            }
            faults.iter().for_each(|f| eprintln!("{f}"));
        }
    }
    Ok(())
}

fn print_row(model: &str, name: &str, runs: &[Run], ratio: Option<f64>, gflop: Option<f64>, peak: f64) {
    let ms = median(runs.iter().map(|r| r.ms).collect());
    let rate = gflop.map(|g| g / ms * 1e3);
    let show = |x: Option<f64>, digits: usize, unit: &str| x.map_or("-".to_owned(), |x| format!("{x:.digits$}{unit}"));
    let disturbed = |key: &str| runs.iter().filter_map(|r| r.line[key].as_f64()).sum::<f64>();
    println!(
        "| {model} | {name} | {ms:.2} | {} | {} | {} | {} | {} | {} of {} |",
        show(over(runs, "ms_best"), 2, ""),
        show(ratio, 2, " x"),
        show(rate, 1, ""),
        show(rate.map(|r| 100.0 * r / peak), 0, " %"),
        show(over(runs, "peak_rss_mib"), 0, ""),
        disturbed("noisy_chunks"),
        disturbed("noisy_chunks") + disturbed("quiet_chunks"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 2.5);
    }

    #[cfg(unix)]
    #[test]
    fn the_last_line_of_json_counts_and_faults_are_told() {
        let shell = |text: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", text]);
            run_one(command)
        };
        assert_eq!(shell(r#"echo hello; echo '{"ms": 2.5}'; echo bye"#).unwrap().ms, 2.5);
        assert!(shell("echo no; echo why >&2; exit 3").err().unwrap().to_string().ends_with("why"));
        assert!(shell(r#"echo '{"ms": 1}'; exit 1"#).is_err());
    }
}
