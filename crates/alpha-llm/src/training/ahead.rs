//! Batches prepared ahead on another thread.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use crate::batches::{Batch, Collated};
use crate::error::Result;
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

    /// The next batch; none after the last.
    ///
    /// # Errors
    /// Those of [`Encoded::collate`].
    pub fn next(&self) -> Result<Option<Collated>> {
        self.ready.recv().ok().transpose()
    }
}
