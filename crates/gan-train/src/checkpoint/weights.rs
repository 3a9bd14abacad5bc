//! Parameters as safetensors: row-major `f32`, whatever the layout they are kept in.

use gan_layers::ParamStore;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// A store's parameters as a safetensors file.
pub(crate) fn encode(store: &ParamStore) -> Result<Vec<u8>, String> {
    let all: Vec<(String, Vec<usize>, Vec<u8>)> =
        store.iter().map(|(s, x)| (s.name.clone(), s.shape.to_vec(), x.iter().flat_map(|v| v.to_le_bytes()).collect())).collect();
    let views = all
        .iter()
        .map(|(name, shape, bytes)| TensorView::new(Dtype::F32, shape.clone(), bytes).map(|v| (name.as_str(), v)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| e.to_string())?;
    safetensors::serialize(views, None).map_err(|e| e.to_string())
}

/// Most bytes of a safetensors file of this store: the values, and room for the header that names them.
pub(crate) fn largest(store: &ParamStore) -> u64 {
    let of = |name: &str, values: usize| 4 * values as u64 + name.len() as u64 + 1024;
    store.specs().map(|s| of(&s.name, s.shape.len())).sum::<u64>() + 1024
}

/// The values of every parameter of `store` from a safetensors file that holds exactly these.
pub(super) fn decode(bytes: &[u8], store: &ParamStore) -> Result<Vec<(String, Vec<f32>)>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| format!("not a safetensors file: {e}"))?;
    let expected = store.specs().count();
    if file.len() != expected {
        let extra = file.names().into_iter().find(|n| store.find(n).is_none());
        let hint = extra.map(|n| format!(", among them `{n}`, which this model does not have")).unwrap_or_default();
        return Err(format!("it holds {} parameters{hint}, the model has {expected}", file.len()));
    }
    store.specs().map(|spec| Ok((spec.name.clone(), read(&file, &spec.name, &spec.shape)?))).collect()
}

/// The values of every parameter of `store`, a network in use, from a safetensors file that may hold the states of training besides: of a
/// weight and its average, the average.
pub(crate) fn pick(bytes: &[u8], store: &ParamStore) -> Result<Vec<(String, Vec<f32>)>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| format!("not a safetensors file: {e}"))?;
    let names = file.names();
    // `moment1/layers[0].weight` belongs to `layers[0].weight`
    let strange =
        |name: &&&str| store.find(name.split_once('/').map_or(name, |(_, of)| of)).is_none() && !name.starts_with("views[");
    if let Some(name) = names.iter().find(strange) {
        return Err(format!("it holds `{name}`, which this network does not have"));
    }
    let value = |spec: &gan_layers::ParamSpec| {
        let average = format!("average/{}", spec.name);
        let name = if names.iter().any(|n| **n == average) { &average } else { &spec.name };
        Ok((spec.name.clone(), read(&file, name, &spec.shape)?))
    };
    store.specs().map(value).collect()
}

/// A parameter of a shape.
fn read(file: &SafeTensors<'_>, name: &str, shape: &gan_tensor::Shape) -> Result<Vec<f32>, String> {
    let view = file.tensor(name).map_err(|_| format!("parameter `{name}` is missing"))?;
    if view.dtype() != Dtype::F32 || view.shape() != &shape[..] {
        return Err(format!("parameter `{name}` is {:?} {:?}, the model's is F32 {shape}", view.dtype(), view.shape()));
    }
    Ok(view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}
