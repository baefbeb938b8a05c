//! Whether a checkpoint holds a whole encoder, and how the tensors that it lacks, or has too many of, are named.

use std::collections::BTreeMap;

use super::report::LoadReport;
use crate::config::BertConfig;
use crate::error::ModelError;
use crate::names;

/// The number of parameters of a layer.
const OF_A_LAYER: usize = 16;
/// How many names a list shows.
const MOST_NAMES: usize = 16;

/// Refuses a checkpoint of which nothing was found, and an encoder that is not the one of the config: in part drawn at random,
/// or without the last layers of the file.
pub(super) fn check(report: &LoadReport, config: &BertConfig) -> Result<(), ModelError> {
    let path = report.files.first().cloned().unwrap_or_default();
    if report.found.is_empty() {
        return Err(ModelError::NotBert {
            path,
            n_tensors: report.unexpected.len(),
            first: report.unexpected.first().cloned().unwrap_or_default(),
        });
    }
    let n_layers = config.num_hidden_layers;
    let missing = report.missing.iter();
    let missing: Vec<&str> = missing
        .filter(|name| names::is_encoder(name))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let missing = listed(&missing);
        return Err(ModelError::MissingParameters {
            path,
            missing,
            n_layers,
        });
    }
    if !report.surplus_layers.is_empty() {
        return Err(ModelError::SurplusLayers {
            path,
            layers: report.surplus_layers.join(", "),
            n_layers,
        });
    }
    Ok(())
}

/// Lists the layers of the file that the config does not have, from the names of all unexpected tensors of the model.
pub(super) fn surplus_layers<'n>(
    unexpected: impl Iterator<Item = &'n String>,
    config: &BertConfig,
) -> Vec<String> {
    let mut layers: BTreeMap<usize, usize> = BTreeMap::new();
    for name in unexpected.filter(|name| names::is_encoder(name)) {
        match names::layer_of(name) {
            Some(layer) if layer >= config.num_hidden_layers => {
                *layers.entry(layer).or_default() += 1;
            }
            _ => {}
        }
    }
    let layers = layers.into_iter();
    layers
        .map(|(layer, n_tensors)| format!("encoder.layer.{layer} ({n_tensors} tensors)"))
        .collect()
}

/// Joins names. All parameters of one layer are named by their layer, and a long list is cut short.
fn listed(names: &[&str]) -> String {
    let mut of_layer: BTreeMap<usize, usize> = BTreeMap::new();
    for layer in names.iter().filter_map(|name| names::layer_of(name)) {
        *of_layer.entry(layer).or_default() += 1;
    }
    let mut shown: Vec<String> = Vec::new();
    for name in names {
        let layer = names::layer_of(name);
        let whole = layer.filter(|layer| of_layer[layer] >= OF_A_LAYER);
        let item = whole.map_or_else(
            || format!("`{name}`"),
            |layer| format!("all of encoder.layer.{layer}"),
        );
        if shown.last() != Some(&item) {
            shown.push(item);
        }
    }
    let n_more = shown.len().saturating_sub(MOST_NAMES);
    shown.truncate(MOST_NAMES);
    if n_more > 0 {
        shown.push(format!("{n_more} more"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn a_whole_layer_is_one_name() {
        let layer: Vec<String> = (0..16)
            .map(|i| format!("bert.encoder.layer.2.part{i}"))
            .collect();
        let mut names: Vec<&str> = vec!["bert.encoder.layer.0.output.dense.bias"];
        names.extend(layer.iter().map(String::as_str));
        insta::assert_snapshot!(listed(&names), @"`bert.encoder.layer.0.output.dense.bias`, all of encoder.layer.2");
    }
}
