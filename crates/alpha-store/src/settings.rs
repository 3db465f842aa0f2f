//! Settings in TOML. Keys are written in kebab-case, as options are; snake_case, as older files have it, means the same.
//!
//! The structs that hold settings name their fields in snake_case, which is also how JSON records have them.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use toml::{Table, Value};

/// Reads settings.
///
/// # Errors
/// If the text is not TOML, has a key in both spellings, an unknown key (the error names the nearest known one), or a value of
/// another type.
///
/// ```
/// # use serde::Deserialize;
/// #[derive(Deserialize, PartialEq, Debug)]
/// #[serde(deny_unknown_fields)]
/// struct Adapter {
///     lora_alpha: u64,
/// }
/// use alpha_store::settings::from_text;
/// assert_eq!(from_text::<Adapter>("lora-alpha = 8")?, from_text::<Adapter>("lora_alpha = 8")?);
/// let error = from_text::<Adapter>("lora-alhpa = 8").unwrap_err();
/// assert!(error.to_string().contains("unknown key 'lora-alhpa', did you mean 'lora-alpha'?"), "{error}");
/// # Ok::<(), toml::de::Error>(())
/// ```
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, toml::de::Error> {
    from_table(table(text)?)
}

/// Reads a table of settings as it stands in a file, with its keys in snake_case.
///
/// # Errors
/// If the text is not TOML, or has a key in both spellings.
pub fn table(text: &str) -> Result<Table, toml::de::Error> {
    normal(toml::from_str(text)?)
}

/// Turns a table into settings; its keys may have either spelling.
///
/// # Errors
/// As [`from_text`].
pub fn from_table<T: DeserializeOwned>(table: Table) -> Result<T, toml::de::Error> {
    normal(table)?.try_into().map_err(|error: toml::de::Error| match explain(error.message()) {
        Some(message) => toml::de::Error::custom(message),
        None => error,
    })
}

/// Settings as text, with keys in kebab-case.
///
/// # Errors
/// If they hold something that TOML cannot.
pub fn to_text(settings: &impl Serialize) -> Result<String, toml::ser::Error> {
    toml::to_string(&kebab(Table::try_from(settings)?))
}

/// A key in the spelling that is written.
pub fn written(key: &str) -> String {
    key.replace('_', "-")
}

/// The table with its keys in snake_case.
///
/// # Errors
/// If a key is there in both spellings.
pub fn normal(table: Table) -> Result<Table, toml::de::Error> {
    let mut out = Table::new();
    for (key, value) in table {
        let value = normal_value(value)?;
        if out.insert(key.replace('-', "_"), value).is_some() {
            return Err(toml::de::Error::custom(format!("the key '{}' is there in two spellings", written(&key))));
        }
    }
    Ok(out)
}

/// [`normal`] of the tables in a value, those in an array (`[[sources]]`) too.
fn normal_value(value: Value) -> Result<Value, toml::de::Error> {
    Ok(match value {
        Value::Table(inner) => Value::Table(normal(inner)?),
        Value::Array(inner) => Value::Array(inner.into_iter().map(normal_value).collect::<Result<_, _>>()?),
        value => value,
    })
}

/// The table with keys in kebab-case.
fn kebab(table: Table) -> Table {
    table.into_iter().map(|(key, inner)| (written(&key), kebab_value(inner))).collect()
}

/// [`kebab`] of the tables in a value.
fn kebab_value(value: Value) -> Value {
    match value {
        Value::Table(inner) => Value::Table(kebab(inner)),
        Value::Array(inner) => Value::Array(inner.into_iter().map(kebab_value).collect()),
        value => value,
    }
}

/// What serde says of an unknown field, in the spelling of the file and with the nearest known key; `None` for other messages.
fn explain(message: &str) -> Option<String> {
    let (unknown, known) = message.strip_prefix("unknown field `")?.split_once('`')?;
    let known: Vec<String> = known.split('`').skip(1).step_by(2).map(written).collect();
    let unknown = written(unknown);
    let nearest = nearest(&unknown, known.iter().map(String::as_str));
    let guess = nearest.map_or(String::new(), |key| format!(", did you mean '{key}'?"));
    let colon = if guess.is_empty() { ":" } else { "" };
    Some(format!("unknown key '{unknown}'{guess}{colon} known are {}", known.join(", ")))
}

/// The known word that was most likely meant: one of which the given one is an abbreviation, else the one that the fewest
/// single-letter changes lead to, a third of the word at most.
///
/// ```
/// use alpha_store::settings::nearest;
/// let items = ["figure1", "figure6", "table1"];
/// assert_eq!(nearest("fig1", items), Some("figure1"));
/// assert_eq!(nearest("tabel1", items), Some("table1"));
/// assert_eq!(nearest("minilm", items), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rank = |candidate: &str| {
        let changes = distance(word, candidate);
        (!(is_abbreviation(word, candidate) || 3 * changes <= word.chars().count().max(3)), changes)
    };
    let (best, (far, _)) = known.into_iter().map(|known| (known, rank(known))).min_by_key(|&(_, rank)| rank)?;
    (!far).then_some(best)
}

/// Whether the letters of a word, two at least, are among those of another in their order, the first being the first.
fn is_abbreviation(short: &str, long: &str) -> bool {
    let mut rest = long.chars();
    short.chars().count() > 1
        && short.chars().next() == long.chars().next()
        && short.chars().all(|wanted| rest.any(|letter| letter == wanted))
}

/// Insertions, deletions and substitutions between two words.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        learning_rate: f64,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        max_steps: u64,
        optimiser: Inner,
    }

    #[test]
    fn both_spellings_are_read_and_one_is_written() {
        let kebab = "max-steps = 3\n\n[optimiser]\nlearning-rate = 0.5\n";
        let settings: Outer = from_text(kebab).unwrap();
        assert_eq!(settings, from_text(&kebab.replace('-', "_")).unwrap());
        assert_eq!(to_text(&settings).unwrap(), kebab);
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct List {
            parts: Vec<Inner>,
        }
        let kebab = "[[parts]]\nlearning-rate = 0.5\n\n[[parts]]\nlearning-rate = 1.5\n";
        let list: List = from_text(kebab).unwrap();
        assert_eq!(list, from_text(&kebab.replace('-', "_")).unwrap());
        assert_eq!(to_text(&list).unwrap(), kebab);
        let twice = from_text::<Outer>("max-steps = 1\nmax_steps = 1").unwrap_err().to_string();
        assert!(twice.contains("'max-steps' is there in two spellings"), "{twice}");
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        let of = |text: &str| from_text::<Outer>(text).unwrap_err().to_string();
        let message = of("max-steps = 1\noptimiser.learning-rte = 1.0");
        assert!(message.contains("unknown key 'learning-rte', did you mean 'learning-rate'?"), "{message}");
        let message = of("zzz = 1");
        assert!(message.contains("unknown key 'zzz': known are max-steps, optimiser"), "{message}");
        assert!(of("max-steps = 'x'\noptimiser.learning-rate = 1.0").contains("string"), "other errors stay");
    }
}
