//! Where dataset files are looked for, and how they get there.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::checksum::{Checksum, sha256};
use crate::download::{Cause, receive};
use crate::error::{Error, Result};
use crate::manifest::{DatasetFile, Member, Source};
use crate::{input, output};

/// The folders in which dataset files are looked for, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datasets {
    folders: Vec<PathBuf>,
}

impl Located {
    /// Refuses a file that is not the published one.
    ///
    /// # Errors
    /// [`Error::Wrong`] with both sizes and checksums.
    pub fn check(&self, file: &DatasetFile) -> Result<()> {
        match self.checksum.wrong() {
            None => Ok(()),
            Some(expected) => Err(Error::Wrong {
                path: self.path.clone(),
                expected: expected.to_owned(),
                got: self.sha256.clone(),
                expected_bytes: file.bytes,
                bytes: self.bytes,
            }),
        }
    }
}

/// The folder that is always looked in unless others are named.
const DEFAULT: &str = "datasets";

/// A dataset file on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Where it is.
    pub path: PathBuf,
    /// The SHA-256 of its content.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether that is the checksum in the manifest.
    pub checksum: Checksum,
}

impl Datasets {
    /// Looks in `folder` (a command's `--datasets`) if given, then in `$ALPHA_DATASETS` if set, then in `datasets/`.
    pub fn new(folder: Option<&Path>) -> Self {
        let variable = std::env::var_os("ALPHA_DATASETS").filter(|value| !value.is_empty());
        let folders =
            folder.map(Path::to_owned).into_iter().chain(variable.map(PathBuf::from)).chain([PathBuf::from(DEFAULT)]);
        Self { folders: folders.collect() }
    }

    /// Looks in exactly these folders; none at all stand for `datasets/`.
    pub fn in_folders(folders: Vec<PathBuf>) -> Self {
        if folders.is_empty() { Self { folders: vec![PathBuf::from(DEFAULT)] } } else { Self { folders } }
    }

    /// The folder that downloads go to.
    fn first(&self) -> &Path {
        self.folders.first().map_or(Path::new(DEFAULT), PathBuf::as_path)
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
        Ok(self.read(file)?.0)
    }

    /// As [`Datasets::locate`], with the content that the checksum is of: the file itself may change at any time.
    ///
    /// # Errors
    /// As [`Datasets::locate`].
    pub fn read(&self, file: &DatasetFile) -> Result<(Located, Vec<u8>)> {
        let path = self.path(file).ok_or_else(|| Error::Missing {
            path: file.path.clone(),
            searched: self.folders.clone(),
            url: file.url.clone(),
            sha256: file.sha256.clone(),
        })?;
        let content = input::read(&path, file.bytes.saturating_mul(4).max(1 << 26))?;
        let sha256 = sha256(&content);
        let checksum = Checksum::compare(&sha256, Some(&file.sha256));
        Ok((Located { path, sha256, bytes: content.len() as u64, checksum }, content))
    }

    /// Where the first folder that has the file has it. It is not read.
    pub fn path(&self, file: &DatasetFile) -> Option<PathBuf> {
        self.folders.iter().map(|folder| folder.join(&file.path)).find(|path| path.is_file())
    }

    /// Downloads a file into the first folder, unless some folder has it already; `progress` is told the bytes so far. A
    /// file that was there is taken as it is, the wrong one too, of which [`Located::checksum`] tells.
    ///
    /// # Errors
    /// [`Error::Download`] if it cannot be had, [`Error::Checksum`] if something else came (nothing is kept then),
    /// [`Error::Write`] if it cannot be written.
    pub fn fetch(&self, file: &DatasetFile, progress: impl FnMut(u64)) -> Result<Located> {
        match self.locate(file) {
            Err(Error::Missing { .. }) => self.replace(file, progress),
            found => found,
        }
    }

