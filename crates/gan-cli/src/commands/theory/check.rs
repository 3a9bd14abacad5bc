//! `gan theory check`.

use std::time::Instant;

use gan::core::theory::checks::{self, Row};
use serde_json::{Value, json};

use super::output::{self, short, table};
use crate::Outcome;
use crate::fault::Usage;
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these topics [default: all]
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let names: Vec<&str> = checks::ALL.iter().map(|t| t.name).collect();
    if let Some(unknown) = args.topics.iter().find(|t| !names.contains(&t.as_str())) {
        let meant = gan::layers::spec::nearest(unknown, names.iter().copied());
        let meant = meant.map_or_else(String::new, |m| format!("; did you mean `{m}`?"));
        return Err(Usage(format!("there is no topic `{unknown}` among {}{meant}", names.join(", "))).into());
    }
    let wanted = |name: &str| args.topics.is_empty() || args.topics.iter().any(|t| t == name);
    let start = Instant::now();
    let mut topics = Vec::new();
    for topic in checks::ALL.iter().filter(|t| wanted(t.name)) {
        topics.push((topic, (topic.rows)()?));
    }
    let seconds = start.elapsed().as_secs_f64();
    let all = || topics.iter().flat_map(|(_, rows)| rows);
    let (count, failed) = (all().count(), all().filter(|r| !r.holds()).count());
    if args.json {
        let rows = topics.iter().flat_map(|(topic, rows)| rows.iter().map(|r| as_json(topic.name, r)));
        let value = json!({ "claims": rows.collect::<Vec<_>>(), "count": count, "failed": failed, "seconds": seconds });
        say(serde_json::to_string_pretty(&value)?)?;
    } else {
        for (topic, rows) in &topics {
            say(format!("{}: {}", topic.name, topic.doc))?;
            let cells: Vec<[String; 6]> = rows.iter().map(cells).collect();
            say(table(["  claim", "computed", "expected", "error", "allowed", ""], &cells))?;
        }
        let came = if failed == 0 { "all hold".to_owned() } else { format!("{failed} FAIL") };
        say(format!("{count} claims, {came}, {seconds:.1} s"))?;
    }
    match failed {
        0 => Ok(Outcome::Done),
        n => Err(anyhow::anyhow!("{n} of {count} claims do not hold")),
    }
}

fn cells(r: &Row) -> [String; 6] {
    let verdict = if r.holds() { "holds" } else { "FAILS" };
    let bound = if r.tolerance == 0.0 { "0".to_owned() } else { format!("{:.0e}", r.tolerance) };
    [format!("  {}", r.claim), short(r.computed), short(r.expected), short(r.error), bound, verdict.to_owned()]
}

fn as_json(topic: &str, r: &Row) -> Value {
    json!({
        "topic": topic, "claim": r.claim, "computed": output::json(r.computed), "expected": output::json(r.expected),
        "error": output::json(r.error), "tolerance": r.tolerance, "holds": r.holds(),
    })
}
