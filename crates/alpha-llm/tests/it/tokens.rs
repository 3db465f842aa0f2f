//! Tokens against transformers' fast tokenizers: the cases of scripts/fixtures/tokens.py.

use std::path::Path;

use alpha_llm::Error;
use alpha_llm::glue::{self, Example, Task};
use alpha_llm::tokens::{Tokenizer, Tokens};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{datasets, fixture, minilm};

#[derive(Deserialize)]
struct Case {
    tokenizer: String,
    first: String,
    second: Option<String>,
    max_length: usize,
    ids: Vec<i64>,
    type_ids: Vec<i64>,
}

impl Case {
    fn encode(&self, folder: &str) -> Tokens {
        let tokenizer = Tokenizer::open(&fixture("tokens").join(folder), self.max_length).unwrap();
        let long = || ["alpha"; 10_000].join(" ");
        let first = if self.first == "alpha*10000" { long() } else { self.first.clone() };
        tokenizer.encode(&[Example { first, second: self.second.clone(), label: 0 }]).unwrap().remove(0)
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(&std::fs::read_to_string(fixture("tokens/cases.json")).unwrap()).unwrap()
}

fn single(text: &str) -> Example {
    Example { first: text.to_owned(), second: None, label: 0 }
}

#[test]
fn every_case_is_as_in_transformers() {
    let (mut cut, mut of) = (0, [0; 3]);
    for case in cases() {
        let got = case.encode(&case.tokenizer);
        let told = (&case.tokenizer, &case.first, &case.second, case.max_length);
        assert_eq!(got.ids, case.ids, "{told:?}");
        assert_eq!(got.type_ids, case.type_ids, "{told:?}");
        assert!(!got.truncated || got.len() == case.max_length, "{told:?}");
        cut += usize::from(got.truncated);
        of[["byte_level", "cased", "uncased"].iter().position(|name| *name == case.tokenizer).unwrap()] += 1;
    }
    assert!(cut > 100 && of.iter().all(|&count| count > 100), "{cut} cut, {of:?}");
}

#[test]
fn tokenizer_json_goes_first_and_its_truncation_and_padding_are_not_used() {
    let json = std::fs::read_to_string(fixture("tokens/whole/tokenizer.json")).unwrap();
    assert!(json.contains("\"max_length\":4") && json.contains("\"Fixed\":32"), "the fixture sets neither");
    for case in cases().into_iter().filter(|case| case.tokenizer == "uncased") {
        assert_eq!(case.encode("whole").ids, case.ids, "{} {:?}", case.first, case.second);
    }
}

#[test]
fn odd_room_goes_to_the_longer_text_and_on_a_tie_to_the_second() {
    let tokenizer = Tokenizer::open(&fixture("tokens/byte_level"), 13).unwrap();
    let kept = |first: &str, second: &str| {
        let pair = Example { first: first.to_owned(), second: Some(second.to_owned()), label: 0 };
        let tokens = tokenizer.encode(&[pair]).unwrap().remove(0);
        assert!(tokens.truncated && tokens.type_ids == [0; 13]);
        let end = tokens.ids.iter().position(|&id| id == 2).unwrap();
        (end - 1, 13 - end - 3)
    };
    assert_eq!(kept("0123456789", "0123456789"), (4, 5));
    assert_eq!(kept("0123456789", "012345678"), (5, 4));
    assert_eq!(kept("012345678", "0123456789"), (4, 5));
    assert_eq!(kept("0123456789", "012"), (6, 3));
}

#[test]
fn padding_ids_and_sizes_are_the_folders() {
    let open = |name: &str| Tokenizer::open(&fixture("tokens").join(name), 16).unwrap();
    assert_eq!(open("byte_level").pad_id(), 1);
    assert_eq!(open("cased").pad_id(), 0);
    assert_eq!(open("whole").pad_id(), 0);
    assert_eq!(open("whole").max_length(), 16);
    let lines = std::fs::read_to_string(fixture("tokens/uncased/vocab.txt")).unwrap().lines().count();
    assert_eq!(open("uncased").vocabulary_size(), lines);
}

#[test]
fn texts_without_end_are_cut_without_combining_their_pieces() {
    let tokenizer = Tokenizer::open(&fixture("tokens/uncased"), 32).unwrap();
    // The crate's own truncation keeps the 7 000² ways to pair what was cut off, which no memory holds.
    let text = vec!["alpha lo beta"; 70_000].join(" ");
    let pair = Example { first: text.clone(), second: Some(text), label: 0 };
    let tokens = tokenizer.encode(&[pair]).unwrap().remove(0);
    assert_eq!((tokens.len(), tokens.truncated), (32, true));
    assert_eq!(tokens.type_ids.iter().sum::<i64>(), 16);
}

#[test]
fn many_texts_keep_their_order() {
    let tokenizer = Tokenizer::open(&fixture("tokens/uncased"), 32).unwrap();
    let texts: Vec<_> = (0..5_000).map(|i| single(&format!("{i} alpha"))).collect();
    let all = tokenizer.encode(&texts).unwrap();
    for i in [0, 1, 2_499, 4_999] {
        assert_eq!(all[i], tokenizer.encode(&texts[i..=i]).unwrap()[0]);
    }
}

#[test]
fn a_folder_without_a_whole_tokenizer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Tokenizer::open(folder.path(), 16).unwrap_err();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let message = open().to_string();
    for name in ["tokenizer.json", "vocab.json", "merges.txt", "vocab.txt"] {
        assert!(message.contains(name), "{message}");
    }
    write("vocab.json", "{}");
    assert!(matches!(open(), Error::NoTokenizer { .. }), "merges.txt is missing");
    write("merges.txt", "#version: 0.2\n");
    assert!(matches!(open(), Error::Tokenizer { .. }), "no <s>");
    write("merges.txt", "#version: 0.2\nx y z w\n");
    assert!(matches!(open(), Error::Tokenizer { .. }), "a damaged merge");
    write("tokenizer.json", "{\"version\": \"1.0\", \"model\"");
    assert!(matches!(open(), Error::Json { path, .. } if path.ends_with("tokenizer.json")));
    // The crate alone panics at these two: the decoder is not needed, the special token is.
    let whole = std::fs::read_to_string(fixture("tokens/whole/tokenizer.json")).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        write("tokenizer.json", &whole.replace(from, to));
    };
    changed("\"prefix\":\"##\"", "\"prefix\":7");
    Tokenizer::open(folder.path(), 16).unwrap();
    changed("\"SpecialToken\":{\"id\":\"[SEP]\"", "\"SpecialToken\":{\"id\":\"[END]\"");
    assert!(matches!(open(), Error::Tokenizer { path, .. } if path.ends_with("tokenizer.json")));
    write("tokenizer_config.json", "[");
    assert!(matches!(open(), Error::Json { path, .. } if path.ends_with("tokenizer_config.json")));
}

