//! `gan theory dirac`.

mod analysis;
mod portraits;
mod report;
mod spectrum;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser};
use gan::core::theory::TheoryError;
use gan::core::theory::dynamics::games::{Dirac, Gaussian, Model};
use gan::core::theory::dynamics::{SmallGame, objectives, regularisers};

use super::output::Output;
use crate::Outcome;
use crate::fault::Usage;
use analysis::Entry;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Which game
    #[arg(long, value_name = "GAME", value_enum, default_value_t = Kind::Dirac)]
    game: Kind,
    /// What the players want [default: each in turn]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(objectives::ALL.iter().map(|o| PossibleValue::new(o.name).help(o.doc))))]
    objective: Option<String>,
    /// What is added so that it converges [default: each in turn]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(regularisers::ALL.iter().map(|r| PossibleValue::new(r.name).help(r.doc))))]
    regulariser: Option<String>,
    /// Its weight, for instance noise the deviation [default: one that shows what it does]
    #[arg(long, value_name = "G", value_parser = weight, allow_negative_numbers = true)]
    weight: Option<f64>,
    /// Size of a step
    #[arg(long, value_name = "H", default_value_t = 0.1, value_parser = step, allow_negative_numbers = true)]
    step: f64,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gan theory dirac                                   every objective with every regulariser, and six phase portraits
  gan theory dirac --objective relativistic --regulariser r1 --weight 1
  gan theory dirac --game linear-quadratic --objective wasserstein --step 0.05";

/// Most of a weight or a step.
const MOST: f64 = 1e6;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Data at the point 0, fakes at θ, D(x) = ψ x
    Dirac,
    /// Data N(0, 1), G(z) = a z + b, D(x) = w2 x² + w1 x
    LinearQuadratic,
}

impl Kind {
    /// The game with a regulariser of this weight.
    pub fn game(self, objective: &str, regulariser: &str, weight: f64) -> Result<SmallGame, TheoryError> {
        // 16 nodes are exact for every polynomial of degree 31, which those at the equilibria are
        let model: Box<dyn Model> = match self {
            Kind::Dirac => Box::new(Dirac::new(16)?),
            Kind::LinearQuadratic => Box::new(Gaussian::new(0.0, 1.0, 16)?),
        };
        SmallGame::new(model, objective, regulariser, weight)
    }
}

/// Weights at which the regularisers are to be seen at work, in a game whose eigenvalues are of the size 1/2 to 1.
fn usual_weight(regulariser: &str) -> f64 {
    match regulariser {
        "none" => 0.0,
        // the two together damp like one of twice the weight
        "r1_r2" => 0.15,
        "wgan_gp" | "consensus" => 0.5,
        "instance_noise" => 0.7,
        _ => 0.3,
    }
}

fn weight(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|w: &f64| (0.0..=MOST).contains(w));
    found.ok_or_else(|| format!("expected a number from 0 to {MOST}"))
}

fn step(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|h: &f64| *h > 0.0 && *h <= MOST);
    found.ok_or_else(|| format!("expected a number greater than 0, at most {MOST}"))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.weight.is_some() && args.regulariser.as_deref() == Some("none") {
        return Err(Usage(
            "--weight is that of a regulariser, and --regulariser none has none: leave one of them out".to_owned(),
        )
        .into());
    }
    let weight_of = |regulariser: &str| match regulariser {
        "none" => 0.0,
        _ => args.weight.unwrap_or_else(|| usual_weight(regulariser)),
    };
    let is_meant = |asked: &Option<String>, name: &str| asked.as_deref().is_none_or(|asked| asked == name);
    let mut entries = Vec::new();
    for objective in objectives::ALL.iter().filter(|o| is_meant(&args.objective, o.name)) {
        for regulariser in regularisers::ALL.iter().filter(|r| is_meant(&args.regulariser, r.name)) {
            let game = args.game.game(objective.name, regulariser.name, weight_of(regulariser.name))?;
            entries.push(Entry::new(game, args.step)?);
        }
    }
    let lemma = args.game == Kind::Dirac && is_meant(&args.objective, "relativistic") && is_meant(&args.regulariser, "r1");
    let lemma = lemma.then(|| report::Lemma::at(args.game, weight_of("r1"))).transpose()?;
    let mut pictures = Vec::new();
    if args.output.draws() {
        let shown = portraits::shown(&entries, args.objective.is_none() && args.regulariser.is_none());
        pictures.push(args.output.figure("dirac", &portraits::figure(args.game, &shown, args.step)?)?);
        let objective = args.objective.as_deref().unwrap_or("minimax");
        let regulariser = args.regulariser.as_deref().unwrap_or("r1");
        if !matches!(regulariser, "none" | "wgan_gp") {
            let (weight, h) = (weight_of(regulariser), args.step);
            let game = spectrum::Setting { kind: args.game, objective, regulariser, weight, h };
            pictures.push(args.output.figure("dirac-spectrum", &spectrum::figure(&game, lemma.is_some())?)?);
        }
    }
    let text = report::text(args.game, &entries, args.step, lemma.as_ref());
    args.output.print(&text, report::json(args.game, &entries, args.step, lemma.as_ref()), &pictures)?;
    Ok(Outcome::Done)
}
