//! The JumpCloud core for JavaScript.
