//! The loops over tiles: threads, blocks of terms, panels, tiles.

use super::micro::{MAX_ROWS, PANEL};
use super::operand::{Block, Heights, Left, Right};
use super::tile::Tile;
use crate::pool::Parts;
use crate::stack::Stack;
use crate::{Element, Isa, Team};

/// Most terms whose products are summed before a tile goes to memory: a panel of so many fits the first-level cache.
const DEPTH: usize = 192;
/// Numbers of the left operand that a thread copies at once; they stay in the second-level cache.
const COPIED: usize = 48 * 1024;
/// Most numbers of a right operand that is small: it stays in the second-level cache.
const KEPT: usize = 64 * 1024;
/// Most terms of a product whose tiles are handed on without having been in memory.
pub(crate) const DEEPEST: usize = 1024;

/// Panels of a result in memory whose columns an epilogue sees together: random masks are drawn for 64 columns at a time.
const TOGETHER: usize = 2;

/// Tiles that have the time to ask for the next panel where it is read in place.
const ENOUGH: usize = 8;

/// Most pieces of work that a product is cut into.
pub(crate) const MOST_PIECES: usize = 256;

/// Where the product goes.
pub(crate) enum Target<'a, E> {
    /// Into a row-major matrix; the epilogue may change it there.
    Matrix(&'a mut [E]),
    /// To the epilogue only, a panel at a time; at most [`DEEPEST`] terms.
    Epilogue,
}

/// How the rows and columns of a product are cut into pieces of work, by its sizes alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub rows: usize,
    columns: usize,
}

impl Cut {
    /// `left` says whether the left operand is copied.
    pub fn new(left: bool, (m, n, k): (usize, usize, usize)) -> Self {
        let panels = n.div_ceil(PANEL);
        let flops = 2.0 * m as f64 * n as f64 * k as f64;
        if flops < 1e6 {
            return Cut { rows: 1, columns: 1 };
        }
        let shares = flops / 6e6;
        let wanted = shares.min((2.0 * shares.sqrt()).max(16.0)).clamp(2.0, MOST_PIECES as f64 / 2.0);
        // beside a right operand that is small, it counts that other cores have just made parts of the left one
        let left = left || n * k <= KEPT;
        // copying a number takes as long as so many operations of a tile
        let copying = 20.0;
        let mut best = (f64::INFINITY, Cut { rows: 1, columns: 1 });
        for rows in 1..=m.div_ceil(MAX_ROWS).min(64) {
            let fewest = ((wanted / rows as f64).ceil() as usize).clamp(1, panels.min(MOST_PIECES / rows));
            for columns in fewest..=(2 * fewest).min(panels).min(MOST_PIECES / rows) {
                // pieces along the columns copy the left operand again; pieces along the rows copy the right one again, or bring it near
                // again, which takes as long
                let copied = if left { m * k * columns } else { 0 } + n * k * rows;
                let pieces = rows * columns;
                // the largest piece against a fair share
                let largest = (m.div_ceil(rows) * panels.div_ceil(columns) * pieces) as f64 / (m * panels) as f64;
                let few = (wanted / pieces as f64).max(1.0);
                let cost = copied as f64 * copying + flops * (0.25 * (largest - 1.0) + 0.1 * (few - 1.0));
                if cost < best.0 {
                    best = (cost, Cut { rows, columns });
                }
            }
        }
        best.1
    }
}

/// Part `t` of `parts` of `0..len`, in whole `unit`s: start and length.
pub(crate) fn part(t: usize, parts: usize, len: usize, unit: usize) -> (usize, usize) {
    let units = len.div_ceil(unit);
    let edge = |t: usize| (t * units / parts * unit).min(len);
    (edge(t), edge(t + 1) - edge(t))
}

/// The product of `left` (`[m, k]`) and `right` (`[k, n]`); `epilogue` sees every finished tile once, on the thread that made it.
pub(crate) fn product<E: Element, A: Left<E>, B: Right<E>>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    left: &A,
    right: &B,
    target: Target<'_, E>,
    epilogue: impl Fn(Tile<'_, E>) + Sync,
) {
    if m == 0 || n == 0 {
        return;
    }
    let out = match target {
        Target::Matrix(out) => {
            assert!(m.checked_mul(n) == Some(out.len()), "a product fills its result");
            Some(Parts(out.as_mut_ptr()))
        }
        Target::Epilogue => {
            assert!(k <= DEEPEST, "a product that is not stored has at most {DEEPEST} terms");
            None
        }
    };
    let cut = Cut::new(left.copies(), (m, n, k));
    let isa = team.isa();
    team.for_each(cut.rows * cut.columns, |t| {
        let (i, h) = part(t / cut.columns, cut.rows, m, 1);
        let (j, w) = part(t % cut.columns, cut.columns, n, PANEL);
        if h > 0 && w > 0 {
            let piece = Piece { number: t, band: t / cut.columns, rows: (i, h), columns: (j, j + w), n, k };
            // SAFETY: pieces are disjoint and lie within the result, whose length was checked.
            unsafe { piece.run(isa, left, right, out.as_ref(), &epilogue) };
        }
    });
}

