//! Checksums as they are written.

use sha2::{Digest, Sha256};

/// How the checksum of a file agrees with the one that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// They are the same.
    Right,
    /// They differ: the file is damaged, cut short, or another one.
    Wrong {
        /// The published one.
        expected: String,
    },
    /// None is published.
    Unknown,
}

impl Checksum {
    /// Compares a checksum with the one that is published, if one is.
    pub fn compare(sha256: &str, expected: Option<&str>) -> Self {
        match expected {
            None => Self::Unknown,
            Some(expected) if expected == sha256 => Self::Right,
            Some(expected) => Self::Wrong { expected: expected.to_owned() },
        }
    }

    /// Whether the file is the published one, byte for byte.
    pub fn is_right(&self) -> bool {
        *self == Self::Right
    }

    /// The published checksum, where it is another one.
    pub fn wrong(&self) -> Option<&str> {
        match self {
            Self::Wrong { expected } => Some(expected),
            Self::Right | Self::Unknown => None,
        }
    }

    /// The word for it in records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong { .. } => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content))
}

/// A digest as lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
