//! The JumpCloud core for Swift.