struct Piece {
    number: usize,
    band: usize,
    /// The first, and how many.
    rows: (usize, usize),
    /// The first, and the first behind them.
    columns: (usize, usize),
    n: usize,
    k: usize,
}

impl Piece {
    /// # Safety
    /// The piece lies within `out`, a row-major matrix of `n` columns, and nobody else touches it.
    unsafe fn run<E: Element, A: Left<E>, B: Right<E>>(
        &self,
        isa: Isa,
        left: &A,
        right: &B,
        out: Option<&Parts<E>>,
        epilogue: &impl Fn(Tile<'_, E>),
    ) {
        let mut copied = Stack::<E, COPIED>::new();
        let mut panel = Stack::<E, { DEEPEST * PANEL }>::new();
        let mut tile = Stack::<E, { MAX_ROWS * PANEL }>::new();
        let tiles = E::tiles(isa);
        let most = tiles.wide.len().min(left.tallest());
        let (depth, together) = if out.is_some() { (DEPTH, TOGETHER) } else { (DEEPEST, 1) };
        let blocks = self.k.div_ceil(depth).max(1);
        let deep = (self.k.div_ceil(PANEL).div_ceil(blocks) * PANEL).min(self.k);
        let tall = if left.copies() { (COPIED / deep.max(1)).max(1) } else { usize::MAX };
        let groups = self.rows.1.div_ceil(tall);
        let (start, end) = self.columns;
        for g in 0..groups {
            let (i0, h0) = part(g, groups, self.rows.1, 1);
            let i0 = self.rows.0 + i0;
            let heights = Heights::new(h0, most);
            for block in 0..blocks {
                let (p, w) = part(block, blocks, self.k, PANEL);
                let a = left.block(isa, i0, heights, p, w, copied.slice(COPIED.min(h0 * w)));
                for j in (start..end).step_by(PANEL) {
                    let columns = (end - j).min(PANEL);
                    let direct = if columns == PANEL { right.in_place(p, j, heights.count()) } else { None };
                    let b = direct.unwrap_or_else(|| {
                        let to = panel.slice(w * PANEL);
                        right.panel(isa, p, w, j, columns, to);
                        (to.as_ptr(), PANEL)
                    });
                    let next = if j + PANEL < end { (p, j + PANEL) } else { (p + w, start) };
                    // the columns that are finished with this panel
                    let last = block + 1 == blocks && ((j / PANEL + 1).is_multiple_of(together) || j + PANEL >= end);
                    let first = (j / (together * PANEL) * together * PANEL).max(start);
                    // few tiles are through with a panel in place before what they ask for is there
                    let ask = direct.is_none() || heights.count() >= ENOUGH;
                    let mut asked = 0;
                    for (t, (r, h)) in heights.iter().enumerate() {
                        let until = (t + 1) * w / heights.count();
                        if ask && next.0 + w <= self.k {
                            right.prefetch(next.0 + asked..next.0 + until, next.1);
                        }
                        asked = until;
                        // SAFETY: the block holds the rows and terms, the panel the terms and columns; results lie within the
                        // piece or within `tile`.
                        unsafe {
                            let (from, rs, cs) = match a {
                                Block::Strided { start, rs, cs } => (start.add(r * rs), rs, cs),
                                Block::Tiled => (copied.start().add(r * w).cast_const(), 1, h),
                                Block::Rows => (copied.start().add(r * w).cast_const(), w, 1),
                            };
                            let place = out.map(|out| out.0.add((i0 + r) * self.n));
                            let (c, ldc) = place.map_or((tile.start(), PANEL), |row| (row.add(j), self.n));
                            tiles.run((h, columns, w), (from, rs, cs), b, (c, ldc), block > 0);
                            if last {
                                let (c, of) = (place.map_or(c, |row| row.add(first)), (self.number, self.band));
                                epilogue(Tile::new(of, (i0 + r, first), (h, j + columns - first), (c, ldc)));
                            }
                        }
                    }
                }
            }
        }
    }
}
