//! Plans against the eager reading.

use gan_kernels::panels;

use super::distance;
use crate::plan::PlanOptions;
use crate::{Cx, Element, Graph, Store, Tensor, TensorError, Var};

/// How planned execution differs from eager execution.
#[derive(Clone, Copy, Debug)]
pub struct PlanErrors {
    /// Whether the plan without fusion gives the same bits.
    pub same_bits: bool,
    /// The largest [`distance`] of the plan with fusion.
    pub fused: f64,
}

/// Compares the eager reading of `outputs` and of everything that is written with its plans, without and with
/// fusion.
///
/// Each plan runs three times, on the stores that it has changed and the buffers that it has used, with fresh random
/// numbers; the eager reading follows on the same stores.
///
/// # Errors
/// A fault of the trace, or inputs or stores that do not fit.
pub fn check_plan<E: Element>(
    graph: &Graph,
    outputs: &[Var<'_>],
    stores: &[Store<E>],
    inputs: &[&[E]],
    cx: &Cx<'_>,
) -> Result<PlanErrors, TensorError> {
    let mut errors = PlanErrors { same_bits: true, fused: 0.0 };
    for fuse in [false, true] {
        let mut plan = graph.compile_with::<E>(outputs, PlanOptions { fuse })?;
        let mut changed = stores.to_vec();
        for run in 0..3 {
            let cx = Cx { draw: cx.draw.wrapping_add(run), ..*cx };
            let (values, expected) = eager(graph, outputs, &changed, inputs, &cx)?;
            plan.run(&mut changed.iter_mut().collect::<Vec<_>>(), inputs, &cx)?;
            let outs = values.iter().enumerate().map(|(i, v)| (plan.output(i), v.values()));
            let slots = changed.iter().zip(&expected).flat_map(|(a, b)| (0..a.len()).map(move |k| (a.get(k), b.get(k))));
            for (found, expected) in outs.chain(slots.map(|(a, b)| (a.unwrap_or_default(), b.unwrap_or_default()))) {
                if fuse {
                    errors.fused = errors.fused.max(distance(found, expected));
                } else {
                    errors.same_bits &= same_bits(found, expected);
                }
            }
        }
    }
    Ok(errors)
}

/// The outputs, and the stores as they are after a run.
#[allow(clippy::type_complexity)]
fn eager<E: Element>(
    graph: &Graph,
    outputs: &[Var<'_>],
    stores: &[Store<E>],
    inputs: &[&[E]],
    cx: &Cx<'_>,
) -> Result<(Vec<Tensor<E>>, Vec<Store<E>>), TensorError> {
    let writes = graph.writes();
    let mut all = outputs.to_vec();
    all.extend(writes.iter().map(|w| w.1));
    let mut values = graph.eval(&all, &stores.iter().collect::<Vec<_>>(), inputs, cx)?;
    let mut after = stores.to_vec();
    for ((param, _), value) in writes.iter().zip(values.split_off(outputs.len())) {
        if let Some(slot) = after.get_mut(param.place.store).and_then(|s| s.get_mut(param.place.slot)) {
            match (param.packed, value.shape()) {
                (true, shape) => panels::pack(cx.team, shape[0], shape[1], value.values(), slot),
                _ => slot.copy_from_slice(value.values()),
            }
        }
    }
    Ok((values, after))
}

/// Bit for bit, except that one NaN is as good as another.
fn same_bits<E: Element>(a: &[E], b: &[E]) -> bool {
    let same = |(a, b): (&E, &E)| {
        let (a, b) = (a.to_f64(), b.to_f64());
        a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}