#[test]
fn a_length_without_room_is_refused() {
    let open = |length| Tokenizer::open(&fixture("tokens/byte_level"), length);
    for length in [0, 1, 4] {
        assert!(matches!(open(length).unwrap_err(), Error::Parameter { name, .. } if name == "max-length"));
    }
    assert_eq!(open(5).unwrap().encode(&[single("alpha lora beta")]).unwrap()[0].len(), 5);
}

#[derive(Deserialize)]
struct RealFile {
    task: Task,
    file: String,
    max_length: usize,
    rows: usize,
    tokens: usize,
    sha256: String,
}

fn real_file(model: &Path, data: &Path, expected: &RealFile) {
    let task = glue::load(expected.task, data).unwrap();
    let file = task.train.iter().chain(&task.evaluations).find(|file| file.name == expected.file).unwrap();
    let tokens = Tokenizer::open(model, expected.max_length).unwrap().encode(&file.examples).unwrap();
    assert_eq!((tokens.len(), tokens.iter().map(Tokens::len).sum()), (expected.rows, expected.tokens));
    let mut hash = Sha256::new();
    for row in &tokens {
        hash.update((row.len() as i64).to_le_bytes());
        row.ids.iter().for_each(|id| hash.update(id.to_le_bytes()));
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, expected.sha256, "{} {} {}", expected.task, expected.file, expected.max_length);
}

#[test]
fn real_files_under_minilm_are_as_in_transformers() {
    let (Some(model), Some(data)) = (minilm(), datasets()) else { return };
    let expected: Vec<RealFile> =
        serde_json::from_str(&std::fs::read_to_string(fixture("tokens/minilm.json")).unwrap()).unwrap();
    assert_eq!(expected.len(), 8);
    expected.iter().for_each(|expected| real_file(&model, &data.join("glue"), expected));
}
