//! Classes of words by the characters that they are written with. A similar word has the class of the word that it
//! replaces \[P\].

/// What a word is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordClass {
    /// Chinese characters only.
    Han,
    /// No Chinese characters, but at least one letter; digits and signs may be among them.
    Latin,
    /// No letters, but at least one digit; signs may be among them, as in `3.14`.
    Number,
    /// Neither letters nor digits.
    Punctuation,
    /// Both Chinese and other characters.
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
    fn the_class_follows_from_the_characters_of_the_word() {
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
