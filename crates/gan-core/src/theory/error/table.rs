use thiserror::Error;

/// What can be wrong with a grid of cells, or with a table over it.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// A regular grid that is none.
    #[error(
        "axis {axis} of the grid: expected finite ends, the lower first, and from 1 to {most} cells in all, found [{low}, {high}] in {cells} cells"
    )]
    Cells {
        /// The axis, from 0.
        axis: usize,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// Cells along the axis.
        cells: usize,
        /// Most cells of a grid.
        most: usize,
    },
    /// A table whose columns do not fit its cells.
    #[error("{what}: expected {expected} values, found {found}")]
    Length {
        /// The column.
        what: &'static str,
        /// Values needed.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// A value of a table that it cannot hold.
    #[error("{what}, cell {cell}: expected {expected}, found {value}")]
    Value {
        /// The column.
        what: &'static str,
        /// The cell.
        cell: usize,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        value: f64,
    },
}
