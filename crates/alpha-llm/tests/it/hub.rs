//! Models by folder and by hub id.

use std::path::Path;

use alpha_llm::Error;
use alpha_llm::hub::Hub;

/// A cache as huggingface_hub lays it out.
fn cache(folder: &Path, files: &[&str]) -> std::path::PathBuf {
    let model = folder.join("models--owner--tiny");
    let snapshot = model.join("snapshots/0123abcd");
    std::fs::create_dir_all(&snapshot).unwrap();
    std::fs::create_dir_all(model.join("refs")).unwrap();
    std::fs::create_dir_all(model.join("blobs")).unwrap();
    std::fs::write(model.join("refs/main"), "0123abcd").unwrap();
    for file in files {
        std::fs::write(model.join("blobs").join(file), *file).unwrap();
        std::os::unix::fs::symlink(format!("../../blobs/{file}"), snapshot.join(file)).unwrap();
    }
    snapshot
}

fn locate(hub: &Hub, model: &str) -> Result<std::path::PathBuf, Error> {
    hub.locate(model, &mut |file| panic!("{file} is to be downloaded"))
}

#[test]
fn a_cached_model_needs_no_network() {
    for tokenizer in [&["tokenizer.json"][..], &["vocab.json", "merges.txt"], &["vocab.txt"]] {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = cache(folder.path(), &[&["config.json", "model.safetensors"], tokenizer].concat());
        // Whether or not downloads are off.
        for offline in [true, false] {
            let hub = Hub { cache: folder.path().to_owned(), offline };
            assert_eq!(locate(&hub, "owner/tiny").unwrap(), snapshot);
            assert_eq!(std::fs::read_to_string(snapshot.join("config.json")).unwrap(), "config.json");
        }
    }
}

#[test]
fn a_folder_is_itself() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub { cache: folder.path().join("none"), offline: true };
    let name = folder.path().display().to_string();
    assert_eq!(locate(&hub, &name).unwrap(), folder.path());
    match locate(&hub, &format!("{name}/mistyped")).unwrap_err() {
        Error::Parameter { name, value, .. } => assert!(name == "model" && value.contains("mistyped")),
        error => panic!("{error}"),
    }
}

#[test]
fn offline_says_what_is_wanted_and_where() {
    for files in [&[][..], &["config.json"], &["config.json", "model.safetensors", "vocab.json"]] {
        let folder = tempfile::tempdir().unwrap();
        cache(folder.path(), files);
        let hub = Hub { cache: folder.path().to_owned(), offline: true };
        let message = locate(&hub, "owner/tiny").unwrap_err().to_string();
        let place = folder.path().join("models--owner--tiny").display().to_string();
        for part in
            ["owner/tiny", "HF_HUB_OFFLINE", "config.json", "model.safetensors", "tokenizer.json", "--model", &place]
        {
            assert!(message.contains(part), "no {part} in: {message}");
        }
    }
}
