//! Enums of words that may grow: a word of tomorrow is kept as `Other` instead of failing the event.

macro_rules! words {
    (
        $(#[$outer:meta])*
        $vis:vis enum $name:ident {
            $($(#[$doc:meta])* $variant:ident = $word:literal,)*
        }
    ) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$doc])* $variant,)*
            /// A word this crate does not know, as it stands on the wire.
            Other(String),
        }

        impl $name {
            /// The word as on the wire.
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    _ => Self::Other(word.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Ok(Self::from(&*word))
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    words! {
        /// For the tests.
        enum Colour {
            /// Red.
            Red = "red",
        }
    }

    #[test]
    fn known_words_are_variants_and_unknown_ones_survive() {
        for (json, colour) in
            [(r#""red""#, Colour::Red), (r#""mauve""#, Colour::Other("mauve".to_owned()))]
        {
            assert_eq!(serde_json::from_str::<Colour>(json).unwrap(), colour);
            assert_eq!(serde_json::to_string(&colour).unwrap(), json);
        }
    }
}
