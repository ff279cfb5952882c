//! The JumpCloud core for Python.
