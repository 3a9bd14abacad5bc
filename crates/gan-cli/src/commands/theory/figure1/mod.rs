//! `gan theory figure1`: Figure 1 of the paper, with networks that are trained meanwhile.

mod data;
mod draw;
mod game;
mod moment;

use gan::core::theory::LOG_4;
use gan::core::theory::densities::{Density, check_normalised, parse};
use gan::core::theory::quadrature::{Tolerance, line};
use gan::train::picture::{Axis, Figure, Ink, Panel, Picture, Point, Stroke};
use serde_json::{Value, json};

use super::output::{self, Output, short, table};
use crate::Outcome;
use crate::fault::Usage;
use draw::panel;
use game::LineGame;
use moment::{Grid, Moment};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The density of the data, on the line
    #[arg(long, value_name = "DENSITY", default_value = "gaussian(mean=1, std=0.5)")]
    p_data: String,
    /// Seed of the networks and of everything drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gan theory figure1
  gan theory figure1 --p-data 'laplace(scale=0.5)' --seed 3

Panels, as in the paper: (a) D is partly right; (b) D taught to the end is D*; (c) G follows D's slope; (d) the equilibrium.";

/// Steps of D alone before panel (a), and from there to panel (b).
const FIRST: usize = 24;
const TO_THE_END: usize = 1500;
/// Steps of G alone to panel (c): few, as D is right for the G before them only.
const FOLLOW: usize = 4;
/// Steps of Algorithm 1 to panel (d), each with three of D, in spans between which G's learning rate falls to `FALL` of itself.
const SPANS: [usize; 6] = [400, 300, 300, 300, 300, 300];
const FALL: f64 = 0.5;
/// Nats below which a difference is not seen in the picture.
const CLOSE: f64 = 0.01;

/// What was seen on the way.
struct Film {
    grid: Grid,
    panels: Vec<(Panel, Moment)>,
    frames: Vec<(Panel, Moment)>,
}

impl Film {
    fn frame(&mut self, game: &mut LineGame, title: &str) -> anyhow::Result<()> {
        let moment = Moment::of(game, &self.grid)?;
        let title = format!("{title}: {} steps of D, {} of G", moment.steps.0, moment.steps.1);
        self.frames.push((panel(&moment, title, self.grid.shown), moment));
        Ok(())
    }

    fn panel(&mut self, game: &mut LineGame, title: impl Fn(&Moment) -> &'static str) -> anyhow::Result<()> {
        let moment = Moment::of(game, &self.grid)?;
        let title = title(&moment);
        self.panels.push((panel(&moment, title, self.grid.shown), moment));
        Ok(())
    }
}

/// Trains, and looks at the players on the way.
fn play(game: &mut LineGame, grid: Grid) -> anyhow::Result<Film> {
    let mut film = Film { grid, panels: Vec::new(), frames: Vec::new() };
    film.frame(game, "the start")?;
    for _ in 0..FIRST / 4 {
        game.teach_discriminator(4, 1.0)?;
        film.frame(game, "D learns")?;
    }
    film.panel(game, |_| "(a) D is partly right")?;
    let mut done = 0;
    // frames at rising distances: D changes ever more slowly
    for next in (1..=14).map(|i: i32| (TO_THE_END as f64 * 1.45f64.powi(i - 14)) as usize) {
        game.teach_discriminator(next - done, 0.5)?;
        done = next;
        film.frame(game, "D learns to the end")?;
    }
    film.panel(game, |m| match m.yardsticks.best_response_gap < CLOSE {
        true => "(b) D taught to the end is D*",
        false => "(b) D taught to the end, as far as this network goes",
    })?;
    for _ in 0..FOLLOW {
        game.teach_generator(1, 0.2)?;
        film.frame(game, "G follows the slope of D")?;
    }
    film.panel(game, |_| "(c) G has followed D's slope")?;
    let mut rate = 0.5;
    for (i, span) in SPANS.into_iter().enumerate() {
        let parts = if i == 0 { 16 } else { 4 };
        for _ in 0..parts {
            game.play(span / parts, 3, (0.5, rate))?;
            film.frame(game, "both play")?;
        }
        rate *= FALL;
    }
    film.panel(game, |m| match m.yardsticks.jensen_shannon < CLOSE {
        true => "(d) p_g = p_data: D = 1/2",
        false => "(d) both have played on",
    })?;
    Ok(film)
}

