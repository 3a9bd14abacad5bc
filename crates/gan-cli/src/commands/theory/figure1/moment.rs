//! What there is to see at one moment of the game.

use gan::core::theory::densities::Density;
use gan::core::theory::{Cells, LatentCells, Table, Yardsticks, pushforward, sigmoid};

use super::super::cells::columns;
use super::game::LineGame;

/// Cells of x, and of z.
const CELLS: usize = 1600;
const LATENT: usize = 8000;
/// Latent values that arrows show, from minus to plus this.
const ARROWS: usize = 15;
pub(super) const REACH: f64 = 2.4;

/// Where the densities are summed and drawn.
pub(super) struct Grid {
    cells: Cells,
    data: Vec<f64>,
    latent: LatentCells,
    /// The interval that the pictures show.
    pub shown: (f64, f64),
}

impl Grid {
    pub fn new(p_data: &dyn Density, (mean, deviation): (f64, f64)) -> anyhow::Result<Grid> {
        let cells = Cells::line(mean - 10.0 * deviation, mean + 10.0 * deviation, CELLS)?;
        let shown = (mean - 4.0 * deviation, mean + 4.0 * deviation);
        Ok(Grid { data: cells.masses(p_data)?, cells, latent: LatentCells::normal(LATENT)?, shown })
    }
}

/// The players at one moment, over the cells of a grid of x.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// Middles of the cells.
    pub x: Vec<f64>,
    /// The density of the data.
    pub p_data: Vec<f64>,
    /// The generator's density.
    pub p_g: Vec<f64>,
    /// D(x), as trained.
    pub d: Vec<f64>,
    /// D*(x) = p_data / (p_data + p_g), no number where there is nothing of either.
    pub optimal: Vec<f64>,
    /// Latent values as shares of [`REACH`], evenly spread, and where G takes them.
    pub arrows: Vec<(f64, f64)>,
    /// How far all that is from theory.
    pub yardsticks: Yardsticks,
    /// Steps made by D and by G.
    pub steps: (usize, usize),
}

impl Moment {
    pub fn of(game: &mut LineGame, grid: &Grid) -> anyhow::Result<Moment> {
        let z: Vec<f32> = grid.latent.edges().iter().map(|&z| z as f32).collect();
        let p_g = pushforward(&grid.latent, &game.decode(&z)?, &grid.cells)?;
        let table = Table::from_masses(grid.cells.clone(), grid.data.clone(), p_g.masses)?;
        let x = grid.cells.centres();
        let logits = game.logits(&x)?;
        let yardsticks = table.yardsticks(&logits)?;
        let [p_data, p_g, optimal] = columns(&table);
        let spread = |i: usize| 2.0 * i as f64 / (ARROWS - 1) as f64 - 1.0;
        let shares: Vec<f64> = (0..ARROWS).map(spread).collect();
        let ends = game.decode(&shares.iter().map(|s| (REACH * s) as f32).collect::<Vec<_>>())?;
        Ok(Moment {
            p_data,
            p_g,
            d: logits.into_iter().map(sigmoid).collect(),
            optimal,
            x,
            arrows: shares.into_iter().zip(ends).collect(),
            yardsticks,
            steps: game.steps(),
        })
    }
}
