#![doc = include_str!("../README.md")]
#![allow(unsafe_code)] // the one crate of the workspace that may; each block says why it is sound

#[macro_use]
mod isa;
mod buffer;
mod element;
mod maths;
mod pool;
mod stack;

pub mod bilinear;
pub mod conv;
pub mod gemm;
pub mod map;
pub mod maxout;
pub mod norm;
pub mod panels;
#[doc(hidden)]
pub mod peak;
#[cfg(feature = "peers")]
#[doc(hidden)]
pub mod peers;
pub mod pooling;
pub mod random;
pub mod reduce;
pub mod shuffle;
pub mod strided;
pub mod update;

pub use buffer::Buffer;
pub use element::Element;
pub use isa::Isa;
pub use pool::{Pool, Team};
