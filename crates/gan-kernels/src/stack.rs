//! Scratch memory on the stack: no allocation, and no two threads share it.

use std::mem::MaybeUninit;

use crate::Element;

/// Room for `N` numbers that starts on a cache line.
#[repr(align(64))]
pub(crate) struct Stack<E, const N: usize>([MaybeUninit<E>; N]);

impl<E: Element, const N: usize> Stack<E, N> {
    #[inline(always)]
    pub fn new() -> Self {
        Self([MaybeUninit::uninit(); N])
    }

    /// The first `len` numbers. They are what was on the stack before: callers write what they read.
    #[inline(always)]
    pub fn slice(&mut self, len: usize) -> &mut [E] {
        assert!(len <= N);
        // SAFETY: within the array; every bit pattern is a number, and callers write before they read.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), len) }
    }

    /// Where they begin.
    #[inline(always)]
    pub fn start(&mut self) -> *mut E {
        self.0.as_mut_ptr().cast()
    }
}
