//! Whom a download trusts.

use ureq::tls::{Certificate, RootCerts};

use crate::error::{Error, Result};

/// Those of the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, if one is set, else those that this machine trusts; on one
/// that has none, Mozilla's.
///
/// # Errors
/// [`Error::Certificates`] if a variable is set and there is no certificate where it says.
pub(super) fn trusted() -> Result<RootCerts> {
    let found = rustls_native_certs::load_native_certs();
    if !found.certs.is_empty() {
        return Ok(found.certs.iter().map(|one| Certificate::from_der(one).to_owned()).into());
    }
    let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let variables: Vec<_> = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter(set).collect();
    if variables.is_empty() {
        return Ok(RootCerts::WebPki);
    }
    let reasons: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
    let reason = if reasons.is_empty() { "it holds none".to_owned() } else { reasons.join("; ") };
    Err(Error::Certificates { variable: variables.join(" and "), reason })
}

/// Whether a download failed since the certificate of its server is not trusted.
pub(super) fn refused(error: &ureq::Error) -> bool {
    let tls = match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}