    /// Downloads a file into the first folder, over one that may be there.
    ///
    /// # Errors
    /// As [`Datasets::fetch`]; what was there before is then still there.
    pub fn replace(&self, file: &DatasetFile, mut progress: impl FnMut(u64)) -> Result<Located> {
        let destination = self.first().join(&file.path);
        let failed = |source: Cause| Error::Download {
            url: file.url.clone(),
            sha256: file.sha256.clone(),
            destination: destination.clone(),
            source,
        };
        let mut content = Vec::new();
        let mut keep = |part: &[u8]| {
            content.extend_from_slice(part);
            Ok(())
        };
        // One byte more than expected is enough to know that it is the wrong file.
        receive(&file.url, file.bytes.saturating_add(1), failed, &mut keep, &mut progress)?;
        let sha256 = sha256(&content);
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
        Ok(Located { path: destination, sha256, bytes: content.len() as u64, checksum: Checksum::Right })
    }

    /// The first folder that has a member of a source.
    pub fn find(&self, source: &Source, member: &Member) -> Option<PathBuf> {
        self.folders.iter().map(|f| f.join(&source.folder).join(&member.name)).find(|path| path.is_file())
    }

    /// Where a member of a source belongs: in the first folder.
    pub fn place(&self, source: &Source, member: &Member) -> PathBuf {
        self.first().join(&source.folder).join(&member.name)
    }

    /// Downloads a source into a file without a name, which vanishes when it is closed; `progress` is told the bytes so
    /// far.
    ///
    /// # Errors
    /// [`Error::Source`] if it cannot be had, [`Error::TooLong`], [`Error::Write`] if there is no room.
    pub fn download(&self, source: &Source, mut progress: impl FnMut(u64)) -> Result<File> {
        let destination = self.first().join(&source.folder);
        let (url, place) = (source.url.clone(), destination.clone());
        let failed = |cause: Cause| Error::Source { url: url.clone(), destination: place.clone(), source: cause };
        let write = |error| Error::Write { path: destination.clone(), source: error };
        std::fs::create_dir_all(&destination).map_err(write)?;
        let mut file = tempfile::tempfile_in(&destination).map_err(write)?;
        let mut keep = |part: &[u8]| file.write_all(part).map_err(write);
        let most = source.at_most.saturating_add(1);
        let bytes = receive(&source.url, most, failed, &mut keep, &mut progress)?;
        if bytes > source.at_most {
            return Err(Error::TooLong { url: source.url.clone(), at_most: source.at_most });
        }
        file.rewind().map_err(write)?;
        Ok(file)
    }
}

/// The most bytes of an unpacked file for one of its archive: text shrinks to a third or so.
const UNPACKED: u64 = 20;

/// Takes a file out of a downloaded zip archive: of the entries with this name, the one in the fewest folders. It is bounded by
/// `at_most` bytes and, beyond 16 MiB, by 20 times the size of the archive, by what the archive says and while it is unpacked.
///
/// # Errors
/// [`Error::Archive`] if the archive is damaged or has no such file, [`Error::TooLong`] if the file is longer than that.
pub fn unpack(archive: &File, url: &str, name: &str, at_most: u64) -> Result<Vec<u8>> {
    let broken = |source: Option<Cause>| Error::Archive { url: url.to_owned(), file: name.to_owned(), source };
    let packed = archive.metadata().map_err(|error| broken(Some(error.into())))?.len();
    let at_most = at_most.min(packed.saturating_mul(UNPACKED).max(16 << 20));
    let mut archive = zip::ZipArchive::new(archive).map_err(|error| broken(Some(error.into())))?;
    let found = archive.file_names().filter(|entry| entry.rsplit('/').next() == Some(name));
    let entry = found.min_by_key(|entry| (entry.matches('/').count(), entry.len())).map(str::to_owned);
    let entry = archive.by_name(&entry.ok_or_else(|| broken(None))?).map_err(|error| broken(Some(error.into())))?;
    let too_long = || Error::TooLong { url: url.to_owned(), at_most };
    if entry.size() > at_most {
        return Err(too_long());
    }
    let mut content = Vec::new();
    // The reader checks the entry's CRC-32 at its end.
    entry.take(at_most.saturating_add(1)).read_to_end(&mut content).map_err(|error| broken(Some(error.into())))?;
    if content.len() as u64 > at_most { Err(too_long()) } else { Ok(content) }
}
