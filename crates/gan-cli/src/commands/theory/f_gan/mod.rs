//! `gan theory f-gan`.

mod compared;
mod detail;
mod picture;
mod table;

use gan::core::theory::f_divergences::{self, Entry};
use gan::layers::spec::nearest;
use serde_json::json;

use self::compared::Compared;
use super::output::Output;
use crate::Outcome;
use crate::fault::Usage;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this one, in detail: tangents of f, the best T
    #[arg(long, value_name = "NAME")]
    divergence: Option<String>,
    /// p_data: a density on the line, or weights of outcomes: 1,4,6,4,1
    #[arg(long, value_name = "DENSITY|WEIGHTS", default_value = "gaussian(mean=0, std=1)", requires = "p_g")]
    p_data: String,
    /// p_g, of the same kind
    #[arg(long, value_name = "DENSITY|WEIGHTS", default_value = "gaussian(mean=1, std=1.1)", requires = "p_data")]
    p_g: String,
    /// Cells in which densities are compared
    #[arg(long, value_name = "N", default_value_t = 4000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    cells: u32,
    #[command(flatten)]
    output: Output,
}

fn find(name: &str) -> anyhow::Result<&'static Entry> {
    let known = || f_divergences::ALL.iter().map(|e| e.name);
    f_divergences::find(name).ok_or_else(|| {
        let meant = nearest(name, known()).map_or_else(String::new, |m| format!("; did you mean `{m}`?"));
        let known = known().collect::<Vec<_>>().join(", ");
        Usage(format!("--divergence: there is no f-divergence `{name}` among {known}{meant}")).into()
    })
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let one = args.divergence.as_deref().map(find).transpose()?;
    let compared = Compared::new(&args.p_data, &args.p_g, usize::try_from(args.cells)?)?;
    let entries: Vec<&Entry> = one.map_or_else(|| f_divergences::ALL.iter().collect(), |e| vec![e]);
    let values = entries.iter().map(|e| table::Values::of(e, &compared)).collect::<Result<Vec<_>, _>>()?;
    let mut text = table::text(&entries, &values, &compared);
    if let Some(entry) = one {
        text += &detail::text(entry);
    }
    let mut pictures = Vec::new();
    if args.output.draws() {
        let (name, figure) = match one {
            Some(entry) => (format!("f-gan-{}", entry.name.replace('_', "-")), detail::figure(entry, &compared)?),
            None => ("f-gan".to_owned(), picture::figure(&entries, &compared)?),
        };
        pictures.push(args.output.figure(&name, &figure)?);
    }
    let value = json!({
        "p_data": compared.names.0,
        "p_g": compared.names.1,
        "outcomes": compared.p.outcomes(),
        "divergences": entries.iter().zip(&values).map(|(e, v)| table::json(e, v)).collect::<Vec<_>>(),
    });
    args.output.print(&text, value, &pictures)?;
    Ok(Outcome::Done)
}
