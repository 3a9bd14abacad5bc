//! A layer's weight, and its spectral normalisation (Miyato et al. 2018).

use gan_tensor::{Shape, Var};

use crate::module::{Build, Cx};
use crate::{Fields, Init, Kind, LayerError, Mode, ParamId, init};

/// A weight as a layer uses it: as it is stored or, with `spectral_norm = true`, over its largest singular value.
#[derive(Debug)]
pub(super) struct Weight {
    id: ParamId,
    spectral: Option<Spectral>,
}

/// `w / sigma` with `sigma = v^T W u`, where `W: [rows, columns]` is the weight as a matrix with a column for each output.
///
/// `u` and `v` approximate the first singular vectors: buffers that make one step of power iteration, `u = W^T v / |W^T v|` and then
/// `v = W u / |W u|`, in each trace in training (algorithm 1 of the paper), and rest in use. Gradients take both for constants. They
/// start where 15 steps have led them, as in PyTorch's `parametrizations.spectral_norm`.
#[derive(Debug)]
struct Spectral {
    u: ParamId,
    v: ParamId,
    /// The axis of the outputs.
    axis: usize,
    rows: usize,
    columns: usize,
}

/// Steps of power iteration on the initial weight.
const FIRST_STEPS: usize = 15;
/// The least norm that is divided by.
const LEAST: f64 = 1e-12;

impl Weight {
    /// The trainable weight `name`, whose outputs lie along `axis`; reads the field `spectral_norm`.
    pub(super) fn build(
        f: &Fields<'_>,
        b: &mut Build<'_>,
        (name, shape, axis): (&str, Shape, usize),
        start: &dyn Init,
    ) -> Result<Weight, LayerError> {
        let id = b.param(name, shape, Kind::Trainable, start)?;
        let spectral =
            if f.bool_or("spectral_norm", false)? { Some(Spectral::build(f, b, (name, shape, axis), id)?) } else { None };
        Ok(Weight { id, spectral })
    }

    /// Tells that products read the weight as their right operand.
    pub(super) fn operand(&self, b: &mut Build<'_>) {
        if self.spectral.is_none() {
            b.operand(self.id);
        }
    }

    /// Bounds the column norms of the stored weight: reads the field `max_column_norm`.
    pub(super) fn constrain(&self, f: &Fields<'_>, b: &mut Build<'_>) -> Result<(), LayerError> {
        b.constrain(self.id, f.optional_positive("max_column_norm")?);
        Ok(())
    }

    /// The weight in a trace, normalised once however often the network is applied.
    pub(super) fn var<'g>(&self, cx: &Cx<'g, '_>) -> Var<'g> {
        match &self.spectral {
            None => cx.param(self.id),
            Some(spectral) => cx.once(self.id, || spectral.normalise(cx, cx.param(self.id))),
        }
    }
}

impl Spectral {
    fn build(
        f: &Fields<'_>,
        b: &mut Build<'_>,
        (name, shape, axis): (&str, Shape, usize),
        weight: ParamId,
    ) -> Result<Spectral, LayerError> {
        let columns = shape.get(axis).copied().unwrap_or(1);
        let rows = shape.len() / columns.max(1);
        let matrix = Matrix::new(&b.values(weight), &shape, axis);
        let mut u = vec![0.0; columns];
        init::normal(gan_tensor::derive(0, "spectral_norm"), 1.0, &mut u);
        let mut u: Vec<f64> = u.into_iter().map(f64::from).collect();
        let mut v = matrix.times(&u);
        for _ in 0..FIRST_STEPS {
            unit(&mut v);
            u = matrix.transposed_times(&v);
            unit(&mut u);
            v = matrix.times(&u);
        }
        if unit(&mut v) < LEAST {
            return Err(f.fault(
                "spectral_norm",
                "a weight that does not start at 0, as it is divided by its norm",
                "0 everywhere",
            ));
        }
        let [u, v] = [("u", u), ("v", v)].map(|(side, values)| {
            let start = Given(values.into_iter().map(|x| x as f32).collect());
            b.param(&format!("{name}_{side}"), [start.0.len()], Kind::Buffer, &start)
        });
        Ok(Spectral { u: u?, v: v?, axis, rows, columns })
    }

    fn normalise<'g>(&self, cx: &Cx<'g, '_>, w: Var<'g>) -> Var<'g> {
        let rank = w.shape().rank();
        let order: Vec<usize> = (0..rank).filter(|&d| d != self.axis).chain([self.axis]).collect();
        let ordered = if self.axis + 1 == rank { w } else { w.permute(&order) };
        let matrix = ordered.reshape([self.rows, self.columns]);
        let (mut u, mut v) = (cx.param(self.u), cx.param(self.v));
        if cx.mode() == Mode::Train {
            let fixed = matrix.detach();
            let unit = |x: Var<'g>| x / x.square().sum().maximum(cx.graph().constant(LEAST * LEAST, [])).sqrt();
            u = unit(v.reshape([1, self.rows]).matmul(fixed)).reshape([self.columns]);
            v = unit(fixed.matmul(u.reshape([self.columns, 1]))).reshape([self.rows]);
            cx.update(self.u, u);
            cx.update(self.v, v);
        }
        let sigma = (matrix.matmul(u.reshape([self.columns, 1])) * v.reshape([self.rows, 1])).sum();
        w / sigma
    }
}

/// A weight as a matrix in 64 bits, row-major.
struct Matrix {
    values: Vec<f64>,
    columns: usize,
}

impl Matrix {
    fn new(weight: &[f32], shape: &Shape, axis: usize) -> Matrix {
        let columns = shape.get(axis).copied().unwrap_or(1);
        let inner: usize = shape.iter().skip(axis + 1).product();
        let mut values = vec![0.0; weight.len()];
        for (at, &x) in weight.iter().enumerate() {
            let (outer, column, within) = (at / (columns * inner), at / inner % columns, at % inner);
            values[(outer * inner + within) * columns + column] = f64::from(x);
        }
        Matrix { values, columns }
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.columns.max(1))
    }

    fn times(&self, u: &[f64]) -> Vec<f64> {
        self.rows().map(|row| row.iter().zip(u).map(|(w, u)| w * u).sum()).collect()
    }

    fn transposed_times(&self, v: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        for (row, v) in self.rows().zip(v) {
            sums.iter_mut().zip(row).for_each(|(s, w)| *s += w * v);
        }
        sums
    }
}

/// Brings a vector to length 1; returns the length that it had.
fn unit(x: &mut [f64]) -> f64 {
    let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    x.iter_mut().for_each(|x| *x /= norm.max(LEAST));
    norm
}

/// Values that are known.
#[derive(Debug)]
struct Given(Vec<f32>);

impl Init for Given {
    fn fill(&self, _: &Shape, _: u64, out: &mut [f32]) {
        out.copy_from_slice(&self.0);
    }
}
