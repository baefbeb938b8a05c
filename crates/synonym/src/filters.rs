//! Drops candidates by the user's lists of opposites, thesaurus and parts of speech.

use std::collections::{BTreeMap, HashMap};

use crate::antonyms::Antonyms;
use crate::list::Entry;
use crate::report::DropReason;
use crate::thesaurus::Thesaurus;

/// The filters that candidates must pass. The default drops nothing.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Drops candidates that are opposites of the word.
    pub antonyms: Option<Antonyms>,
    /// Drops candidates that share no group of the thesaurus with the word. Words that the thesaurus does not contain
    /// keep all their candidates.
    pub thesaurus: Option<Thesaurus>,
    /// The part of speech of each word. Drops candidates of another part of speech, if both words have one here.
    pub tags: Option<HashMap<String, char>>,
}

impl Filters {
    /// The reason to drop a candidate, or `None` if it passes all filters.
    pub(crate) fn drop_reason(&self, word: &str, similar: &str) -> Option<DropReason> {
        let is_opposite = |antonyms: &Antonyms| antonyms.are_opposite(word, similar);
        let is_foreign =
            |thesaurus: &Thesaurus| thesaurus.has(word) && !thesaurus.are_together(word, similar);
        let is_other = |tags: &HashMap<String, char>| match (tags.get(word), tags.get(similar)) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        if self.antonyms.as_ref().is_some_and(is_opposite) {
            Some(DropReason::Antonym)
        } else if self.tags.as_ref().is_some_and(is_other) {
            Some(DropReason::OtherTag)
        } else if self.thesaurus.as_ref().is_some_and(is_foreign) {
            Some(DropReason::NotInThesaurus)
        } else {
            None
        }
    }

    /// Removes the entries that a filter drops, and counts them by reason in `dropped`.
    pub fn apply(&self, entries: &mut Vec<Entry>, dropped: &mut BTreeMap<DropReason, usize>) {
        entries.retain(|entry| {
            let reason = self.drop_reason(&entry.word, &entry.similar);
            if let Some(reason) = reason {
                *dropped.entry(reason).or_default() += 1;
            }
            reason.is_none()
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Filters;
    use crate::antonyms::Antonyms;
    use crate::list::Entry;
    use crate::report::DropReason;

    #[test]
    fn filters_drop_with_their_reason() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let filters = Filters {
            antonyms: Some(Antonyms::new([pair("购买", "出售")], false)),
            thesaurus: None,
            tags: Some([("购买".to_owned(), 'v'), ("语言".to_owned(), 'n')].into()),
        };
        let check = |a, b, expect| assert_eq!(filters.drop_reason(a, b), expect, "{a} {b}");
        check("购买", "出售", Some(DropReason::Antonym));
        check("购买", "语言", Some(DropReason::OtherTag));
        check("购买", "采购", None);
        let mut entries = vec![
            Entry::new("出售", "购买", 1.0),
            Entry::new("出售", "销售", 1.0),
        ];
        let mut dropped = BTreeMap::new();
        filters.apply(&mut entries, &mut dropped);
        assert_eq!(dropped, [(DropReason::Antonym, 1)].into());
        assert_eq!(entries, [Entry::new("出售", "销售", 1.0)]);
        assert_eq!(Filters::default().drop_reason("购买", "出售"), None);
    }
}
