//! Figure 6.
