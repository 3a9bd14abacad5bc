//! Parameters as safetensors: row-major `f32`, whatever the layout they are kept in.

use gan_layers::ParamStore;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// A store's parameters as a safetensors file.
pub(super) fn encode(store: &ParamStore) -> Result<Vec<u8>, String> {
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
pub(super) fn largest(store: &ParamStore) -> u64 {
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
    let read = |spec: &gan_layers::ParamSpec| {
        let view = file.tensor(&spec.name).map_err(|_| format!("parameter `{}` is missing", spec.name))?;
        if view.dtype() != Dtype::F32 || view.shape() != &spec.shape[..] {
            return Err(format!(
                "parameter `{}` is {:?} {:?}, the model's is F32 {}",
                spec.name,
                view.dtype(),
                view.shape(),
                spec.shape
            ));
        }
        let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        Ok((spec.name.clone(), values))
    };
    store.specs().map(read).collect()
}
