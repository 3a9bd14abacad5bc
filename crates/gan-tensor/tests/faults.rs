//! Faults of a trace: what they say, where they point, when they surface.

use gan_tensor::{Conv, Cx, Graph, Param, Shape, Team, TensorError, Var};

/// The fault of a trace, which `compile` and `eval` agree on; tracing must have gone on.
fn fault(g: &Graph, y: Var<'_>) -> TensorError {
    let e = g.compile::<f32>(&[y]).err().expect("a fault");
    let team = Team::serial();
    assert_eq!(g.eval::<f64>(&[y], &[], &[], &Cx::new(&team, 0, 0)).err(), Some(e.clone()));
    assert_eq!(g.check().err(), Some(e.clone()));
    e
}

/// Operation, message, scope and line of a fault, which must lie in this file.
fn parts(e: &TensorError) -> (&str, &str, &str, u32) {
    match e {
        TensorError::Op { op, message, scope, file, line, .. } => {
            assert!(file.ends_with("faults.rs"), "{file}");
            (op, message, scope, *line)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fault_names_operation_shapes_scope_file_and_line() {
    let g = Graph::new();
    let (x, w) = (g.input("x", [3, 4]), g.input("w", [5, 2]));
    let (y, line) = {
        let _model = g.scope("generator");
        let _layer = g.scope("layers");
        let _layer = g.scope("[2]");
        (x.matmul(w), line!())
    };
    let z = (y.relu() + x).maxout(7).sum(); // goes on, and later faults do not hide the first
    let dx = g.grad(z, &[x, w])[0];
    let e = fault(&g, dx);
    assert_eq!(parts(&e).3, line);
    let text = e.to_string();
    for part in ["matmul in generator.layers[2]", "inner dimensions 4 and 5 differ", "[3, 4], [5, 2]", "faults.rs"] {
        assert!(text.contains(part), "`{part}` in `{text}`");
    }
    assert!(text.ends_with(&format!(":{line}")), "{text}");
}

/// Traces one fault at a line and checks where it points and what it says.
macro_rules! says {
    ($op:expr, $text:expr, |$g:ident, $x:ident| $y:expr) => {{
        let $g = Graph::new();
        let $x = $g.input("x", [2, 3]);
        let (y, line) = ($y, line!());
        let e = fault(&$g, y.tanh());
        let (op, message, scope, at) = parts(&e);
        assert_eq!((op, scope, at), ($op, "", line), "{e}");
        assert!(message.contains($text), "`{}` in `{message}`", $text);
    }};
}

#[test]
fn every_method_points_at_its_caller() {
    says!("add", "equal or stretch", |g, x| x + g.input("y", [4]));
    says!("sub", "equal or stretch", |g, x| x - g.input("y", [4]));
    says!("mul", "equal or stretch", |g, x| x * g.input("y", [4]));
    says!("div", "equal or stretch", |g, x| x / g.input("y", [4]));
    says!("maximum", "equal or stretch", |g, x| x.maximum(g.input("y", [4])));
    says!("greater", "equal or stretch", |g, x| x.greater(g.input("y", [4])));
    says!("mul", "equal or stretch", |g, x| x.pow(g.input("y", [4])));
    says!("bce_with_logits", "equal or stretch", |g, x| x.bce_with_logits(g.input("y", [4])));
    says!("select", "stretch", |g, x| x.select(x, g.input("y", [4])));
    says!("matmul", "must be matrices", |g, x| x.matmul(g.input("y", [3])));
    says!("maxout", "units x 2 pieces", |g, x| x.maxout(2));
    says!("maxout", "units x 0 pieces", |g, x| x.maxout(0));
    says!("dropout", "(0, 1], found 0", |g, x| x.dropout(0.0, "d"));
    says!("uniform", "lo < hi", |g, x| x * g.uniform("u", [2, 3], 1.0, 1.0));
    says!("bernoulli", "[0, 1], found 1.5", |g, x| x * g.bernoulli("b", [2, 3], 1.5));
    says!("reshape", "6 values, [7] holds 7", |g, x| x.reshape([7]));
    says!("expand", "does not stretch to [2, 4]", |g, x| x.expand([2, 4]));
    says!("sum_axes", "axis 2 does not exist", |g, x| x.sum_axes(&[2]));
    says!("sum_axes", "axis 5 does not exist", |g, x| x.mean_axes(&[0, 5]));
    says!("max_axes", "axis 2 does not exist", |g, x| x.max_axes(&[0, 2]));
    says!("logsumexp_axes", "axis 2 does not exist", |g, x| x.softmax(2));
    says!("argmax", "axis 2 does not exist", |g, x| x.argmax(2));
    says!("argmax", "is empty", |g, x| x.slice(1, 0, 0).argmax(1));
    says!("permute", "does not name each", |g, x| x.permute(&[0, 0]));
    says!("permute", "does not name each", |g, x| x.permute(&[0, 1, 2, 3, 4, 5, 6, 7]));
    says!("permute", "does not name each", |g, x| x.reshape([6]).t());
    says!("slice", "2 positions from 2 do not lie within the 3", |g, x| x.slice(1, 2, 2));
    says!("slice", "do not lie within", |g, x| x.slice(1, usize::MAX, 2));
    says!("pad", "axis 3 does not exist", |g, x| x.pad(3, 1, 1));
    says!("concat", "at least one", |g, x| x * g.concat(&[], 0));
    says!("concat", "all sizes but that of axis 0", |g, x| g.concat(&[x, x.t()], 0));
    says!("concat", "axis 2 does not exist", |g, x| g.concat(&[x, x], 2));
    says!("gather", "found a scalar", |g, x| x.sum().gather(x));
    says!("scatter_add", "one row for each number", |g, x| x.scatter_add(x.slice(1, 0, 2), 4));
    says!("literal", "holds 2 values, found 3", |g, x| x + g.literal([2], &[1.0, 2.0, 3.0]));
    says!("max_column_norm", "must be positive", |g, x| x.max_column_norm(0.0));
    says!("momentum", "one shape", |g, x| g.momentum(x, x, x.t(), x.sum(), x.sum(), true).weight);
}

#[test]
fn convolutions_point_at_their_caller() {
    #[track_caller]
    fn conv<'g>(g: &'g Graph, x: [usize; 4], w: [usize; 4], conv: Conv) -> Var<'g> {
        g.input("p", x).conv2d(g.input("w", w), conv)
    }
    #[track_caller]
    fn back<'g>(g: &'g Graph, x: [usize; 4], w: [usize; 4], conv: Conv, more: [usize; 2]) -> Var<'g> {
        g.input("p", x).conv_transpose2d(g.input("w", w), conv, more)
    }
    let (one, by3) = (Conv::default(), Conv { stride: [2, 2], padding: [1, 1], groups: 3 });
    let still = Conv { stride: [1, 0], ..one };
    says!("conv2d", "expected pictures [batch, height, width, channels]", |g, x| x.conv2d(g.input("w", [1, 1, 3, 1]), one));
    says!("conv2d", "3 groups do not divide 4 channels", |g, x| conv(&g, [1, 5, 5, 4], [3, 3, 1, 6], by3) * x);
    says!("conv2d", "weights for 3 channels in a group", |g, x| conv(&g, [1, 5, 5, 6], [3, 3, 3, 6], by3) * x);
    says!("conv2d", "pictures of [5, 5]: does not fit", |g, x| conv(&g, [1, 5, 5, 6], [8, 3, 2, 6], by3) * x);
    says!("conv2d", "stride must be at least 1", |g, x| conv(&g, [1, 5, 5, 2], [3, 3, 2, 6], still) * x);
    says!("conv_transpose2d", "expected pictures", |g, x| x.conv_transpose2d(g.input("w", [1, 1, 1, 3]), one, [0, 0]));
    says!("conv_transpose2d", "weights for 4 channels, found 6", |g, x| back(&g, [1, 5, 5, 6], [3, 3, 2, 4], one, [0, 0]) * x);
    says!("conv_transpose2d", "[0, 2] must be smaller", |g, x| back(&g, [1, 5, 5, 6], [3, 3, 2, 6], by3, [0, 2]) * x);
    says!("conv_transpose2d", "nothing remains", |g, x| back(&g, [1, 0, 5, 6], [3, 3, 2, 6], by3, [0, 0]) * x);
}

