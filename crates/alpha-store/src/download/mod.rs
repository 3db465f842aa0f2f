//! What an address gives, by the proxies and certificates of this machine.

mod certificates;
mod proxy;

use std::io::Read;
use std::time::Duration;

use crate::error::{Error, Result};

/// Why a download failed.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Hands what an address gives, `most` bytes of it, to `keep` part by part, and tells `progress` the bytes so far; returns
/// how many came.
pub(crate) fn receive(
    url: &str,
    most: u64,
    failed: impl Fn(Cause) -> Error,
    keep: &mut dyn FnMut(&[u8]) -> Result<()>,
    progress: &mut dyn FnMut(u64),
) -> Result<u64> {
    let failed = |error: ureq::Error| match certificates::refused(&error) {
        true => Error::Untrusted { url: url.to_owned(), source: Box::new(error) },
        false => failed(Box::new(error)),
    };
    let response = agent(url)?.get(url).call().map_err(failed)?;
    let mut reader = response.into_body().into_reader().take(most);
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        match reader.read(&mut buffer).map_err(|error| failed(error.into()))? {
            0 => return Ok(bytes),
            count => {
                keep(&buffer[..count])?;
                bytes += count as u64;
                progress(bytes);
            }
        }
    }
}

/// Without patience for a server that does not answer or never ends: the longest download, of 300 MB, then needs 1 Mbit/s.
fn agent(url: &str) -> Result<ureq::Agent> {
    let tls = ureq::tls::TlsConfig::builder().root_certs(certificates::trusted()?).build();
    let config = ureq::Agent::config_builder()
        .proxy(proxy::of(url, |name| std::env::var_os(name))?)
        .tls_config(tls)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_recv_body(Some(Duration::from_secs(40 * 60)));
    Ok(config.build().into())
}
