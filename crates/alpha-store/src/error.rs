//! What can go wrong with files.

use std::path::PathBuf;

use thiserror::Error;

/// Errors of `alpha-store`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {}", crate::input::name(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A path that is not a regular file, where one is needed.
    #[error("cannot read {}: it is {kind}, expected a regular file", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A file is longer than any that is right.
    #[error("cannot read {}: it has more than {at_most} bytes, and no more are read here", crate::input::name(path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        at_most: u64,
    },
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process writes to a folder.
    #[error("{} is being written by {holder}: wait until it is done, or name another folder", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
        /// The other process.
        holder: String,
    },
    /// The manifest is not valid.
    #[cfg(feature = "download")]
    #[error("the dataset manifest is not valid")]
    Manifest(#[from] toml::de::Error),
    /// A file that the manifest does not know.
    #[error("the dataset manifest has no file '{0}'")]
    Unlisted(String),
    /// A dataset file is nowhere to be found.
    #[error(
        "{path} is missing: it is not in {}. Run `alpha-linear fetch`, or get {url} (sha256 {sha256}) and put it at {}",
        searched.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "),
        searched.first().map_or_else(|| path.into(), |folder| folder.join(path)).display()
    )]
    Missing {
        /// The file's place below a datasets folder.
        path: String,
        /// The folders searched.
        searched: Vec<PathBuf>,
        /// Where it can be had.
        url: String,
        /// Its checksum.
        sha256: String,
    },
    /// A download failed.
    #[error(
        "cannot download {url}; with no network, get the file elsewhere (sha256 {sha256}) and put it at {}",
        destination.display()
    )]
    Download {
        /// The address.
        url: String,
        /// Its checksum.
        sha256: String,
        /// Where the file belongs.
        destination: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something to take dataset files from could not be downloaded.
    #[error("cannot download {url}; with no network, get it elsewhere and put its files into {}", destination.display())]
    Source {
        /// The address.
        url: String,
        /// Where the files belong.
        destination: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The certificate of a server is not one of those that are trusted here.
    #[error(
        "the certificate of {url} is not trusted: where a proxy signs what it hands on, set SSL_CERT_FILE to a PEM file with its certificate"
    )]
    Untrusted {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no certificate where the environment says.
    #[error("no certificate can be read from where {variable} says: {reason}; set it to a PEM file, or unset it")]
    Certificates {
        /// The variable.
        variable: String,
        /// Why.
        reason: String,
    },
    /// The environment names something that is no proxy.
    #[error(
        "{variable} = {value} is not a proxy that can be used: expected http://, https://, socks4://, socks4a://, socks5:// or socks5h:// and HOST:PORT; unset it to connect without one"
    )]
    Proxy {
        /// The variable.
        variable: String,
        /// Its value, without user and password.
        value: String,
    },
    /// More came than can be right; nothing was kept.
    #[error("{url} gave more than {at_most} bytes; not kept")]
    TooLong {
        /// The address.
        url: String,
        /// The most that is right.
        at_most: u64,
    },
    /// An archive is damaged or lacks a file; nothing was kept.
    #[error("{url} is not an archive with {file}; not kept")]
    Archive {
        /// The address.
        url: String,
        /// The file wanted.
        file: String,
        /// Why, if it is damaged.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A file in a downloaded archive is not the one in the manifest; it was not kept.
    #[error("{url} has {file} with sha256 {got}, expected {expected}; not kept")]
    Member {
        /// The address.
        url: String,
        /// The file's name.
        file: String,
        /// The checksum in the manifest.
        expected: String,
        /// The checksum of what came.
        got: String,
    },
    /// A downloaded file is not the one in the manifest; it was not kept.
    #[error(
        "{url} gave {bytes} bytes with sha256 {got}, expected {expected_bytes} bytes with sha256 {expected}; not kept"
    )]
    Checksum {
        /// The address.
        url: String,
        /// The checksum in the manifest.
        expected: String,
        /// The checksum of what came.
        got: String,
        /// The size in the manifest.
        expected_bytes: u64,
        /// The size of what came.
        bytes: u64,
    },
    /// A dataset file on this machine is not the published one.
    #[error(
        "{} is not the published file: it has {bytes} bytes with sha256 {got}, expected {expected_bytes} bytes with sha256 {expected}",
        path.display()
    )]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The checksum in the manifest.
        expected: String,
        /// Its own checksum.
        got: String,
        /// The size in the manifest.
        expected_bytes: u64,
        /// Its own size.
        bytes: u64,
    },
    /// A table is not what it should be.
    #[error(
        "{place}{}{}: {reason}",
        line.map_or_else(String::new, |line| format!(", line {line}")),
        column.as_ref().map_or_else(String::new, |column| format!(", column {column}"))
    )]
    Table {
        /// The file, or "standard input".
        place: String,
        /// Its line, from 1, where that can be said.
        line: Option<u64>,
        /// The column, where that can be said.
        column: Option<String>,
        /// What was found, what was expected, and the way out.
        reason: String,
    },
    /// A value could not be turned into JSON or CSV.
    #[error("cannot format {what}")]
    Format {
        /// What was being formatted.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