/// The mean and the standard deviation of a density of the line.
fn moments(p: &dyn Density) -> anyhow::Result<(f64, f64)> {
    let range = p.support().first().copied().unwrap_or((0.0, 1.0));
    let integral = |f: &dyn Fn(f64) -> f64| line(|x| f(x) * p.density(&[x]), range, &p.breaks(0), &Tolerance::default());
    let mean = integral(&|x| x)?.value;
    Ok((mean, integral(&|x| (x - mean).powi(2))?.value.sqrt()))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let p_data = parse(&args.p_data).map_err(|e| Usage(format!("--p-data: {e}")))?;
    if p_data.dim() != 1 {
        return Err(
            Usage(format!("--p-data: Figure 1 is drawn on the line, found a density of {} coordinates", p_data.dim())).into()
        );
    }
    check_normalised(&*p_data, 1e-6)?;
    let (mean, deviation) = moments(&*p_data)?;
    let mut game = LineGame::new(&*p_data, (mean, deviation), args.seed)?;
    let film = play(&mut game, Grid::new(&*p_data, (mean, deviation))?)?;

    let panels: Vec<Panel> = film.panels.iter().map(|(p, _)| p.clone()).collect();
    let mut drawn = vec![args.output.figure("figure1", &Figure::new(panels).columns(2).panel_size(620, 460))?];
    drawn.push(args.output.figure("figure1-yardsticks", &yardsticks(&film.frames))?);
    if args.output.draws() {
        let frame = |p: &Panel| Figure::new(vec![p.clone()]).panel_size(620, 460).picture();
        let frames: Vec<Picture> = film.frames.iter().map(|(p, _)| frame(p)).collect::<Result<_, _>>()?;
        drawn.push(args.output.animation("figure1", &frames, 14, 300)?);
    }
    args.output.print(&text(&film.panels), as_json(&film.panels), &drawn)?;
    Ok(Outcome::Done)
}

/// How far the players are from theory, over the frames.
fn yardsticks(frames: &[(Panel, Moment)]) -> Figure {
    let over = |f: fn(&Moment) -> f64| -> Vec<Point> {
        frames.iter().map(|(_, m)| ((m.steps.0 + m.steps.1) as f64, f(m).max(1e-12))).collect()
    };
    let x = Axis::new("steps of both players");
    let panel = Panel::new("how far the game is from the equilibrium", x, Axis::new("nats; probability").logarithmic())
        .line("JSD(p_data, p_g)", Ink::Generator, Stroke::Solid, over(|m| m.yardsticks.jensen_shannon))
        .line("V(D*, G) − V(D, G)", Ink::Discriminator, Stroke::Dashed, over(|m| m.yardsticks.best_response_gap))
        .line("largest |D − D*|", Ink::Sky, Stroke::Solid, over(|m| m.yardsticks.sup_norm));
    Figure::new(vec![panel]).panel_size(760, 440)
}

fn text(panels: &[(Panel, Moment)]) -> String {
    let names = ["(a) D partly right", "(b) D taught to the end", "(c) G has followed", "(d) both have played on"];
    let row = |(name, (_, m)): (&str, &(Panel, Moment))| {
        let y = &m.yardsticks;
        [
            name.to_owned(),
            m.steps.0.to_string(),
            m.steps.1.to_string(),
            short(y.value),
            short(y.criterion),
            short(y.jensen_shannon),
            short(y.best_response_gap),
            short(y.sup_norm),
        ]
    };
    let rows: Vec<_> = names.into_iter().zip(panels).map(row).collect();
    let header = ["panel", "steps of D", "of G", "V(D, G)", "C(G)", "JSD", "C - V", "max |D - D*|"];
    let at = |i: usize| {
        panels
            .get(i)
            .map_or(f64::NAN, |(_, m)| if i == 1 { m.yardsticks.best_response_gap } else { m.yardsticks.criterion + LOG_4 })
    };
    format!(
        "Figure 1 of Goodfellow et al. 2014, with networks trained now; values in nats.\n\n{}\n\
         (b) V has come within {} of C(G) = max_D V: D is nearly D* = p_data / (p_data + p_g).\n\
         (d) C(G) is {} above its minimum -log 4 = -1.38629, which it has at p_g = p_data.",
        table(header, &rows),
        short(at(1)),
        short(at(3))
    )
}

fn as_json(panels: &[(Panel, Moment)]) -> Value {
    let one = |(name, (_, m)): (&str, &(Panel, Moment))| {
        let y = &m.yardsticks;
        json!({
            "panel": name, "d_steps": m.steps.0, "g_steps": m.steps.1, "value": output::json(y.value),
            "criterion": y.criterion, "jensen_shannon": y.jensen_shannon,
            "best_response_gap": output::json(y.best_response_gap), "optimal_d_distance": y.sup_norm,
            "optimal_d_squared_error": y.mean_squared,
        })
    };
    let all: Vec<Value> = ["a", "b", "c", "d"].into_iter().zip(panels).map(one).collect();
    json!({ "panels": all })
}
