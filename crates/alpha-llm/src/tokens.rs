//! Texts to token ids, exactly as transformers' fast tokenizers.
//!
//! One text becomes `<s> A </s>` (RoBERTa) or `[CLS] A [SEP]` (BERT), a pair `<s> A </s></s> B </s>` or
//! `[CLS] A [SEP] B [SEP]`. A text too long is cut on the right; of a pair the longer is cut first, then each to half of
//! the room, where an odd token goes to the text that was longer, on a tie to the second. Nothing is padded here.

use std::collections::HashMap;
use std::path::Path;

use rayon::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::{bert::BertPreTokenizer, byte_level::ByteLevel};
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Encoding, PostProcessor, Tokenizer as Inner, TruncationParams, truncate_encodings};

use crate::error::{Error, Result};
use crate::glue::Example;
use crate::input;

/// An example as the model reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Token ids with the special ones; at least 2, at most the longest input.
    pub ids: Vec<i64>,
    /// 0 for the first text, 1 for the second, as many as ids; all 0 for a model with one token type, such as RoBERTa.
    pub type_ids: Vec<i64>,
    /// Whether some text was cut.
    pub truncated: bool,
}

#[expect(clippy::len_without_is_empty, reason = "there are always the special tokens")]
impl Tokens {
    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }
}

/// A model's tokenizer and the longest input.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    tokenizer: Inner,
    max_length: usize,
    pad_id: i64,
    /// The model has one token type only.
    one_type: bool,
}

/// The files that a tokenizer may be made of.
pub(crate) const FILES: [&str; 7] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
];

/// What of tokenizer_config.json is used; BERT's defaults as in transformers.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Settings {
    do_lower_case: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
    strip_accents: Option<bool>,
    add_prefix_space: Option<bool>,
    pad_token: Option<Special>,
}

/// A special token, written as a word or with its properties.
#[derive(Deserialize)]
#[serde(untagged)]
enum Special {
    Word(String),
    Token { content: String },
}

/// What of the model's config.json is used.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ModelSettings {
    type_vocab_size: Option<u64>,
}

impl Tokenizer {
    /// Reads tokenizer.json, or vocab.json with merges.txt (RoBERTa's byte-level BPE), or vocab.txt (BERT's WordPiece,
    /// lower-cased unless tokenizer_config.json says `do_lower_case: false`), whichever the folder has first.
    ///
    /// Truncation and padding that tokenizer.json sets are not used: inputs are at most `max_length` tokens, specials
    /// included. Token types are all 0 where config.json has `type_vocab_size` 1.
    ///
    /// # Errors
    /// [`Error::NoTokenizer`]; [`Error::Tokenizer`] or [`Error::Json`] for a damaged file; [`Error::Parameter`] if
    /// `max_length` leaves no room beside a pair's special tokens; [`Error::Read`].
    pub fn open(folder: &Path, max_length: usize) -> Result<Self> {
        let settings: Settings = json(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
        let model: ModelSettings = json(&folder.join("config.json"))?.unwrap_or_default();
        let [whole, bpe, merges, word_piece] =
            ["tokenizer.json", "vocab.json", "merges.txt", "vocab.txt"].map(|name| folder.join(name));
        let (path, tokenizer) = if let Some(json) = json(&whole)? {
            (whole, from_json(json))
        } else if bpe.is_file() && merges.is_file() {
            let tokenizer = byte_level(&bpe, &merges, &settings);
            (bpe, tokenizer)
        } else if word_piece.is_file() {
            let tokenizer = bert(&word_piece, &settings);
            (word_piece, tokenizer)
        } else {
            return Err(Error::NoTokenizer { folder: folder.to_owned() });
        };
        let broken = |source| Error::Tokenizer { path: path.clone(), source };
        let mut tokenizer = tokenizer.map_err(broken)?;
        tokenizer.with_truncation(None).map_err(broken)?;
        tokenizer.with_padding(None);
        let specials = special_tokens(&tokenizer, true);
        if max_length <= specials {
            let allowed = format!("more than the {specials} special tokens of a pair");
            return Err(Error::parameter("max_length", max_length, allowed));
        }
        let pad = match settings.pad_token {
            Some(Special::Word(word) | Special::Token { content: word }) => tokenizer.token_to_id(&word),
            None => ["<pad>", "[PAD]"].iter().find_map(|word| tokenizer.token_to_id(word)),
        };
        let pad_id = pad.ok_or_else(|| broken("there is no padding token, neither <pad> nor [PAD]".into()))?;
        Ok(Self { tokenizer, max_length, pad_id: pad_id.into(), one_type: model.type_vocab_size == Some(1) })
    }

    /// The id that pads.
    pub fn pad_id(&self) -> i64 {
        self.pad_id
    }

    /// The longest input in tokens.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// The number of tokens known, special ones included: the model needs at least as many embeddings.
    pub fn vocabulary_size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// Turns examples into tokens, in their order, on all cores.
    ///
    /// # Errors
    /// [`Error::Encode`] if the tokenizer refuses a text, which those of RoBERTa and BERT never do.
    pub fn encode(&self, examples: &[Example]) -> Result<Vec<Tokens>> {
        let encoded = examples.par_iter().enumerate().map(|(index, example)| {
            self.encode_one(&example.first, example.second.as_deref()).map_err(|source| Error::Encode { index, source })
        });
        encoded.collect()
    }

    fn encode_one(&self, first: &str, second: Option<&str>) -> tokenizers::Result<Tokens> {
        let whole = match second {
            Some(second) => self.tokenizer.encode_fast((first, second), true)?,
            None => self.tokenizer.encode_fast(first, true)?,
        };
        let truncated = whole.len() > self.max_length;
        let encoding = if truncated { self.cut(first, second)? } else { whole };
        let type_ids = encoding.get_type_ids().iter().map(|&id| if self.one_type { 0 } else { id.into() }).collect();
        Ok(Tokens { ids: encoding.get_ids().iter().map(|&id| id.into()).collect(), type_ids, truncated })
    }

    /// By the crate's own rule, but without keeping what is cut off: for a pair it would combine all its pieces.
    fn cut(&self, first: &str, second: Option<&str>) -> tokenizers::Result<Encoding> {
        let mut first = self.tokenizer.encode_fast(first, false)?;
        let mut second = second.map(|second| self.tokenizer.encode_fast(second, false)).transpose()?;
        let room = self.max_length - special_tokens(&self.tokenizer, second.is_some());
        (first, second) =
            truncate_encodings(first, second, &TruncationParams { max_length: room, ..TruncationParams::default() })?;
        first.take_overflowing();
        if let Some(second) = &mut second {
            second.take_overflowing();
            second.set_type_ids(vec![1; second.len()]);
        }
        self.tokenizer.post_process(first, second, true)
    }
}

fn special_tokens(tokenizer: &Inner, pair: bool) -> usize {
    tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(pair))
}