#[test]
fn writes_are_checked() {
    let place = Param { store: 0, slot: 0 };
    let check = |says: &str, wrong: fn(&Graph, Var<'_>)| {
        let g = Graph::new();
        let p = g.param(place, [2, 3]);
        wrong(&g, p);
        let e = fault(&g, p);
        assert!(parts(&e).1.contains(says), "{e}");
    };
    check("only a parameter", |g, p| g.write(p * 2.0, p));
    check("once", |g, p| {
        g.write(p, p * 2.0);
        g.write(p, p * 3.0);
    });
    check("parameter's shape", |g, p| g.write(p, p.reshape([6])));
    check("another shape", |g, p| {
        g.param(Param { store: 0, slot: 0 }, [p.shape()[1], 2]);
    });
}

#[test]
fn absurd_sizes_are_faults() {
    says!("reshape", "hold", |g, x| x.reshape([usize::MAX, 2]));
    says!("input", "not possible", |g, x| x * g.input("y", [usize::MAX, 2]));
    says!("constant", "address space", |g, x| x * g.constant(0.0, [1 << 40, 1 << 40]));
    says!("normal", "address space", |g, x| x * g.normal("n", [usize::MAX, 2, 3]));
    says!("expand", "address space", |g, x| x.expand([1 << 60, 2, 3]));
    says!("pad", "address space", |g, x| x.pad(0, usize::MAX, usize::MAX));
    says!("scatter_add", "not possible", |g, x| x.scatter_add(x.slice(1, 0, 1).reshape([2]), usize::MAX));
    says!("mul", "address space", |g, x| x.pad(0, 1 << 40, 0).reshape([(1 << 40) + 2, 3, 1]) * g.input("y", [1 << 40]));
    let g = Graph::new();
    let y = g.param(Param { store: 0, slot: 0 }, [usize::MAX, usize::MAX]).mean();
    assert!(fault(&g, y).to_string().starts_with("param: shape"));
    assert_eq!(Shape::from([usize::MAX, 2]).len(), usize::MAX);
}

