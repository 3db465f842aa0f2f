//! Parameters of roberta-base with 2 labels, as the paper and PEFT count them.

use alpha_llm::adapter::{AdapterConfig, Method};
use alpha_llm::classifier::Classifier;
use alpha_llm::model::{Checkpoint, EncoderConfig, encoder_shapes};
use tch::{Device, Kind, Tensor};

#[test]
fn roberta_base() {
    let config = EncoderConfig::roberta_base();
    let shapes = encoder_shapes(&config);
    let frozen: i64 = shapes.iter().map(|(_, size)| size.iter().product::<i64>()).sum();
    // One 0 each, shown in the tensor's shape.
    let zero = |size: &Vec<i64>| Tensor::zeros([1], (Kind::Float, Device::Cpu)).expand(size.as_slice(), false);
    let encoder = shapes.iter().map(|(name, size)| (name.clone(), zero(size))).collect();
    let checkpoint = Checkpoint { encoder, head: [].into(), sha256: String::new() };
    let model = |method| {
        let adapter = AdapterConfig { method, ..AdapterConfig::default() };
        Classifier::new(&config, &checkpoint, &adapter, 2, 0, (Kind::BFloat16, Device::Cpu)).unwrap()
    };
    let lora = model(Method::Lora);
    assert_eq!((lora.updates().count(), lora.alphas().count()), (887_042, 0));
    assert!(lora.has_new_head());
    drop(lora);
    let alpha_lora = model(Method::AlphaLora);
    let (updates, alphas) = (alpha_lora.updates().count(), alpha_lora.alphas().count());
    assert_eq!((updates + alphas, alphas), (905_474, 18_432));
    assert_eq!(frozen as usize + updates + alphas, 124_960_514);
    // transformers' RobertaForSequenceClassification: 201 tensors, 4 of them the head's.
    assert_eq!(shapes.len(), 197);
}