/// Reads a JSON file if there is one.
fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = input::bytes(path)?;
    serde_json::from_slice(&text).map(Some).map_err(|source| Error::Json { path: path.to_owned(), source })
}

/// From tokenizer.json, without what the crate panics at: a decoder, which is not used here, that it cannot read, and a
/// template whose special tokens have no ids.
fn from_json(mut json: Value) -> tokenizers::Result<Inner> {
    if let Some(whole) = json.as_object_mut() {
        whole.remove("decoder");
    }
    check_templates(&json["post_processor"])?;
    Ok(serde_json::from_value(json)?)
}

fn check_templates(processor: &Value) -> tokenizers::Result<()> {
    let pieces = ["single", "pair"].iter().filter_map(|side| processor[side].as_array()).flatten();
    for word in pieces.filter_map(|piece| piece["SpecialToken"]["id"].as_str()) {
        if processor["special_tokens"].get(word).is_none() {
            return Err(format!("its template has {word}, but no ids for it").into());
        }
    }
    processor["processors"].as_array().into_iter().flatten().try_for_each(check_templates)
}

/// As transformers' RobertaTokenizer.
fn byte_level(vocabulary: &Path, merges: &Path, settings: &Settings) -> tokenizers::Result<Inner> {
    let model = BPE::from_file(&text(vocabulary)?, &text(merges)?).build()?;
    let mut tokenizer = Inner::new(model);
    let prefix = settings.add_prefix_space.unwrap_or(false);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(prefix, true, true)));
    let ids = known(&tokenizer, ["<s>", "</s>"])?;
    tokenizer.add_special_tokens(&["<s>", "<pad>", "</s>", "<unk>", "<mask>"].map(|w| AddedToken::from(w, true)));
    let template = RobertaProcessing::new(("</s>".to_owned(), ids["</s>"]), ("<s>".to_owned(), ids["<s>"]));
    tokenizer.with_post_processor(Some(template.trim_offsets(true).add_prefix_space(prefix)));
    Ok(tokenizer)
}

/// As transformers' BertTokenizer.
fn bert(vocabulary: &Path, settings: &Settings) -> tokenizers::Result<Inner> {
    let model = WordPiece::from_file(&text(vocabulary)?).unk_token("[UNK]".to_owned()).build()?;
    let mut tokenizer = Inner::new(model);
    tokenizer.with_normalizer(Some(BertNormalizer::new(
        true,
        settings.tokenize_chinese_chars.unwrap_or(true),
        settings.strip_accents,
        settings.do_lower_case.unwrap_or(true),
    )));
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    let ids = known(&tokenizer, ["[CLS]", "[SEP]"])?;
    tokenizer.add_special_tokens(&["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(|w| AddedToken::from(w, true)));
    let template = TemplateProcessing::builder()
        .try_single("[CLS]:0 $A:0 [SEP]:0")?
        .try_pair("[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1")?
        .special_tokens(ids.into_iter().collect::<Vec<_>>())
        .build()?;
    tokenizer.with_post_processor(Some(template));
    Ok(tokenizer)
}

/// The ids of tokens that the vocabulary must have.
fn known<const N: usize>(tokenizer: &Inner, words: [&str; N]) -> tokenizers::Result<HashMap<String, u32>> {
    let id = |word: &str| -> tokenizers::Result<u32> {
        tokenizer.token_to_id(word).ok_or_else(|| format!("the vocabulary has no {word}").into())
    };
    words.iter().map(|&word| Ok((word.to_owned(), id(word)?))).collect()
}

fn text(path: &Path) -> tokenizers::Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}
