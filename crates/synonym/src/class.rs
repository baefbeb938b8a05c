//! Word classes by script: a similar word is of the word's own class \[P\].

/// What a word is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordClass {
    /// Chinese characters only.
    Han,
    /// Letters of other scripts, digits allowed behind the first.
    Latin,
    /// Digits, with signs that numbers hold.
    Number,
    /// Neither letters nor digits.
    Punctuation,
    /// Chinese characters and others.
    Mixed,
}

impl WordClass {
    /// The class of a word.
    pub fn of(word: &str) -> Self {
        let count = |is: fn(char) -> bool| word.chars().filter(|c| is(*c)).count();
        let n_characters = word.chars().count();
        let n_han = count(segment::is_cjk);
        if n_han == n_characters {
            Self::Han
        } else if n_han > 0 {
            Self::Mixed
        } else if count(char::is_alphabetic) > 0 {
            Self::Latin
        } else if count(char::is_numeric) > 0 {
            Self::Number
        } else {
            Self::Punctuation
        }
    }
}

#[cfg(test)]
mod tests {
    use super::WordClass;

    #[test]
    fn words_are_told_apart_by_what_they_are_written_with() {
        let cases = [
            ("语言", WordClass::Han),
            ("GPU", WordClass::Latin),
            ("3.14", WordClass::Number),
            ("……", WordClass::Punctuation),
            ("T恤", WordClass::Mixed),
        ];
        for (word, class) in cases {
            assert_eq!(WordClass::of(word), class, "{word}");
        }
    }
}