/// An operation of another crate with as many operands and results as its author likes.
#[derive(Debug)]
struct Wide(usize);

impl gan_tensor::Op for Wide {
    fn name(&self) -> &'static str {
        "wide"
    }
    fn results(&self) -> usize {
        self.0
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        Ok(vec![ins[0]; self.0])
    }
    fn eval<E: gan_tensor::Element>(&self, io: &mut gan_tensor::Io<'_, E>, _: &Cx<'_>) {
        (0..self.0).for_each(|i| io.out(i).fill(E::ONE));
    }
}

#[test]
fn too_many_operands_or_results_are_faults() {
    says!("wide", "at most 16 operands and 6 results", |g, x| g.push(Wide(1), &[x; 17]));
    says!("wide", "at most 16 operands and 6 results", |g, x| g.push_many(Wide(7), &[x])[6]);
    let g = Graph::new();
    let x = g.input("x", [2]);
    let y = g.push_many(Wide(6), &[x; 16]);
    assert!(g.compile::<f32>(&y).is_ok());
    // joins take any number
    assert_eq!(g.concat(&[x; 200], 0).shape()[..], [400]);
    assert!(g.check().is_ok());
}

#[test]
fn streams_of_one_name_are_told_apart() {
    let g = Graph::new();
    let (a, b) = (g.normal("z", [50]), g.normal("z", [50]));
    let c = {
        let _s = g.scope("prior");
        g.normal("z", [50])
    };
    let team = Team::serial();
    let out = g.eval::<f64>(&[a, b, c], &[], &[], &Cx::new(&team, 0, 0)).unwrap();
    assert!(out[0].values() != out[1].values() && out[0].values() != out[2].values() && out[1].values() != out[2].values());
    // two names with the same number (known for this hash) must not draw the same silently
    let (first, second) = ("costarring", "liquid");
    assert_eq!(gan_tensor::stream_id(first), gan_tensor::stream_id(second));
    let (x, line) = (g.normal(first, [2]) + g.normal(second, [2]), line!());
    let e = fault(&g, x);
    assert_eq!((parts(&e).0, parts(&e).3), ("stream", line));
    assert!(e.to_string().contains(first) && e.to_string().contains("rename"), "{e}");
}
