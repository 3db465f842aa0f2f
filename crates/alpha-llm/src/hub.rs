//! A model's folder, given as such or as a name on the Hugging Face hub.

use std::path::{Path, PathBuf};

use hf_hub::api::sync::ApiBuilder;
use hf_hub::{Cache, Repo};

use crate::error::{Error, Result};

/// Files that a model must have.
const NEEDED: [&str; 2] = ["config.json", "model.safetensors"];
/// A tokenizer is any of these.
const TOKENIZERS: [&[&str]; 3] = [&["tokenizer.json"], &["vocab.json", "merges.txt"], &["vocab.txt"]];
/// Further files, fetched where a model has them.
const EXTRA: [&str; 3] = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

/// The hub's cache, shared with Python's, and whether the network may be used.
#[derive(Debug, Clone)]
pub struct Hub {
    /// The folder that holds `models--…` folders.
    pub cache: PathBuf,
    /// Whether downloads are off.
    pub offline: bool,
}

impl Hub {
    /// As huggingface_hub has it: the cache is `$HF_HUB_CACHE`, `$HF_HOME/hub`, `$XDG_CACHE_HOME/huggingface/hub` or
    /// `~/.cache/huggingface/hub`; downloads are off if `HF_HUB_OFFLINE` is 1, on, yes or true.
    pub(crate) fn from_env() -> Self {
        Self::from_variables(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let path = |name: &str, rest: &str| variable(name).map(|value| PathBuf::from(value).join(rest));
        let cache = path("HF_HUB_CACHE", "")
            .or_else(|| path("HF_HOME", "hub"))
            .or_else(|| path("XDG_CACHE_HOME", "huggingface/hub"))
            .or_else(|| path("HOME", ".cache/huggingface/hub"))
            .unwrap_or_else(|| PathBuf::from(".cache/huggingface/hub"));
        let offline = variable("HF_HUB_OFFLINE")
            .is_some_and(|value| ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str()));
        Self { cache, offline }
    }

    /// The folder of a model: `model` itself where it is a folder, else that of a hub id such as `roberta-base` in the
    /// cache, downloaded if it is not there. `say` is told each file before its download.
    ///
    /// # Errors
    /// [`Error::Parameter`] for what is neither a folder nor the form of a hub id, [`Error::Hub`] for a model that cannot
    /// be had.
    pub fn locate(&self, model: &str, say: &mut dyn FnMut(&str)) -> Result<PathBuf> {
        if Path::new(model).is_dir() {
            return Ok(PathBuf::from(model));
        }
        if !is_id(model) {
            let allowed = "a folder that exists, or a hub id such as roberta-base";
            return Err(Error::parameter("model", format!("'{model}'"), allowed));
        }
        let repo = Repo::model(model.to_owned());
        let cached = Cache::new(self.cache.clone()).repo(repo.clone());
        let in_cache = |name: &str| cached.get(name);
        let complete = |names: &[&str]| names.iter().all(|name| in_cache(name).is_some());
        let whole = complete(&NEEDED) && TOKENIZERS.iter().any(|files| complete(files));
        if let Some(config) = in_cache(NEEDED[0]).filter(|_| whole) {
            return Ok(config.parent().map(Path::to_owned).unwrap_or_default());
        }
        let cache = self.cache.join(repo.folder_name());
        let failed = |reason, source: Option<hf_hub::api::sync::ApiError>| Error::Hub {
            model: model.to_owned(),
            cache: cache.clone(),
            reason,
            source: source.map(Box::new),
        };
        if self.offline {
            return Err(failed("HF_HUB_OFFLINE is set", None));
        }
        let trouble = |source| failed("the hub gave an error", Some(source));
        let api = ApiBuilder::from_env().with_cache_dir(self.cache.clone()).with_progress(false);
        let api = api.build().map_err(trouble)?.repo(repo);
        let listed = api.info().map_err(trouble)?;
        let has = |name: &&str| listed.siblings.iter().any(|file| file.rfilename == *name);
        if !NEEDED.iter().all(&has) {
            return Err(failed("on the hub it has no config.json and model.safetensors", None));
        }
        let Some(tokenizer) = TOKENIZERS.iter().find(|files| files.iter().all(&has)) else {
            return Err(failed("on the hub it has no tokenizer", None));
        };
        let mut folder = PathBuf::new();
        for name in EXTRA.iter().filter(|name| has(name)).chain(*tokenizer).chain(&NEEDED) {
            say(name);
            let path = api.get(name).map_err(trouble)?;
            // The model may change on the hub between two files.
            let parent = path.parent().map(Path::to_owned).unwrap_or_default();
            if !folder.as_os_str().is_empty() && folder != parent {
                return Err(failed("it changed on the hub during the download; try again", None));
            }
            folder = parent;
        }
        Ok(folder)
    }
}

/// What a model is called where this machine's folders say nothing: a hub id as it is, of a folder its own name.
pub(crate) fn public_name(model: &str) -> String {
    let own = Path::new(model).file_name().filter(|_| !is_id(model) || Path::new(model).is_dir());
    own.map_or(model.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// `name` or `owner/name`, of letters, digits, `-`, `_` and `.`.
fn is_id(model: &str) -> bool {
    let part = |part: &str| {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        part.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && part.chars().all(allowed)
    };
    model.split('/').count() <= 2 && model.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_as_python_does() {
        let hub = |variables: &[(&str, &str)]| {
            let find =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
            Hub::from_variables(find)
        };
        let home = ("HOME", "/home/a");
        assert_eq!(hub(&[home]).cache, Path::new("/home/a/.cache/huggingface/hub"));
        assert_eq!(hub(&[home, ("XDG_CACHE_HOME", "/x")]).cache, Path::new("/x/huggingface/hub"));
        assert_eq!(hub(&[("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/hf")]).cache, Path::new("/hf/hub"));
        assert_eq!(hub(&[("HF_HUB_CACHE", "/c"), ("HF_HOME", "/hf")]).cache, Path::new("/c"));
        for (value, offline) in [("1", true), ("TRUE", true), ("0", false), ("off", false)] {
            assert_eq!(hub(&[("HF_HUB_OFFLINE", value)]).offline, offline, "{value}");
        }
        assert!(!hub(&[]).offline);
    }

    #[test]
    fn hub_ids() {
        for id in ["roberta-base", "FacebookAI/roberta-base", "sentence-transformers/all-MiniLM-L6-v2"] {
            assert!(is_id(id), "{id}");
        }
        assert_eq!(public_name("FacebookAI/roberta-base"), "FacebookAI/roberta-base");
        assert_eq!(public_name("/home/a/models/mine"), "mine");
        // A folder here, whatever it looks like.
        assert_eq!(public_name("src/export"), "export");
        for path in ["", "a/b/c", "./model", "../model", "/model", "a/", "/", "a b", "~/model", "a/.."] {
            assert!(!is_id(path), "{path}");
        }
    }
}
