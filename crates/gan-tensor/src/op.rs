//! The one trait behind every operation.

use std::any::Any;
use std::fmt::Debug;

use crate::grad::vjp_of_decomposition;
use crate::{Cx, Io, Shape, Var};

/// An operation on tensors: what it is called, what shapes it yields, how it is computed, and how its
/// gradient is written in terms of other operations.
///
/// A gradient is made of ordinary operations, so it can be differentiated again, to any order.
pub trait Op: Debug + Send + Sync + 'static {
    /// Its name, as faults and profiles print it.
    fn name(&self) -> &'static str;

    /// Shapes of the results for shapes of the operands.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String>;

    /// Number of results.
    fn results(&self) -> usize {
        1
    }

    /// Computes the results.
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>)
    where
        Self: Sized;

    /// The vector-Jacobian product: for cotangents `cts` of the results (`None`: zero), the cotangents
    /// of the operands (`None`: zero). The default differentiates [`decompose`](Op::decompose).
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>>
    where
        Self: Sized,
    {
        let _ = outs;
        vjp_of_decomposition(self, ins, cts)
    }

    /// What a fused operation means: the same results from simpler operations.
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let _ = ins;
        None
    }

    /// Pairs `(operand, result)` that may share memory for operands of these shapes.
    fn aliases(&self, ins: &[Shape]) -> &'static [(usize, usize)] {
        let _ = ins;
        &[]
    }

    /// Whether it treats all elements alike, wherever they lie: element `i` of a result depends on element `i` of the operands of the
    /// same shape and on operands of one element; results of one element, as sums over all, may depend on everything.
    ///
    /// Such an operation works on matrices that are kept in another order without knowing it.
    fn any_order(&self, ins: &[Shape]) -> bool {
        let _ = ins;
        false
    }

    /// Whether the result is the first operand's values under another shape.
    fn is_view(&self) -> bool {
        false
    }

    /// Elements of scratch space it needs.
    fn scratch(&self, ins: &[Shape]) -> usize {
        let _ = ins;
        0
    }

    /// Floating-point operations, counting a multiply-add as two.
    fn flops(&self, ins: &[Shape], outs: &[Shape]) -> u64 {
        let _ = ins;
        outs.iter().map(|s| s.len() as u64).sum()
    }
}

/// [`Op`] without its generic method, so that different operations stand in one list.
pub(crate) trait DynOp: Debug + Send + Sync {
    fn name(&self) -> &'static str;
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String>;
    fn results(&self) -> usize;
    fn eval_f32(&self, io: &mut Io<'_, f32>, cx: &Cx<'_>);
    fn eval_f64(&self, io: &mut Io<'_, f64>, cx: &Cx<'_>);
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>>;
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>>;
    fn aliases(&self, ins: &[Shape]) -> &'static [(usize, usize)];
    fn any_order(&self, ins: &[Shape]) -> bool;
    fn is_view(&self) -> bool;
    fn scratch(&self, ins: &[Shape]) -> usize;
    fn flops(&self, ins: &[Shape], outs: &[Shape]) -> u64;
    fn as_any(&self) -> &dyn Any;
}

impl<T: Op> DynOp for T {
    fn name(&self) -> &'static str {
        Op::name(self)
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        Op::shapes(self, ins)
    }
    fn results(&self) -> usize {
        Op::results(self)
    }
    fn eval_f32(&self, io: &mut Io<'_, f32>, cx: &Cx<'_>) {
        self.eval(io, cx);
    }
    fn eval_f64(&self, io: &mut Io<'_, f64>, cx: &Cx<'_>) {
        self.eval(io, cx);
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        Op::vjp(self, ins, outs, cts)
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        Op::decompose(self, ins)
    }
    fn aliases(&self, ins: &[Shape]) -> &'static [(usize, usize)] {
        Op::aliases(self, ins)
    }
    fn any_order(&self, ins: &[Shape]) -> bool {
        Op::any_order(self, ins)
    }
    fn is_view(&self) -> bool {
        Op::is_view(self)
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        Op::scratch(self, ins)
    }
    fn flops(&self, ins: &[Shape], outs: &[Shape]) -> u64 {
        Op::flops(self, ins, outs)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The element types of graphs: `f32` and `f64`.
pub trait Element: gan_kernels::Element + Dispatch {}
impl Element for f32 {}
impl Element for f64 {}

/// Picks the [`DynOp`] method of an element type.
pub trait Dispatch: Sized {
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn dispatch(op: &dyn DynOp, io: &mut Io<'_, Self>, cx: &Cx<'_>);
}
impl Dispatch for f32 {
    #[allow(private_interfaces)]
    fn dispatch(op: &dyn DynOp, io: &mut Io<'_, f32>, cx: &Cx<'_>) {
        op.eval_f32(io, cx);
    }
}
impl Dispatch for f64 {
    #[allow(private_interfaces)]
    fn dispatch(op: &dyn DynOp, io: &mut Io<'_, f64>, cx: &Cx<'_>) {
        op.eval_f64(io, cx);
    }
}
