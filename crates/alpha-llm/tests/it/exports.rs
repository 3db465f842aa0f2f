//! Exports: what is written, that it is read back, and what is refused.

use std::collections::BTreeMap;
use std::path::Path;

use alpha_llm::Error;
use alpha_llm::adapter::{AdapterConfig, AlphaShape, Method, Site};
use alpha_llm::classifier::read_folder;
use alpha_llm::export::{Format, Native, TOLERANCE, export, read_peft};
use alpha_llm::model::read_tensors;
use serde_json::{Value, json};
use tch::Tensor;

use crate::fixture;
use crate::native::native;
use crate::tiny::{LABELS, Tiny, adapters, difference};

/// An adapter on a tiny model whose every tensor is moved from its first value.
fn moved(tiny: &Tiny, adapter: &AdapterConfig) -> Native {
    native(tiny, adapter, &tiny.adapted(adapter))
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn every_format_comes_back() {
    let work = tempfile::tempdir().unwrap();
    for tiny in Tiny::both() {
        let mut all = adapters();
        let qv = AdapterConfig { rank: 4, lora_alpha: 6, ..AdapterConfig::default() };
        all.push(AdapterConfig { scale_bias: false, ..qv.clone() });
        all.push(AdapterConfig { alpha_shape: AlphaShape::Scalar, ..qv.clone() });
        all.push(AdapterConfig { targets: vec![Site::Output, Site::Key], ..qv });
        for (index, adapter) in all.into_iter().enumerate() {
            let native = moved(&tiny, &adapter);
            for format in [Format::Native, Format::Hf, Format::Peft] {
                let out = work.path().join(format!("{}-{index}-{format:?}", tiny.name));
                let result = export(&native, &fixture(tiny.name), format, &out);
                if adapter.method == Method::Full && format == Format::Peft {
                    assert!(matches!(result, Err(Error::FullRank)));
                    assert!(!out.exists());
                    continue;
                }
                let (report, _) = result.unwrap();
                assert!(report.largest_logit_difference < 1e-5, "{adapter:?} {format:?}: {report:?}");
                assert!(report.largest_logit > 0.1);
                let written = json_of(&out.join("alpha_lora_export.json"));
                let kept = written["largest_logit_difference"].as_f64().unwrap();
                assert!((kept - report.largest_logit_difference).abs() <= 1e-12);
                let readme = std::fs::read_to_string(out.join("README.md")).unwrap();
                // Where the base lay is not said but to PEFT, which loads it from there.
                assert_eq!(written["base"]["name"], tiny.name);
                assert!(readme.contains(tiny.name) && !readme.contains("fixtures"), "{readme}");
                assert!(format == Format::Native || readme.contains("num_labels=3"), "{readme}");
                if format == Format::Peft {
                    // transformers takes a folder with a config.json for a whole model.
                    assert!(!out.join("config.json").exists());
                }
            }
        }
    }
    let left: Vec<_> = std::fs::read_dir(work.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2 * (9 * 3 - 2), "{left:?}");
}

/// Against PEFT's own merge_and_unload.
#[test]
fn merged_weights_are_pefts() {
    let work = tempfile::tempdir().unwrap();
    for tiny in Tiny::both() {
        let parity = read_tensors(&fixture(tiny.name).join("parity.safetensors")).unwrap().tensors;
        for (method, case) in [(Method::Lora, "lora"), (Method::AlphaLora, "alpha")] {
            let adapter = AdapterConfig { method, rank: 4, lora_alpha: 6, ..AdapterConfig::default() };
            let mut native = moved(&tiny, &adapter);
            for (name, value) in &mut native.values {
                let fixture = parity.get(&format!("qv/{name}")).or(tiny.checkpoint.head.get(name));
                *value = fixture.unwrap().shallow_clone();
            }
            let prefix = tiny.config.family.prefix();
            let hf = work.path().join(format!("{prefix}-{case}-hf"));
            export(&native, &fixture(tiny.name), Format::Hf, &hf).unwrap();
            let merged = read_tensors(&hf.join("model.safetensors")).unwrap().tensors;
            let peft = work.path().join(format!("{prefix}-{case}-peft"));
            export(&native, &fixture(tiny.name), Format::Peft, &peft).unwrap();
            let read = read_peft(&peft, &tiny.config, &tiny.checkpoint).unwrap();

            let wanted = format!("merged/{case}/");
            let fixture: Vec<_> =
                parity.iter().filter_map(|(name, value)| Some((name.strip_prefix(&wanted)?, value))).collect();
            assert_eq!(fixture.len(), 2, "weight and bias of one module");
            for (name, value) in fixture {
                let largest = value.abs().max().double_value(&[]);
                for got in [&merged[&format!("{prefix}.{name}")], &read.encoder[name]] {
                    let off = difference(got, value);
                    assert!(off <= 5e-7 * largest, "{case} {name}: off by {off:e} of {largest}");
                }
            }
            // All else is untouched, and nothing is added.
            let base = read_tensors(&crate::fixture(tiny.name).join("model.safetensors")).unwrap().tensors;
            assert!(merged.keys().eq(base.keys()));
            for (name, value) in base {
                let adapted = name.contains(".query.") || name.contains(".value.");
                assert!(adapted || merged[&name] == value, "{name} has changed");
            }
        }
    }
}

#[test]
fn the_merged_folder_is_a_whole_model() {
    let [tiny, _] = Tiny::both();
    let work = tempfile::tempdir().unwrap();
    let base = work.path().join("base");
    std::fs::create_dir(&base).unwrap();
    std::fs::copy(fixture(tiny.name).join("model.safetensors"), base.join("model.safetensors")).unwrap();
    let mut config = json_of(&fixture(tiny.name).join("config.json"));
    config["architectures"] = json!(["RobertaModel"]);
    config["id2label"] = json!({"0": "LABEL_0", "1": "LABEL_1"});
    config["label2id"] = json!({"LABEL_0": 0, "LABEL_1": 1});
    config["torch_dtype"] = json!("float16");
    config["_name_or_path"] = json!("/somewhere");
    std::fs::write(base.join("config.json"), config.to_string()).unwrap();
    for name in ["tokenizer.json", "vocab.json", "tokenizer_config.json", "notes.txt"] {
        std::fs::write(base.join(name), name).unwrap();
    }
    let adapter = AdapterConfig { rank: 4, ..AdapterConfig::default() };
    let out = work.path().join("out");
    export(&moved(&tiny, &adapter), &base, Format::Hf, &out).unwrap();

    let written = json_of(&out.join("config.json"));
    assert_eq!(written["architectures"], json!(["RobertaForSequenceClassification"]));
    assert_eq!(written["id2label"], json!({"0": LABELS[0], "1": LABELS[1], "2": LABELS[2]}));
    assert_eq!(written["label2id"][LABELS[2]], 2);
    assert_eq!(written["problem_type"], "single_label_classification");
    // Weights are fp32, and transformers would otherwise load them as the base's fp16.
    assert_eq!(written["torch_dtype"], "float32");
    assert!(written.get("_name_or_path").is_none());
    assert_eq!(written["layer_norm_eps"], config["layer_norm_eps"]);
    for name in ["tokenizer.json", "vocab.json", "tokenizer_config.json"] {
        assert_eq!(std::fs::read_to_string(out.join(name)).unwrap(), name);
    }
    assert!(!out.join("notes.txt").exists());
    let bytes = std::fs::read(out.join("model.safetensors")).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(header.metadata().as_ref().unwrap()["format"], "pt");
    let (_, checkpoint) = read_folder(&out).unwrap();
    assert_eq!(checkpoint.head.len(), 4);
}

#[test]
fn the_adapter_has_pefts_names() {
    let [tiny, _] = Tiny::both();
    let work = tempfile::tempdir().unwrap();
    let written = |adapter: AdapterConfig, name: &str| {
        let out = work.path().join(name);
        export(&moved(&tiny, &adapter), &fixture(tiny.name), Format::Peft, &out).unwrap();
        let tensors = read_tensors(&out.join("adapter_model.safetensors")).unwrap().tensors;
        (json_of(&out.join("adapter_config.json")), tensors)
    };
    let qv = AdapterConfig { rank: 4, lora_alpha: 6, ..AdapterConfig::default() };
    let head: BTreeMap<_, _> = [
        ("classifier.dense.weight", vec![24, 24]),
        ("classifier.dense.bias", vec![24]),
        ("classifier.out_proj.weight", vec![3, 24]),
        ("classifier.out_proj.bias", vec![3]),
    ]
    .into_iter()
    .map(|(name, size)| (format!("base_model.model.{name}"), size))
    .collect();
    let expected = |parts: &[(&str, Vec<i64>)]| {
        let mut all = head.clone();
        for module in
            ["0.attention.self.query", "0.attention.self.value", "1.attention.self.query", "1.attention.self.value"]
        {
            let name = |part: &str| format!("base_model.model.roberta.encoder.layer.{module}.{part}");
            all.extend(parts.iter().map(|(part, size)| (name(part), size.clone())));
        }
        all
    };
    let sizes = |tensors: &BTreeMap<String, Tensor>| -> BTreeMap<String, Vec<i64>> {
        tensors.iter().map(|(name, tensor)| (name.clone(), tensor.size())).collect()
    };
    let mut parts = vec![("lora_A.weight", vec![4, 24]), ("lora_B.weight", vec![24, 4])];
    let (config, tensors) = written(AdapterConfig { method: Method::Lora, ..qv.clone() }, "lora");
    assert_eq!(sizes(&tensors), expected(&parts));
    let plain = json!({
        "peft_type": "LORA", "task_type": "SEQ_CLS", "r": 4, "lora_alpha": 6, "target_modules": ["query", "value"],
        "modules_to_save": ["classifier"], "inference_mode": true, "bias": "none",
        "base_model_name_or_path": fixture(tiny.name).display().to_string(),
    });
    assert_eq!(config, plain);

    parts.push(("lora_magnitude_vector.weight", vec![24]));
    let (config, tensors) = written(AdapterConfig { scale_bias: false, ..qv.clone() }, "unscaled");
    assert_eq!(sizes(&tensors), expected(&parts));
    assert_eq!((&config["use_dora"], &config["bias"]), (&json!(true), &json!("none")));

    parts.push(("base_layer.bias", vec![24]));
    let (config, tensors) = written(qv.clone(), "scaled");
    assert_eq!(sizes(&tensors), expected(&parts));
    assert_eq!((&config["use_dora"], &config["bias"]), (&json!(true), &json!("lora_only")));

    // The name output.dense alone would adapt attention.output.dense as well.
    let (config, _) = written(AdapterConfig { targets: vec![Site::Output], ..qv.clone() }, "output");
    assert_eq!(config["target_modules"], json!(["encoder.layer.0.output.dense", "encoder.layer.1.output.dense"]));
    let (config, _) = written(AdapterConfig { targets: Site::ALL.to_vec(), ..qv }, "all");
    assert_eq!(config["target_modules"], json!(Site::ALL));
}

#[test]
fn nothing_is_left_of_what_is_refused() {
    let [tiny, other] = Tiny::both();
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("out");
    let base = fixture(tiny.name);
    let name = "encoder.layer.1.attention.self.value.alpha";
    let with = |name: &str, change: &dyn Fn(&Tensor)| {
        let native = moved(&tiny, &AdapterConfig { rank: 4, ..AdapterConfig::default() });
        change(&native.values[name]);
        native
    };
    for (value, small) in [(0.0, true), (-0.9e-4, true), (1.1e-4, false), (-1.1e-4, false)] {
        let native = with(name, &|alpha| {
            let _ = alpha.get(17).fill_(value);
        });
        match export(&native, &base, Format::Peft, &out) {
            Err(Error::SmallAlpha { module, row, alpha, smallest }) => {
                assert!(small, "{value}");
                assert_eq!((format!("{module}.alpha").as_str(), row, smallest), (name, 17, 1e-4));
                assert!((alpha - value).abs() < 1e-10);
                assert!(is_empty(work.path()));
            }
            result => {
                assert!(!small && result.unwrap().0.largest_logit_difference < TOLERANCE);
                std::fs::remove_dir_all(&out).unwrap();
            }
        }
        // Merged, it is a number like any other.
        export(&native, &base, Format::Hf, &out).unwrap();
        std::fs::remove_dir_all(&out).unwrap();
    }

    // Infinite logits cannot be compared.
    let endless = with("encoder.layer.0.attention.self.value.lora_B", &|b| {
        let _ = b.shallow_clone().fill_(3e38);
    });
    for format in [Format::Hf, Format::Peft, Format::Native] {
        let error = export(&endless, &base, format, &out).unwrap_err();
        assert!(matches!(error, Error::Differs { .. } | Error::NotFinite { .. }), "{error}");
        assert!(is_empty(work.path()));
    }

    let native = moved(&tiny, &AdapterConfig { rank: 4, ..AdapterConfig::default() });
    assert!(matches!(export(&native, &fixture(other.name), Format::Hf, &out), Err(Error::Base { .. })));
    assert!(is_empty(work.path()));
    std::fs::create_dir(&out).unwrap();
    assert!(matches!(export(&native, &base, Format::Hf, &out), Err(Error::Exists { .. })));
    assert!(is_empty(&out));
    std::fs::remove_dir(&out).unwrap();
    std::fs::write(&out, "mine").unwrap();
    assert!(matches!(export(&native, &base, Format::Native, &out), Err(Error::Exists { .. })));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "mine");
}

#[test]
fn other_peft_adapters_are_refused() {
    let [tiny, _] = Tiny::both();
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("out");
    let adapter = AdapterConfig { rank: 4, ..AdapterConfig::default() };
    export(&moved(&tiny, &adapter), &fixture(tiny.name), Format::Peft, &out).unwrap();
    let path = out.join("adapter_config.json");
    let good = json_of(&path);
    let changes = [
        ("peft_type", json!("IA3"), false),
        ("use_rslora", json!(true), false),
        ("rank_pattern", json!({"query": 2}), false),
        ("loftq_config", json!({"bits": 4}), false),
        ("r", json!(0), false),
        ("r", json!("four"), false),
        // Modules of another rank, and a magnitude without DoRA.
        ("r", json!(5), false),
        ("use_dora", json!(false), false),
        ("rank_pattern", json!({}), true),
        ("eva_config", json!(null), true),
        ("some_day", json!(true), true),
    ];
    for (field, value, allowed) in changes {
        let mut config = good.clone();
        config[field] = value.clone();
        std::fs::write(&path, config.to_string()).unwrap();
        let result = read_peft(&out, &tiny.config, &tiny.checkpoint);
        assert_eq!(result.is_ok(), allowed, "{field} = {value}: {result:?}");
    }
}
