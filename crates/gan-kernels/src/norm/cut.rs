//! How blocks of rows are cut into parts, and who works on them.
//!
//! A block is cut into parts of rows whose sums stand in the scratch space. Where there are many blocks, a thread takes
//! whole ones and reads their values again while they are in its cache; where there are few, threads share the parts.

use super::Layout;
use super::moments::TILE;
use crate::{Element, Team};

/// Elements of a part: they stay in the second cache between two readings.
const PART: usize = 16_384;
/// Blocks from which on each is the work of one thread.
const MANY: usize = 16;
/// Rows shorter than this are read several at a time.
const NARROW: usize = 16;

/// How a layout is cut: depends on its sizes alone.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub layout: Layout,
    /// Lanes of the accumulators: the channels, of several rows where rows are short.
    pub lanes: usize,
    part_rows: usize,
    pub parts: usize,
    /// Blocks a thread takes at a time, if it takes whole ones.
    whole: Option<usize>,
}

impl Cut {
    pub fn of(layout: Layout) -> Cut {
        let channels = layout.channels().max(1);
        let several = if channels < NARROW { 64 / channels } else { 1 };
        let part_rows = (PART / channels).max(1).next_multiple_of(several * TILE);
        let parts = layout.rows.div_ceil(part_rows).max(1);
        let whole = (parts == 1 || layout.outer >= MANY).then(|| (PART / layout.block().max(1)).max(1));
        Cut { layout, lanes: channels * several, part_rows, parts, whole }
    }

    /// Where part `i` of a block lies in it, and its length.
    pub fn part(&self, i: usize) -> (usize, usize) {
        let c = self.layout.channels();
        let from = i * self.part_rows;
        (from * c, self.part_rows.min(self.layout.rows - from) * c)
    }

    /// Rows of part `i`, as a number.
    pub fn rows<E: Element>(&self, i: usize) -> E {
        E::from_f64((self.part(i).1 / self.layout.channels()) as f64)
    }

    /// Calls `before` for every block, `first` for each of its parts, then `between` for the block, then `last` for its parts.
    pub fn run(
        &self,
        team: &Team<'_>,
        before: impl Fn(usize) + Sync,
        first: impl Fn(usize, usize) + Sync,
        between: impl Fn(usize) + Sync,
        last: impl Fn(usize, usize) + Sync,
    ) {
        let (outer, parts) = (self.layout.outer, self.parts);
        match self.whole {
            Some(blocks) => team.for_each(outer.div_ceil(blocks), |t| {
                for o in t * blocks..outer.min((t + 1) * blocks) {
                    before(o);
                    (0..parts).for_each(|i| first(o, i));
                    between(o);
                    (0..parts).for_each(|i| last(o, i));
                }
            }),
            None => {
                team.for_each(outer, before);
                team.for_each(outer * parts, |t| first(t / parts, t % parts));
                team.for_each(outer, between);
                // backwards: what was read last is still in the caches
                let n = outer * parts;
                team.for_each(n, |t| last((n - 1 - t) / parts, (n - 1 - t) % parts));
            }
        }
    }
}

/// Repeats the first `columns` elements.
pub(super) fn repeat<E: Copy>(x: &mut [E], columns: usize) {
    for i in columns..x.len() {
        x[i] = x[i - columns];
    }
}
