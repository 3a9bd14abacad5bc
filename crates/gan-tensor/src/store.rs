//! Where values outlive a run: parameters, buffers, optimiser states.

use crate::{Buffer, Element};

/// A list of buffers that a plan reads and writes; slot `i` belongs to the parameter that was traced
/// with that number. Names and kinds are the business of whoever owns the store.
#[derive(Clone, Debug, Default)]
pub struct Store<E> {
    buffers: Vec<Buffer<E>>,
}

impl<E: Element> Store<E> {
    /// An empty store.
    pub fn new() -> Self {
        Self { buffers: Vec::new() }
    }

    /// Appends a buffer and returns its slot.
    pub fn push(&mut self, values: Buffer<E>) -> usize {
        self.buffers.push(values);
        self.buffers.len() - 1
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.buffers.len()
    }

    /// Whether there are no slots.
    pub fn is_empty(&self) -> bool {
        self.buffers.is_empty()
    }

    /// The values of a slot.
    pub fn get(&self, slot: usize) -> Option<&[E]> {
        self.buffers.get(slot).map(|b| &**b)
    }

    /// The values of a slot, to be changed.
    pub fn get_mut(&mut self, slot: usize) -> Option<&mut [E]> {
        self.buffers.get_mut(slot).map(|b| &mut **b)
    }

    /// The same values in another element type.
    pub fn cast<F: Element>(&self) -> Store<F> {
        let cast = |b: &Buffer<E>| {
            let mut out = Buffer::zeros(b.len());
            out.iter_mut().zip(b.iter()).for_each(|(o, x)| *o = F::from_f64(x.to_f64()));
            out
        };
        Store { buffers: self.buffers.iter().map(cast).collect() }
    }

    /// The buffer itself, for a plan that works in place.
    pub(crate) fn buffer_mut(&mut self, slot: usize) -> &mut Buffer<E> {
        &mut self.buffers[slot]
    }
}
