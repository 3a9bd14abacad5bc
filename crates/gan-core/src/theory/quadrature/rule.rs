/// A Gauss rule and the Kronrod rule that extends it, on `[-1, 1]`; the half with nodes `>= 0`, largest first. Every second
/// node, from the second on, is also one of Gauss.
///
/// Constants of QUADPACK (Piessens et al. 1983), `dqk21`.
pub(super) struct Rule {
    /// Nodes of Kronrod.
    pub nodes: &'static [f64],
    /// Their weights.
    pub kronrod: &'static [f64],
    /// Weights of Gauss at every node, 0 where it has none.
    pub gauss: &'static [f64],
}

impl Rule {
    /// Nodes in all.
    pub const fn points(&self) -> usize {
        2 * self.nodes.len() - 1
    }

    /// Node, Kronrod weight and Gauss weight, from -1 to 1.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let half = || self.nodes.iter().zip(self.kronrod).zip(self.gauss);
        let left = half().map(|((&x, &k), &g)| (-x, k, g));
        left.chain(half().rev().skip(1).map(|((&x, &k), &g)| (x, k, g)))
    }
}

/// 10 nodes of Gauss (exact to degree 19), 21 of Kronrod (degree 31).
pub(super) const GAUSS_10_KRONROD_21: Rule = Rule {
    nodes: &[
        0.995_657_163_025_808_1,
        0.973_906_528_517_171_7,
        0.930_157_491_355_708_2,
        0.865_063_366_688_984_5,
        0.780_817_726_586_416_9,
        0.679_409_568_299_024_4,
        0.562_757_134_668_604_7,
        0.433_395_394_129_247_2,
        0.294_392_862_701_460_2,
        0.148_874_338_981_631_22,
        0.0,
    ],
    kronrod: &[
        0.011_694_638_867_371_874,
        0.032_558_162_307_964_725,
        0.054_755_896_574_351_995,
        0.075_039_674_810_919_96,
        0.093_125_454_583_697_6,
        0.109_387_158_802_297_64,
        0.123_491_976_262_065_85,
        0.134_709_217_311_473_34,
        0.142_775_938_577_060_09,
        0.147_739_104_901_338_49,
        0.149_445_554_002_916_9,
    ],
    gauss: &[
        0.0,
        0.066_671_344_308_688_14,
        0.0,
        0.149_451_349_150_580_6,
        0.0,
        0.219_086_362_515_982_04,
        0.0,
        0.269_266_719_309_996_35,
        0.0,
        0.295_524_224_714_752_87,
        0.0,
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    /// `integral of x^d over [-1, 1]` is `2 / (d + 1)` for even `d`; one degree further a rule must fail.
    #[test]
    fn exact_up_to_its_degree_and_not_beyond() {
        let error = |degree: i32, weight: fn((f64, f64, f64)) -> f64| {
            let sum: f64 = GAUSS_10_KRONROD_21.iter().map(|t| t.0.powi(degree) * weight(t)).sum();
            let exact = if degree % 2 == 0 { 2.0 / f64::from(degree + 1) } else { 0.0 };
            (sum - exact).abs()
        };
        for degree in 0..=31 {
            assert!(error(degree, |t| t.1) < 1e-15, "Kronrod {degree}: {}", error(degree, |t| t.1));
        }
        for degree in 0..=19 {
            assert!(error(degree, |t| t.2) < 1e-15, "Gauss {degree}: {}", error(degree, |t| t.2));
        }
        assert!(error(20, |t| t.2) > 1e-9);
        assert!(error(32, |t| t.1) > 1e-13, "{}", error(32, |t| t.1));
    }

    #[test]
    fn nodes_ascend_and_are_as_many_as_said() {
        let nodes: Vec<f64> = GAUSS_10_KRONROD_21.iter().map(|t| t.0).collect();
        assert_eq!(nodes.len(), GAUSS_10_KRONROD_21.points());
        assert!(nodes.windows(2).all(|w| w[0] < w[1]));
    }
}
