#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod eager;
mod error;
mod grad;
mod graph;
mod io;
mod op;
pub mod ops;
pub mod plan;
mod shape;
mod store;
mod tensor;
pub mod testing;
mod var;

pub use eager::NonFinite;
pub use error::TensorError;
pub use gan_kernels::panels;
pub use gan_kernels::pooling::Windows;
pub use gan_kernels::random::{Key, derive, stream_id};
pub use gan_kernels::{Buffer, Isa, Pool, Team};
pub use graph::{Graph, Param, Scope};
pub use io::{Cx, Io};
pub use op::{Element, Op};
pub use ops::Conv;
pub use plan::{Plan, PlanOptions};
pub use shape::{MAX_RANK, Shape};
pub use store::Store;
pub use tensor::Tensor;
pub use var::Var;
