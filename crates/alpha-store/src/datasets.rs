//! Where dataset files are looked for, and how they get there.

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::manifest::DatasetFile;
use crate::output;

/// The folders in which dataset files are looked for, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datasets {
    folders: Vec<PathBuf>,
}

/// A dataset file on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Where it is.
    pub path: PathBuf,
    /// The SHA-256 of its content.
    pub sha256: String,
    /// Whether that is the checksum in the manifest.
    pub verified: bool,
}

impl Datasets {
    /// Looks in `folder` (a command's `--datasets`) if given, then in `$ALPHA_DATASETS` if set, then in `datasets/`.
    pub fn new(folder: Option<&Path>) -> Self {
        let variable = std::env::var_os("ALPHA_DATASETS").filter(|value| !value.is_empty());
        let folders = folder
            .map(Path::to_owned)
            .into_iter()
            .chain(variable.map(PathBuf::from))
            .chain([PathBuf::from("datasets")]);
        Self { folders: folders.collect() }
    }

    /// Looks in exactly these folders.
    pub fn in_folders(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// The folders, in the order in which they are searched.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The first folder that has the file.
    ///
    /// # Errors
    /// [`Error::Missing`], which says where it was looked for and how to get it; [`Error::Read`] if it cannot be read.
    pub fn locate(&self, file: &DatasetFile) -> Result<Located> {
        let path = self.folders.iter().map(|folder| folder.join(&file.path)).find(|path| path.is_file());
        let path = path.ok_or_else(|| Error::Missing {
            path: file.path.clone(),
            searched: self.folders.clone(),
            url: file.url.clone(),
            sha256: file.sha256.clone(),
        })?;
        let content = std::fs::read(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let sha256 = hexadecimal(&Sha256::digest(&content));
        Ok(Located { verified: sha256 == file.sha256, path, sha256 })
    }

    /// Downloads a file into the first folder, unless some folder has it already; `progress` is told the bytes so far.
    ///
    /// # Errors
    /// [`Error::Download`] if it cannot be had, [`Error::Checksum`] if something else came (nothing is kept then),
    /// [`Error::Write`] if it cannot be written.
    pub fn fetch(&self, file: &DatasetFile, mut progress: impl FnMut(u64)) -> Result<Located> {
        match self.locate(file) {
            Err(Error::Missing { .. }) => {}
            found => return found,
        }
        let destination = self.folders[0].join(&file.path);
        let failed = |source: ureq::Error| Error::Download {
            url: file.url.clone(),
            sha256: file.sha256.clone(),
            destination: destination.clone(),
            source: Box::new(source),
        };
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_connect(Some(std::time::Duration::from_secs(10)))
            .timeout_recv_response(Some(std::time::Duration::from_secs(30)))
            .build()
            .into();
        let response = agent.get(&file.url).call().map_err(failed)?;
        // One byte more than expected is enough to know that it is the wrong file.
        let mut reader = response.into_body().into_reader().take(file.bytes + 1);
        let mut content = Vec::with_capacity(file.bytes as usize + 1);
        let mut buffer = [0; 1 << 14];
        loop {
            match reader.read(&mut buffer).map_err(|error| failed(error.into()))? {
                0 => break,
                count => content.extend_from_slice(&buffer[..count]),
            }
            progress(content.len() as u64);
        }
        let sha256 = hexadecimal(&Sha256::digest(&content));
        if sha256 != file.sha256 {
            return Err(Error::Checksum {
                url: file.url.clone(),
                expected: file.sha256.clone(),
                got: sha256,
                expected_bytes: file.bytes,
                bytes: content.len() as u64,
            });
        }
        output::write(&destination, |out| out.write_all(&content))?;
        Ok(Located { path: destination, sha256, verified: true })
    }
}

/// A digest as lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
