//! Runs other programs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

/// Whether nothing may be left out: the project's CI sets `CI=true`.
pub fn ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// What this machine cannot have, as the context of the error that says why.
#[derive(Debug)]
pub struct Missing(pub &'static str);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {}", self.0)
    }
}

/// Where build output goes: one directory for all steps.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// A program with its arguments.
pub struct Command {
    line: String,
    command: std::process::Command,
}

impl Command {
    /// `arguments` are separated by spaces.
    pub fn new(root: &Path, program: &str, arguments: &str) -> Command {
        let mut command = std::process::Command::new(program);
        command.args(arguments.split(' ').filter(|argument| !argument.is_empty())).current_dir(root);
        Command { line: format!("{program} {arguments}"), command }
    }

    pub fn environment(mut self, name: &str, value: &str) -> Command {
        self.command.env(name, value);
        self
    }

    /// Does not show what it prints.
    pub fn quiet(mut self) -> Command {
        self.command.stdout(Stdio::null());
        self
    }

    /// Runs it; fails when it fails.
    pub fn run(mut self) -> Result<()> {
        let status = self.command.status().with_context(|| self.line.clone())?;
        ensure!(status.success(), "{} failed ({status})", self.line);
        Ok(())
    }

    /// Runs it and gives what it printed.
    pub fn output(mut self) -> Result<String> {
        let output = self.command.stderr(Stdio::inherit()).output().with_context(|| self.line.clone())?;
        ensure!(output.status.success(), "{} failed ({})", self.line, output.status);
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
