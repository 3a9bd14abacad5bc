//! What an operation sees when it runs.

use gan_kernels::random::Key;

use crate::{Element, Shape, Team};

/// Most operands of an operation.
pub const MAX_INS: usize = 16;
/// Most results of an operation.
pub const MAX_OUTS: usize = 6;

/// What surrounds a run: its threads and its place in the streams of random numbers.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// The threads.
    pub team: &'a Team<'a>,
    /// The run's seed.
    pub seed: u64,
    /// How many runs of training plans came before: every run draws fresh numbers.
    pub draw: u32,
}

impl<'a> Cx<'a> {
    /// The seed and draw of a run on a team.
    pub fn new(team: &'a Team<'a>, seed: u64, draw: u32) -> Self {
        Self { team, seed, draw }
    }

    /// The key of one stream in this run.
    pub fn key(&self, stream: u32) -> Key {
        Key { seed: self.seed, draw: self.draw, stream }
    }
}

/// The operands and results of one operation: disjoint slices.
///
/// Where the plan works in place, an aliased operand is empty and its values stand in the result
/// that [`Op::aliases`](crate::Op::aliases) pairs it with.
pub struct Io<'a, E> {
    pub(crate) ins: [&'a [E]; MAX_INS],
    pub(crate) outs: [&'a mut [E]; MAX_OUTS],
    pub(crate) aliased: u16,
    pub(crate) in_shapes: &'a [Shape],
    pub(crate) out_shapes: &'a [Shape],
    pub(crate) scratch: &'a mut [E],
}

impl<'a, E: Element> Io<'a, E> {
    /// Operand `i`.
    pub fn x(&self, i: usize) -> &'a [E] {
        debug_assert!(!self.aliased(i), "an aliased operand is seen through its result");
        self.ins[i]
    }

    /// Whether operand `i` stands in its result already.
    pub fn aliased(&self, i: usize) -> bool {
        self.aliased >> i & 1 == 1
    }

    /// Result `i`, which must be filled completely. May be taken once.
    pub fn out(&mut self, i: usize) -> &'a mut [E] {
        std::mem::take(&mut self.outs[i])
    }

    /// Result `i`, holding the values of operand `x`: copied there unless they are there already.
    pub fn out_from(&mut self, i: usize, x: usize) -> &'a mut [E] {
        let out = self.out(i);
        if !self.aliased(x) {
            out.copy_from_slice(self.ins[x]);
        }
        out
    }

    /// The scratch space that the operation asked for.
    pub fn scratch(&mut self) -> &'a mut [E] {
        std::mem::take(&mut self.scratch)
    }

    /// Shape of operand `i`.
    pub fn in_shape(&self, i: usize) -> Shape {
        self.in_shapes[i]
    }

    /// Shape of result `i`.
    pub fn out_shape(&self, i: usize) -> Shape {
        self.out_shapes[i]
    }
}
