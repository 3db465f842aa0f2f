//! Standard output that a reader may leave and a disk may refuse.

use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};

/// Buffered standard output.
///
/// After the reader has gone away, as for `| head`, what is written goes nowhere, and that is no error: the program's files are
/// still written and its exit code is its own. Any other failure is an error that names standard output.
#[derive(Debug)]
pub struct Stdout {
    inner: BufWriter<io::Stdout>,
    /// A person looks on: every line at once.
    by_line: bool,
    closed: bool,
}

/// The cause of a failed write, as an error's text.
#[derive(Debug)]
struct Refused(io::Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot write to standard output")
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl Stdout {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        let by_line = stdout.is_terminal();
        Self { inner: BufWriter::with_capacity(1 << 16, stdout), by_line, closed: false }
    }

    /// Whether the reader has gone away, so that there is no point in computing more output.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// `whole` is what stands for success if the reader has gone away.
    fn settle<T>(&mut self, result: io::Result<T>, whole: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(whole)
            }
            // `write_all` tries again.
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            result => result.map_err(|error| io::Error::new(error.kind(), Refused(error))),
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        let written = self.settle(result, bytes.len())?;
        if self.by_line && bytes[..written].contains(&b'\n') {
            self.flush()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.settle(result, ())
    }
}
