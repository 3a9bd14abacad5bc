//! Matrix products beside those of other libraries, on one and two threads: the shapes of a training step of the multi-layer perceptron
//! GAN, forward (NN), towards the input (NT) and towards the weights (TN), of batches of 1, 16 and 100, and of convolutions.
//!
//! Only the ratios within one run mean something. matrixmultiply and nalgebra run on one thread, and so are in that group alone.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use faer::linalg::matmul::matmul as faer_matmul;
use faer::{Accum, MatMut, MatRef, Par};
use gan_kernels::gemm::{Matrix, gemm};
use gan_kernels::{Buffer, Pool, peers};
use nalgebra::{DMatrix, DMatrixView};

/// Rows, columns, terms of a sum, first operand transposed, second operand transposed.
const SHAPES: [(usize, usize, usize, bool, bool); 19] = [
    (100, 1200, 1200, false, false),
    (100, 1200, 1200, false, true),
    (100, 784, 1200, false, true),
    (200, 1200, 784, false, false),
    (100, 1200, 240, false, false),
    (1200, 1200, 100, true, false),
    (784, 1200, 200, true, false),
    (100, 1, 240, false, false),
    (240, 1, 100, true, false),
    (100, 240, 1, false, false),
    (1, 1200, 1200, false, false),
    (1, 1200, 1200, false, true),
    (1200, 1200, 1, true, false),
    (16, 1200, 1200, false, false),
    (16, 1200, 1200, false, true),
    (1200, 1200, 16, true, false),
    (1024, 1024, 1024, false, false),
    (4096, 128, 1024, false, false),
    (1024, 128, 4096, true, false),
];

/// A product and its operands.
struct Case<'a> {
    size: (usize, usize, usize),
    a: Matrix<'a, f32>,
    b: Matrix<'a, f32>,
    threads: usize,
}

impl Case<'_> {
    fn faer(&self, out: &mut [f32]) {
        fn view<'a>(x: &Matrix<'a, f32>, rows: usize, cols: usize) -> MatRef<'a, f32> {
            if x.col == 1 {
                MatRef::from_row_major_slice(x.data, rows, cols)
            } else {
                MatRef::from_column_major_slice(x.data, rows, cols)
            }
        }
        let (m, n, k) = self.size;
        let par = if self.threads == 1 { Par::Seq } else { Par::rayon(self.threads) };
        let out = MatMut::from_row_major_slice_mut(out, m, n);
        faer_matmul(out, Accum::Replace, view(&self.a, m, k), view(&self.b, k, n), 1.0, par);
    }

    /// Column-major: `out^T = b^T a^T`. There are no kernels for a transposed second operand: it is transposed first.
    fn nalgebra(&self, out: &mut DMatrix<f32>) {
        let ((m, n, k), Case { a, b, .. }) = (self.size, self);
        let view = DMatrixView::from_slice;
        match (a.col == 1, b.col == 1) {
            (true, true) => out.gemm(1.0, &view(b.data, n, k), &view(a.data, k, m), 0.0),
            (true, false) => out.gemm_tr(1.0, &view(b.data, k, n), &view(a.data, k, m), 0.0),
            (false, _) => out.gemm(1.0, &view(b.data, n, k), &view(a.data, m, k).transpose(), 0.0),
        }
    }
}

fn others(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, case: &Case<'_>) {
    let (m, n, _) = case.size;
    let mut out = Buffer::zeros(m * n);
    group.bench_function(format!("{name}/gemm"), |bench| {
        bench.iter(|| peers::gemm(case.size, case.a, case.b, &mut out, case.threads))
    });
    group.bench_function(format!("{name}/faer"), |bench| bench.iter(|| case.faer(&mut out)));
    if case.threads > 1 {
        return;
    }
    group.bench_function(format!("{name}/matrixmultiply"), |bench| {
        bench.iter(|| peers::matrixmultiply(case.size, case.a, case.b, &mut out))
    });
    let mut out = DMatrix::zeros(n, m);
    group.bench_function(format!("{name}/nalgebra"), |bench| bench.iter(|| case.nalgebra(&mut out)));
}

fn matmul(c: &mut Criterion) {
    for threads in [1, 2] {
        let mut pool = Pool::new(threads);
        let mut group = c.benchmark_group(format!("matmul/{threads}"));
        for (m, n, k, ta, tb) in SHAPES {
            let (a, b) = (Buffer::from_slice(&gan_benches::numbers(m * k)), Buffer::from_slice(&gan_benches::numbers(k * n)));
            let a = Matrix::new(&a, if ta { m } else { k }, ta);
            let b = Matrix::new(&b, if tb { k } else { n }, tb);
            let mut out = Buffer::zeros(m * n);
            let letter = |transposed| if transposed { 'T' } else { 'N' };
            let name = format!("{m}x{n}x{k}/{}{}", letter(ta), letter(tb));
            // an element is a floating-point operation
            group.throughput(Throughput::Elements(2 * (m * n * k) as u64));
            group.bench_function(format!("{name}/gan"), |bench| {
                pool.region(|team| bench.iter(|| gemm(team, (m, n, k), a, b, &mut out)));
            });
            others(&mut group, &name, &Case { size: (m, n, k), a, b, threads });
        }
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(400))
}

criterion_group!(name = benches; config = short(); targets = matmul);
criterion_main!(benches);
