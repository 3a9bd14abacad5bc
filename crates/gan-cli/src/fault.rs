//! What a fault means for the exit code, and what the user can do about it.

use gan::core::CoreError;
use gan::datasets::DatasetError;
use gan::datasets::fetch::{self, FetchError};
use gan::layers::LayerError;
use gan::train::checkpoint::CheckpointError;
use gan::train::{FeatureNetError, TrainError};

use crate::output::quoted;

/// A command that cannot be meant, found after its options were read.
#[derive(Debug)]
pub(crate) struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// 1 failure, 2 usage and configurations, 3 divergence.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<Usage>() {
        return 2;
    }
    if let Some(FetchError::UnknownSet { .. } | FetchError::OneOfMany { .. }) = error.downcast_ref() {
        return 2;
    }
    match error.downcast_ref::<TrainError>() {
        Some(TrainError::Diverged(_)) => 3,
        Some(TrainError::Config { .. } | TrainError::UnknownPreset { .. }) => 2,
        Some(TrainError::FeatureNet(e)) => net_code(e),
        Some(TrainError::Layer(e)) => layer_code(e),
        Some(TrainError::Core(e)) => core_code(e),
        Some(TrainError::Data(e)) => data_code(e),
        _ => 1,
    }
}

fn net_code(error: &FeatureNetError) -> u8 {
    match error {
        FeatureNetError::Description { .. } | FeatureNetError::Weights { .. } => 1,
        _ => 2,
    }
}

fn core_code(error: &CoreError) -> u8 {
    match error {
        CoreError::Layer(e) => layer_code(e),
        CoreError::GeneratorOutput { .. }
        | CoreError::DiscriminatorOutput { .. }
        | CoreError::DiscriminatorSigmoid
        | CoreError::Packing { .. }
        | CoreError::JudgesPacks { .. }
        | CoreError::Labels { .. }
        | CoreError::Unconditional => 2,
        _ => 1,
    }
}

fn data_code(error: &DatasetError) -> u8 {
    match error {
        DatasetError::UnknownSource { .. }
        | DatasetError::UnknownSplit { .. }
        | DatasetError::NoSplit { .. }
        | DatasetError::NoFolder { .. }
        | DatasetError::SampleCount { .. }
        | DatasetError::BatchSize { .. } => 2,
        _ => 1,
    }
}

fn layer_code(error: &LayerError) -> u8 {
    match error {
        LayerError::UnknownType { .. }
        | LayerError::UnknownKey { .. }
        | LayerError::Missing { .. }
        | LayerError::Value { .. }
        | LayerError::Shape { .. }
        | LayerError::NotTrainable { .. }
        | LayerError::TooLarge { .. } => 2,
        _ => 1,
    }
}

/// What can be done, where the message cannot know it: it does not know the command line.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    match error.downcast_ref::<TrainError>()? {
        TrainError::Data(e) => data_hint(e),
        TrainError::Checkpoint(e) => checkpoint_hint(e),
        TrainError::DataFacts { .. } => Some("say with --data DIR where the data set is".to_owned()),
        _ => None,
    }
}

fn data_hint(error: &DatasetError) -> Option<String> {
    let (name, hint) = match error {
        DatasetError::NoFolder { name, .. } => (name, "give the folder, or the one above it, with --data DIR"),
        DatasetError::MissingFile { name, .. } => (name, "or say with --data DIR where the files are"),
        _ => return None,
    };
    let fetch = fetch::set(name).map(|set| format!(", or fetch them: gan data fetch {}", set.name));
    Some(format!("{hint}{}", fetch.unwrap_or_default()))
}

fn checkpoint_hint(error: &CheckpointError) -> Option<String> {
    match error {
        CheckpointError::Missing { path, available, .. } if available.is_empty() => {
            let config = quoted(&path.parent().unwrap_or(path).join("config.toml"));
            Some(format!("nothing was saved in this run; begin again with: gan train --config {config}"))
        }
        CheckpointError::Damaged { path, .. } | CheckpointError::Manifest { path, .. } => {
            Some(format!("to use the checkpoint before it, delete {}", quoted(path.parent().unwrap_or(path))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(e: impl Into<TrainError>) -> u8 {
        exit_code(&anyhow::Error::from(e.into()))
    }

    #[test]
    fn codes() {
        assert_eq!(exit_code(&Usage("x".to_owned()).into()), 2);
        assert_eq!(exit_code(&anyhow::anyhow!("x")), 1);
        assert_eq!(of(DatasetError::UnknownSplit { name: "x".to_owned() }), 2);
        assert_eq!(of(DatasetError::Stopped), 1);
        assert_eq!(of(CoreError::DiscriminatorSigmoid), 2);
        let layer = LayerError::Missing { path: "a".to_owned(), key: "b".to_owned(), expected: "c".to_owned() };
        assert_eq!(of(layer.clone()), 2);
        assert_eq!(of(CoreError::Layer(layer)), 2);
        assert_eq!(of(LayerError::NoParameter { name: "x".to_owned() }), 1);
    }
}
