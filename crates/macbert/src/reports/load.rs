//! What a checkpoint held, and which parameters of a model were not trained, in words.

use model::{BertConfig, LoadReport, PaddedRows, Untrained};

/// How many names of a list are shown.
const MOST_NAMES: usize = 12;

/// Returns what there is to say about a checkpoint that was read: a line for each kind of remark.
pub(crate) fn load_remarks(report: &LoadReport) -> Vec<String> {
    let mut remarks = Vec::new();
    if !report.prefix.is_empty() {
        remarks.push(format!(
            "the names of the parameters begin with `{}`, which was taken off",
            report.prefix
        ));
    }
    if let Some(PaddedRows { rows, n_pieces }) = report.padded {
        remarks.push(format!(
            "the embeddings have {rows} rows for {n_pieces} pieces; the last {} are padding and are left out",
            rows - n_pieces
        ));
    }
    if !report.optimizer.is_empty() {
        remarks.push(format!(
            "tensors of an optimizer, which are left out: {}",
            report.left_out()
        ));
    }
    let lists = [
        (
            "not in the checkpoint, initialised at random",
            &report.missing,
        ),
        (
            "layers of the checkpoint that its config.json leaves out",
            &report.surplus_layers,
        ),
        (
            "in the checkpoint, but no part of the model",
            &report.unexpected,
        ),
    ];
    let lists = lists.into_iter().filter(|(_, names)| !names.is_empty());
    remarks.extend(lists.map(|(what, names)| format!("{what}: {}", shortened(names))));
    remarks
}

/// Returns a line with the file that was read and the numbers of tensors that were found, missing, unexpected and left out.
pub(crate) fn load_summary(report: &LoadReport) -> String {
    let file = report.files.first().map(|file| file.display().to_string());
    let others = match report.files.len() {
        0 | 1 => String::new(),
        n_files => format!(" and {} more", n_files - 1),
    };
    let left_out = match report.optimizer.values().sum::<usize>() {
        0 => String::new(),
        n_tensors => format!(", {n_tensors} of an optimizer left out"),
    };
    format!(
        "{}{others}: {} parameters found, {} missing and initialised at random, {} unexpected{left_out}",
        file.unwrap_or_default(),
        report.found.len(),
        report.missing.len(),
        report.unexpected.len()
    )
}

/// Returns a line that says what becomes of words that were added to a checkpoint's tokenizer; `None` if there are none.
pub(crate) fn added_remark(added: &[String]) -> Option<String> {
    (!added.is_empty()).then(|| {
        format!(
            "words of added_tokens.json, which keep their ids and weights: {}; this program itself cuts text into pieces of the vocabulary only",
            shortened(added)
        )
    })
}

/// Returns a line for each origin of parameters that were not trained (method §5).
pub(crate) fn untrained_remarks(config: &BertConfig) -> Vec<String> {
    let origins = [
        (
            "never trained, still at their random initial values",
            Untrained::InitialValues,
        ),
        (
            "not trained by the last run, still as in the checkpoint that it started from",
            Untrained::StartCheckpoint,
        ),
    ];
    let remark = |(what, origin)| {
        let names = config.untrained_parameters.iter();
        let names = names.filter(|(_, found)| **found == origin);
        let names: Vec<String> = names.map(|(name, _)| name.clone()).collect();
        (!names.is_empty()).then(|| format!("{what}: {}", shortened(&names)))
    };
    origins.into_iter().filter_map(remark).collect()
}

/// Returns the section of a model card about parameters that were not trained; empty if all were.
pub(crate) fn untrained_section(config: &BertConfig) -> String {
    let remarks = untrained_remarks(config);
    if remarks.is_empty() {
        return String::new();
    }
    let remarks = remarks.iter().map(|remark| format!("- {remark}\n"));
    format!(
        "\n## Parameters that were not trained\n\n{}\nFine-tune them before use. `config.json` lists them under `untrained_parameters`.\n",
        remarks.collect::<String>()
    )
}

fn shortened(names: &[String]) -> String {
    let shown = names[..names.len().min(MOST_NAMES)].join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        n_more => format!("{shown} and {n_more} more"),
    }
}

#[cfg(test)]
mod tests {
    use model::{BertConfig, LoadReport, Untrained};

    use super::{load_remarks, load_summary, shortened, untrained_section};

    #[test]
    fn a_load_is_summed_up_with_what_was_left_out() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let kinds = [("adam_m", 2), ("global_step", 1)];
        let report = LoadReport {
            files: ["bert_model.ckpt.index".into()].into(),
            found: names(&["a", "b"]),
            missing: names(&["bert.pooler.dense.bias"]),
            unexpected: names(&["output_bias"]),
            optimizer: kinds.map(|(kind, n)| (kind.to_owned(), n)).into(),
            ..LoadReport::default()
        };
        let lines = [vec![load_summary(&report)], load_remarks(&report)].concat();
        insta::assert_snapshot!(lines.join("\n"), @"
        bert_model.ckpt.index: 2 parameters found, 1 missing and initialised at random, 1 unexpected, 3 of an optimizer left out
        tensors of an optimizer, which are left out: 2 adam_m, 1 global_step
        not in the checkpoint, initialised at random: bert.pooler.dense.bias
        in the checkpoint, but no part of the model: output_bias
        ");
    }

    #[test]
    fn a_long_list_is_cut_short() {
        let names: Vec<String> = (0..14).map(|number| number.to_string()).collect();
        assert_eq!(
            shortened(&names[..12]),
            "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
        );
        assert!(shortened(&names).ends_with("11 and 2 more"));
    }

    #[test]
    fn a_model_card_names_what_was_not_trained_and_where_it_comes_from() {
        let mut config = BertConfig::new(100, 2, 12);
        assert_eq!(untrained_section(&config), "");
        for (name, origin) in [
            ("bert.pooler.dense.bias", Untrained::InitialValues),
            ("cls.seq_relationship.bias", Untrained::StartCheckpoint),
        ] {
            config.untrained_parameters.insert(name.to_owned(), origin);
        }
        insta::assert_snapshot!(untrained_section(&config), @"

        ## Parameters that were not trained

        - never trained, still at their random initial values: bert.pooler.dense.bias
        - not trained by the last run, still as in the checkpoint that it started from: cls.seq_relationship.bias

        Fine-tune them before use. `config.json` lists them under `untrained_parameters`.
        ");
    }
}
