//! Whom a download trusts.

use std::path::PathBuf;

use ureq::tls::{Certificate, RootCerts};

use crate::error::{Error, Result};
use crate::message::shown;

/// Those of the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, if one is set, else those that this machine trusts; on one
/// that has none, Mozilla's.
///
/// # Errors
/// [`Error::Certificates`] if a variable is set and there is no certificate where it says.
pub(super) fn trusted() -> Result<RootCerts> {
    check_file()?;
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

/// Refuses an `SSL_CERT_FILE` without a certificate, which `SSL_CERT_DIR` would hide.
fn check_file() -> Result<()> {
    const VARIABLE: &str = "SSL_CERT_FILE";
    let Some(path) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let refuse = |reason: String| {
        let reason = format!("{}: {reason}", shown(&path.to_string_lossy()));
        Err(Error::Certificates { variable: VARIABLE.to_owned(), reason })
    };
    // Reading a device might never end.
    match std::fs::metadata(&path) {
        Err(error) => return refuse(error.to_string()),
        Ok(metadata) if !metadata.is_file() => return refuse("not a regular file".to_owned()),
        Ok(_) => {}
    }
    let found = rustls_native_certs::load_certs_from_paths(Some(&path), None);
    match found.errors.first() {
        _ if !found.certs.is_empty() => Ok(()),
        Some(error) => refuse(error.to_string()),
        None => refuse("it holds none".to_owned()),
    }
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
