//! Batches prepared ahead on another thread.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use crate::batches::{Batch, Collated};
use crate::error::{Error, Result};
use crate::training::Encoded;

/// How many batches wait.
const READY: usize = 2;

/// Collates batches in their order on a thread of its own, so that a GPU does not wait for the host to do it.
#[derive(Debug)]
pub(super) struct Ahead {
    ready: Receiver<Result<Collated>>,
}

impl Ahead {
    /// Starts on these batches of a set. The thread ends with the last batch, or when this is dropped.
    pub fn new(set: &Arc<Encoded>, batches: &[Batch], pad_id: i64) -> Self {
        let (sender, ready) = sync_channel(READY);
        let (set, batches) = (Arc::clone(set), batches.to_vec());
        std::thread::spawn(move || {
            for batch in &batches {
                if sender.send(set.collate(batch, pad_id)).is_err() {
                    break;
                }
            }
        });
        Self { ready }
    }

    /// The next batch.
    ///
    /// # Errors
    /// Those of [`Encoded::collate`]; [`Error::NoBatch`] after the last batch, or if the thread has died.
    pub fn next(&self) -> Result<Collated> {
        self.ready.recv().unwrap_or(Err(Error::NoBatch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Tokens;

    #[test]
    fn a_batch_that_does_not_come_is_an_error() {
        let tokens = vec![Tokens { ids: vec![2, 7, 3], type_ids: vec![0; 3], truncated: false }];
        let set = Arc::new(Encoded { name: "train".to_owned(), tokens, labels: vec![1] });
        let ahead = Ahead::new(&set, &[Batch { indices: vec![0], length: 3 }], 0);
        assert_eq!(ahead.next().unwrap().ids, [2, 7, 3]);
        assert!(matches!(ahead.next(), Err(Error::NoBatch)));
    }
}
