//! q
use alpha_llm::{adapter::*, classifier::*, dropout::Dropout, keyed::Key, optimiser::*};
use std::time::Instant;
use tch::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let (b, l): (i64, i64) = (a[1].parse().unwrap(), a[2].parse().unwrap());
    let kind = if a[3] == "bf16" { Kind::BFloat16 } else { Kind::Float };
    tch::set_num_threads(2);
    let t = Instant::now();
    let (c, ck) = read_folder(std::path::Path::new("/tmp/minilm")).unwrap();
    let m = Classifier::new(
        &c,
        &ck,
        &AdapterConfig { method: if a[4] == "lora" { Method::Lora } else { Method::AlphaLora }, ..Default::default() },
        2,
        1,
        (kind, Device::Cpu),
    )
    .unwrap();
    println!("load {:?}", t.elapsed());
    let ids: Vec<i64> = (0..b * l).map(|i| 1000 + (i * 7919) % 29000).collect();
    let labels: Vec<i64> = (0..b).map(|i| i % 2).collect();
    let mut opt = Adam::new(AdamConfig::default(), m.updates(), |_| false);
    let mut ts = vec![];
    let folded = m.fold(Pass::Adapters);
    for step in 0..a[5].parse().unwrap() {
        let t = Instant::now();
        let batch = m.encoder().batch(&ids, None, None, l).unwrap();
        let mut d = Dropout::keyed(Key { seed: 1, epoch: step, stream: "a" }, Device::Cpu);
        let loss = cross_entropy(&m.logits(&batch, &folded, &mut d), &labels);
        let f = t.elapsed();
        let g = Tensor::run_backward(&[&loss], m.updates().leaves(), false, false);
        let bk = t.elapsed() - f;
        opt.step(m.updates(), &flatten(&g), 1e-4);
        let e = t.elapsed();
        println!("loss {:.4} fwd {:?} bwd {:?} opt {:?}", loss.double_value(&[]), f, bk, e - bk - f);
        ts.push(e.as_secs_f64());
    }
    ts.sort_by(f64::total_cmp);
    println!("median {:.4} tok/s {:.0}", ts[ts.len() / 2], (b * l) as f64 / ts[ts.len() / 2]);
    println!(
        "{}",
        std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmHWM")).unwrap()
    );
}
