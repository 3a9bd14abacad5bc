//! Where the bias of G's last layer starts.

use gan_core::Players;
use gan_datasets::Dataset;

use crate::TrainError;

/// Sets the bias of G's last layer so that its sigmoid starts at the mean of the data, as the published code does:
/// the logit of the pixel means, clipped to [1e-7, 1 - 1e-7].
pub(super) fn set_output_bias(players: &mut Players, data: &dyn Dataset) -> Result<(), TrainError> {
    let fault = |message: &str| TrainError::Config { place: "generator.output_bias".to_owned(), message: message.to_owned() };
    let kinds: Vec<(String, String)> = players.generator.layers().map(|l| (l.path.to_owned(), l.kind.to_owned())).collect();
    let [.., (linear, kind), (_, last)] = &kinds[..] else {
        return Err(fault("data_logit needs a linear layer and a sigmoid at the end of G"));
    };
    if kind != "linear" || last != "sigmoid" {
        return Err(fault(&format!("data_logit needs a linear layer and a sigmoid at the end of G, found {kind} and {last}")));
    }
    let n = data.sample_shape().iter().product();
    let (mut sum, mut x) = (vec![0.0f64; n], vec![0.0f32; n]);
    for i in 0..data.len() {
        data.read(i, &mut x)?;
        sum.iter_mut().zip(&x).for_each(|(s, &x)| *s += f64::from(x));
    }
    let logit = |s: f64| {
        let p = (s / data.len().max(1) as f64).clamp(1e-7, 1.0 - 1e-7);
        (p / (1.0 - p)).ln() as f32
    };
    let bias: Vec<f32> = sum.into_iter().map(logit).collect();
    Ok(players.generator.params_mut().write(&format!("{linear}.bias"), &bias)?)
}
