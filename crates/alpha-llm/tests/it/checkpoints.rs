//! The forms in which a checkpoint comes, and those that are refused.

use std::collections::BTreeMap;

use alpha_llm::Error;
use alpha_llm::adapter::AdapterConfig;
use alpha_llm::classifier::Classifier;
use alpha_llm::model::{Checkpoint, Family, read_tensors, write_tensors};
use tch::{Device, Kind, Tensor};

use crate::fixture;
use crate::tiny::Tiny;

type Named = BTreeMap<String, Tensor>;

/// The tiny model's file, changed, read again.
fn read(tiny: &Tiny, change: impl FnOnce(Named) -> Named) -> Result<Checkpoint, Error> {
    let tensors = read_tensors(&fixture(tiny.name).join("model.safetensors")).unwrap().tensors;
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("model.safetensors");
    write_tensors(&path, &change(tensors), []).unwrap();
    Checkpoint::read(&path, &tiny.config)
}

fn renamed(tensors: Named, rename: impl Fn(&str) -> String) -> Named {
    let count = tensors.len();
    let new: Named = tensors.into_iter().map(|(name, tensor)| (rename(&name), tensor)).collect();
    assert_eq!(new.len(), count);
    new
}

fn expect_same(tiny: &Tiny, checkpoint: &Checkpoint) {
    for (expected, got) in [(&tiny.checkpoint.encoder, &checkpoint.encoder), (&tiny.checkpoint.head, &checkpoint.head)]
    {
        assert!(expected.keys().eq(got.keys()));
        for (name, tensor) in expected {
            assert_eq!(tensor, &got[name], "{name}");
        }
    }
}

#[test]
fn names_of_older_versions_and_other_heads() {
    for tiny in Tiny::both() {
        let prefix = tiny.config.family.prefix();
        let legacy = |name: &str| {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        };
        expect_same(&tiny, &read(&tiny, |tensors| renamed(tensors, legacy)).unwrap());
        // An encoder saved by itself.
        let bare = |name: &str| name.trim_start_matches(prefix).trim_start_matches('.').to_owned();
        expect_same(&tiny, &read(&tiny, |tensors| renamed(tensors, bare)).unwrap());

        let zeros = || Tensor::zeros([3, 2], (Kind::Float, Device::Cpu));
        let mut extra = vec![
            format!("{prefix}.embeddings.position_ids"),
            "lm_head.dense.weight".to_owned(),
            "lm_head.bias".to_owned(),
            "cls.predictions.transform.LayerNorm.gamma".to_owned(),
            "cls.seq_relationship.weight".to_owned(),
        ];
        if tiny.config.family == Family::Roberta {
            extra.extend(["weight", "bias"].map(|part| format!("roberta.pooler.dense.{part}")));
        }
        let with_extra = |mut tensors: Named| {
            tensors.extend(extra.iter().map(|name| {
                let ids = name.ends_with("position_ids");
                (name.clone(), if ids { zeros().to_kind(Kind::Int64) } else { zeros() })
            }));
            tensors
        };
        expect_same(&tiny, &read(&tiny, with_extra).unwrap());
    }
}

#[test]
fn half_precision_storage() {
    for tiny in Tiny::both() {
        for kind in [Kind::Half, Kind::BFloat16] {
            let halved = |tensors: Named| tensors.into_iter().map(|(name, t)| (name, t.to_kind(kind))).collect();
            let checkpoint = read(&tiny, halved).unwrap();
            for (name, tensor) in &tiny.checkpoint.encoder {
                let got = &checkpoint.encoder[name];
                assert_eq!(got.kind(), Kind::Float);
                assert_eq!(got, &tensor.to_kind(kind).to_kind(Kind::Float), "{name}");
            }
        }
        let single = read(&tiny, |tensors| tensors.into_iter().map(|(n, t)| (n, t.to_kind(Kind::Int64))).collect());
        assert!(matches!(single, Err(Error::Storage { .. })), "whole numbers are no weights");
    }
}

#[test]
fn a_head_is_new_where_there_is_none_that_fits() {
    for tiny in Tiny::both() {
        let headless =
            |tensors: Named| tensors.into_iter().filter(|(name, _)| !name.starts_with("classifier.")).collect();
        let checkpoint = read(&tiny, headless).unwrap();
        assert!(checkpoint.head.is_empty());
        let is_new = |checkpoint: &Checkpoint, labels| {
            let adapter = AdapterConfig { rank: 2, ..AdapterConfig::default() };
            Classifier::new(&tiny.config, checkpoint, &adapter, labels, 1, (Kind::Float, Device::Cpu))
                .unwrap()
                .has_new_head()
        };
        assert!(is_new(&checkpoint, 3));
        assert!(!is_new(&tiny.checkpoint, 3));
        assert!(is_new(&tiny.checkpoint, 2));
    }
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    for tiny in Tiny::both() {
        let prefix = tiny.config.family.prefix();
        let gone = "encoder.layer.1.attention.self.key.bias";
        let other = format!("{prefix}.encoder.layer.2.output.dense.weight");
        let changed = |mut tensors: Named| {
            let tensor = tensors.remove(&format!("{prefix}.{gone}")).unwrap();
            tensors.insert(other.clone(), tensor);
            tensors
        };
        match read(&tiny, changed).unwrap_err() {
            Error::Tensors { missing, unexpected, .. } => {
                assert_eq!(missing, [gone]);
                assert_eq!(unexpected, ["encoder.layer.2.output.dense.weight"]);
            }
            error => panic!("{error}"),
        }
        // A head without one of its parts.
        let (last, _) = tiny.checkpoint.head.last_key_value().unwrap();
        match read(&tiny, |mut tensors| {
            let _ = tensors.remove(last).unwrap();
            tensors
        }) {
            Err(Error::Tensors { missing, .. }) => assert_eq!(missing, std::slice::from_ref(last)),
            result => panic!("{result:?}"),
        }
        // BERT's pooler is frozen, and cannot be made up.
        if tiny.config.family == Family::Bert {
            let without = |tensors: Named| tensors.into_iter().filter(|(name, _)| !name.contains("pooler")).collect();
            match read(&tiny, without).unwrap_err() {
                Error::Tensors { missing, .. } => assert_eq!(missing, ["pooler.dense.weight", "pooler.dense.bias"]),
                error => panic!("{error}"),
            }
        }
        let name = format!("{prefix}.embeddings.word_embeddings.weight");
        match read(&tiny, |mut tensors| {
            let narrow = tensors[&name].narrow(0, 0, 50);
            tensors.insert(name.clone(), narrow);
            tensors
        }) {
            Err(Error::Shape { expected, got, .. }) => {
                assert_eq!((expected, got), (vec![tiny.config.vocab_size, 24], vec![50, 24]));
            }
            result => panic!("{result:?}"),
        }
    }
}

/// Both spellings of one tensor: which is meant?
#[test]
fn a_tensor_under_two_names_is_refused() {
    for tiny in Tiny::both() {
        let name = format!("{}.encoder.layer.0.output.dense.bias", tiny.config.family.prefix());
        let doubled = |mut tensors: Named| {
            let other = &tensors[&name] + 1.0;
            tensors.insert("encoder.layer.0.output.dense.bias".to_owned(), other);
            tensors
        };
        match read(&tiny, doubled) {
            Err(Error::Tensors { unexpected, .. }) => assert_eq!(unexpected.len(), 1, "{unexpected:?}"),
            result => panic!("{result:?}"),
        }
    }
}
