//! Drives conversations over real HTTP, and replays the shared vectors.

pub mod transport;
pub mod vectors;
