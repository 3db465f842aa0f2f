//! Damaged files give errors, never panics: random edits of good ones, for `$ALPHA_FUZZ_SECONDS` (2 if not set).

use std::path::Path;
use std::time::{Duration, Instant};

use alpha_llm::glue::{CustomConfig, Example, Task, audit, load_custom, read};
use alpha_llm::keyed::Key;
use alpha_llm::tokens::Tokenizer;

use crate::fixture;

/// Random numbers below a bound, from a key that the failing test names.
struct Numbers(Vec<u64>);

impl Numbers {
    fn new(round: u64) -> Self {
        Self(Key { seed: 1, stream: "fuzz", count: round }.shuffle(&(0..1 << 12).collect::<Vec<_>>()))
    }

    fn below(&mut self, bound: usize) -> usize {
        let number = self.0.pop().unwrap_or_default() * 7_919 + self.0.last().copied().unwrap_or_default();
        number as usize % bound
    }
}

/// One to four edits: a bit turned, a byte taken out or put in, the end cut off, a part doubled or taken out.
fn damage(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..1 + numbers.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = numbers.below(bytes.len());
        let end = (at + numbers.below(40)).min(bytes.len());
        match numbers.below(6) {
            0 => bytes[at] ^= 1 << numbers.below(8),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, b"\t\n\r\"\xff\0,1"[numbers.below(8)]),
            3 => bytes.truncate(at),
            4 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            _ => drop(bytes.drain(at..end)),
        }
    }
}

fn rounds(mut round: impl FnMut(&Path, &mut Numbers)) {
    let seconds = std::env::var("ALPHA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        round(folder.path(), &mut Numbers::new(count));
        count += 1;
    }
    println!("{count} rounds in {seconds} s");
}

#[test]
fn damaged_tables_do_not_panic() {
    rounds(|folder, numbers| {
        let task = Task::ALL[numbers.below(6)];
        let columns = task.columns();
        let mut text = format!("\u{feff}x\t{}\t{}\t{}\n", columns.first, columns.second.unwrap_or("y"), columns.label);
        for i in 0..6 {
            text += &format!("{i}\ta \"b\tc é\t{}\r\n", task.label_names()[i % 2]);
        }
        let mut bytes = text.into_bytes();
        damage(&mut bytes, numbers);
        let [tsv, csv] = ["train.tsv", "train.csv"].map(|name| folder.join(name));
        std::fs::write(&tsv, &bytes).unwrap();
        std::fs::write(&csv, bytes.iter().map(|&b| if b == b'\t' { b',' } else { b }).collect::<Vec<_>>()).unwrap();
        if let Err(error) = read(task, task.train_file(), &tsv) {
            assert!(error.to_string().contains("train.tsv"), "{error}");
        }
        let config =
            CustomConfig { text: columns.first.into(), label: columns.label.into(), ..CustomConfig::default() };
        let _ = load_custom(Some(&csv), &tsv, &config).and_then(|data| audit(&data));
    });
}

#[test]
fn damaged_tokenizers_do_not_panic() {
    let folders: [(&str, &[&str]); 4] = [
        ("byte_level", &["vocab.json", "merges.txt", "config.json"]),
        ("uncased", &["vocab.txt"]),
        ("cased", &["vocab.txt", "tokenizer_config.json"]),
        ("whole", &["tokenizer.json"]),
    ];
    let pair = Example {
        first: "alpha Beta lora 12 é 中 zz [SEP]".into(),
        second: Some("kro sen tena alpha beta lora mikro sen ten".into()),
        label: 0,
    };
    rounds(|folder, numbers| {
        // tokenizer.json has most that can break.
        let (name, files) = folders[numbers.below(8).min(3)];
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let damaged = numbers.below(files.len());
        for (i, file) in files.iter().enumerate() {
            let mut bytes = std::fs::read(fixture("tokens").join(name).join(file)).unwrap();
            if i == damaged {
                damage(&mut bytes, numbers);
            }
            std::fs::write(folder.join(file), bytes).unwrap();
        }
        for length in [6, 64] {
            let _ =
                Tokenizer::open(&folder, length).and_then(|tokenizer| tokenizer.encode(std::slice::from_ref(&pair)));
        }
    });
}
