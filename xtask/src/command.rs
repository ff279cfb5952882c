//! Runs other programs, and knows what this machine has.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};

/// Whether nothing may be left out, and everything is built as it is shipped: the project's CI sets `CI=true`.
pub fn ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// What this machine lacks, and how it comes to have it. It is found by looking, before anything runs: a command that
/// fails is a failure.
#[derive(Debug)]
pub struct Missing(pub &'static str);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this machine has no {}", self.0)
    }
}

impl std::error::Error for Missing {}

/// Fails with what is missing unless there is a program of that name.
pub fn need(program: &str, missing: &'static str) -> Result<()> {
    if has(program) { Ok(()) } else { Err(Missing(missing).into()) }
}

/// Whether there is a program of that name.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Whether a Debian release can be installed in a folder of its own: that takes root, and Debian's keys to tell its
/// archive from a forged one.
pub fn debian_as_root() -> bool {
    let user = std::process::Command::new("id").arg("-u").output();
    user.is_ok_and(|said| said.stdout == b"0\n") && has("apt-get") && Path::new(DEBIAN_KEYS).is_file()
}

/// The keys with which Debian signs its archive; the package debian-archive-keyring has them.
pub const DEBIAN_KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The repository's root: found when the command runs, as one build directory may serve several clones.
pub fn root() -> Result<PathBuf> {
    // Cargo says which clone's xtask it runs; a program that is started by itself looks upwards from where it is.
    let said = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = std::env::current_dir()?;
    let found = root_of(said.as_deref(), &here);
    found.with_context(|| format!("{} is not in a clone of this repository", here.display()))
}

fn root_of(said: Option<&Path>, here: &Path) -> Option<PathBuf> {
    let is_root =
        |folder: &&Path| folder.join("xtask/Cargo.toml").is_file() && folder.join("core/api").is_dir();
    let said = said.filter(|folder| folder.ends_with("xtask")).and_then(Path::parent).filter(is_root);
    said.or_else(|| here.ancestors().find(is_root)).map(Path::to_owned)
}

/// Where build output goes: one directory for all steps.
pub fn target(root: &Path) -> PathBuf {
    absolute_target().unwrap_or_else(|| root.join("target"))
}

/// Cargo takes a relative one from where it is called; ours are called in several folders.
fn absolute_target() -> Option<PathBuf> {
    std::path::absolute(std::env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty())?).ok()
}

/// Deletes a folder with all that is in it, if it is there. Nothing else of ours deletes folders, and this one deletes
/// only what is below the target directory.
pub fn clear(root: &Path, folder: &Path) -> Result<()> {
    clear_below(&target(root), folder)
}

/// The same for a target directory that is known.
pub fn clear_below(target: &Path, folder: &Path) -> Result<()> {
    let refused = || format!("{} is not below {}, and is not cleared", folder.display(), target.display());
    let plain = |path: &Path| !path.components().any(|part| part == Component::ParentDir);
    ensure!(folder != target && folder.starts_with(target) && plain(folder), refused());
    if fs::symlink_metadata(folder).is_err() {
        return Ok(());
    }
    // A link on the way would lead elsewhere.
    let parent = folder.parent().context("a folder has a parent")?.canonicalize()?;
    ensure!(parent.starts_with(target.canonicalize()?), refused());
    fs::remove_dir_all(folder).with_context(|| folder.display().to_string())
}

/// A program with its arguments.
pub struct Command {
    line: String,
    command: std::process::Command,
}

impl Command {
    /// A program that runs in a folder.
    pub fn new(folder: &Path, program: impl AsRef<OsStr>) -> Command {
        let mut command = std::process::Command::new(program.as_ref());
        command.current_dir(folder);
        if let Some(target) = absolute_target() {
            command.env("CARGO_TARGET_DIR", target);
        }
        Command { line: shown(program.as_ref()), command }
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Command {
        self.line = format!("{} {}", self.line, shown(argument.as_ref()));
        self.command.arg(argument);
        self
    }

    pub fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        arguments.into_iter().fold(self, Command::arg)
    }

    pub fn environment(mut self, name: &str, value: impl AsRef<OsStr>) -> Command {
        self.command.env(name, value);
        self
    }

    /// Does not pass on a variable.
    pub fn without(mut self, name: &str) -> Command {
        self.command.env_remove(name);
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

    /// Runs it; gives all it said when it fails, and fails when it does not.
    pub fn refusal(mut self) -> Result<String> {
        let output = self.command.output().with_context(|| self.line.clone())?;
        if output.status.success() {
            bail!("{} should have failed", self.line);
        }
        let said = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}

/// An argument as a person reads it: one of several words is quoted.
fn shown(argument: &OsStr) -> String {
    let text = argument.to_string_lossy();
    if text.contains(' ') || text.is_empty() { format!("{text:?}") } else { text.into_owned() }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A fresh folder with a space in its name.
    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask {name} {}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder.canonicalize().unwrap()
    }

    #[test]
    fn only_what_is_below_the_target_directory_is_cleared() {
        let folder = scratch("clear");
        let (target, strangers) = (folder.join("target"), folder.join("stranger's"));
        for path in [target.join("a b/ü"), strangers.join("work")] {
            fs::create_dir_all(path).unwrap();
        }
        std::os::unix::fs::symlink(&strangers, target.join("link")).unwrap();
        let refused = [
            strangers.clone(),
            target.clone(),
            folder.clone(),
            target.join("../stranger's"),
            target.join("link/work"),
            PathBuf::from("work"),
            PathBuf::from("/"),
            folder.join("target and more"),
        ];
        for path in refused {
            let error = clear_below(&target, &path).expect_err(&path.to_string_lossy());
            assert!(error.to_string().contains("is not cleared"), "{error}");
        }
        assert!(strangers.join("work").is_dir());
        clear_below(&target, &target.join("a b")).unwrap();
        clear_below(&target, &target.join("not there")).unwrap();
        // The link goes, what it leads to stays.
        clear_below(&target, &target.join("link")).unwrap();
        assert!(
            !target.join("a b").exists() && !target.join("link").exists() && strangers.join("work").is_dir()
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_root_is_that_of_the_clone_in_which_the_command_runs() {
        let folder = scratch("roots");
        let clones = ["first", "a b/ü"].map(|name| folder.join(name));
        for clone in &clones {
            fs::create_dir_all(clone.join("core/api")).unwrap();
            fs::create_dir_all(clone.join("xtask/src")).unwrap();
            fs::write(clone.join("xtask/Cargo.toml"), "").unwrap();
        }
        for clone in &clones {
            let said = clone.join("xtask");
            assert_eq!(root_of(Some(&said), Path::new("/")).as_ref(), Some(clone));
            assert_eq!(root_of(None, &said.join("src")).as_ref(), Some(clone));
            // Another package's program runs it.
            assert_eq!(root_of(Some(Path::new("/elsewhere/xtask")), clone).as_ref(), Some(clone));
        }
        assert_eq!(root_of(None, &folder), None);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_argument_is_one_whatever_is_in_it() {
        let said = |argument: &str| {
            Command::new(Path::new("."), "printf").args(["%s|", argument, "next"]).output().unwrap()
        };
        for argument in ["a b", "", " ", "ü", "$HOME", "'\"", "*"] {
            assert_eq!(said(argument), format!("{argument}|next|"));
        }
    }
}
