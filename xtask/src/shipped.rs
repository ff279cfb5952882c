//! How the Rust libraries of the packages are compiled: as a person's machine can, and as they are shipped.
//!
//! A person's build takes the standard library as rustc's makers built it: the stable compiler, and nothing else. What
//! is shipped is smaller by two features of rustc that are not stable yet, so the stable one is told to let them be
//! used, and nothing but the size depends on them: the standard library is built with the program, for size, and a
//! panic is an abort at once, so that nothing formats a message that nobody would see. With `CI=true` all is built as
//! it is shipped.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{Command, Missing, ci, target};
use crate::std_sources;

/// A package of the workspace as a library for one target.
pub struct Recipe<'a> {
    pub package: &'a str,
    /// Separated by commas; or none.
    pub features: &'a str,
    /// The profile in `Cargo.toml`, which gives the folder of its build output its name.
    pub profile: &'a str,
    pub triple: &'a str,
    /// rustc's, in both ways.
    pub flags: &'a [&'a str],
    /// rustc's, only when it is shipped.
    pub shipped_flags: &'a [&'a str],
}

impl Recipe<'_> {
    /// Compiles it as this machine's user wants it, and says in which folder the library is.
    pub fn build(&self, root: &Path) -> Result<PathBuf> {
        if ci() || (!has_std(root, self.triple)? && std_sources::possible(root)?) {
            return self.build_shipped(root);
        }
        if !has_std(root, self.triple)? {
            return Err(
                Missing("standard library for wasm32 (`rustup target add wasm32-unknown-unknown`)").into()
            );
        }
        let command = self.command(root, self.profile, &[])?;
        self.run(root, command, self.profile)
    }

    /// Compiles it as it is shipped.
    pub fn build_shipped(&self, root: &Path) -> Result<PathBuf> {
        let rustc = std_sources::rustc(root)?;
        // A directory of its own: cargo would otherwise build everything anew for each of the two ways.
        let folder = format!("{}-shipped", self.profile);
        let flags = [&["-Zunstable-options", "-Cpanic=immediate-abort"], self.shipped_flags].concat();
        let command = self
            .command(root, &folder, &flags)?
            .args(["-Zbuild-std=std", "-Zbuild-std-features=optimize_for_size"])
            .environment("RUSTC", rustc)
            .environment("RUSTC_BOOTSTRAP", "1");
        self.run(root, command, &folder)
    }

    fn command(&self, root: &Path, folder: &str, flags: &[&str]) -> Result<Command> {
        let flags: Vec<String> = self.flags.iter().chain(flags).map(|flag| (*flag).to_owned()).collect();
        let mut command = Command::new(root, "cargo")
            .args(["build", "--quiet", "--lib", "--package", self.package])
            .args(["--profile", self.profile, "--target", self.triple])
            .environment("CARGO_ENCODED_RUSTFLAGS", encoded(flags.into_iter().chain(nameless(root)?)))
            .environment("CARGO_TARGET_DIR", target(root).join(folder));
        for (name, flags) in nameless_c(root)? {
            command = command.environment(name, flags);
        }
        if !self.features.is_empty() {
            command = command.args(["--features", self.features]);
        }
        Ok(command)
    }

    fn run(&self, root: &Path, command: Command, folder: &str) -> Result<PathBuf> {
        command.environment("MACOSX_DEPLOYMENT_TARGET", "13.0").run()?;
        Ok(target(root).join(folder).join(self.triple).join(self.profile))
    }
}

/// A command of cargo for a target that rustc may have no standard library of: then that is built from its sources.
pub fn cargo(root: &Path, command: &str, triple: &str) -> Result<Command> {
    let command = Command::new(root, "cargo").args([command, "--target", triple]);
    if has_std(root, triple)? {
        return Ok(command);
    }
    let rustc = std_sources::rustc(root)?;
    let command = command.arg("-Zbuild-std=std,panic_abort");
    Ok(command.environment("RUSTC", rustc).environment("RUSTC_BOOTSTRAP", "1"))
}

/// Flags as cargo takes them in `CARGO_ENCODED_RUSTFLAGS`: unlike those of `RUSTFLAGS` they may hold spaces.
pub fn encoded(flags: impl IntoIterator<Item = String>) -> String {
    flags.into_iter().collect::<Vec<_>>().join("\u{1f}")
}

/// The same for what is compiled from C (`ring`), as variables of the crate `cc`. It takes them as a shell would, when it
/// is told to: unlike plain ones they may hold spaces.
pub fn nameless_c(root: &Path) -> Result<[(&'static str, String); 2]> {
    let flags = machine_names(root)?.into_iter().map(|(name, instead)| {
        let map = format!("-ffile-prefix-map={}={instead}", name.display());
        format!("'{}'", map.replace('\'', "'\\''"))
    });
    Ok([("CFLAGS", flags.collect::<Vec<_>>().join(" ")), ("CC_SHELL_ESCAPED_FLAGS", "1".to_owned())])
}

/// The flags with which a library does not say on which machine, in which folders and by whom it was built.
pub fn nameless(root: &Path) -> Result<Vec<String>> {
    Ok(machine_names(root)?
        .into_iter()
        .map(|(name, instead)| format!("--remap-path-prefix={}={instead}", name.display()))
        .collect())
}

/// The folders whose names say something of this machine, and what stands for them. The last that fits counts.
fn machine_names(root: &Path) -> Result<Vec<(PathBuf, &'static str)>> {
    let home = std::env::home_dir().context("this user has no home directory")?;
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let mut names = vec![
        (home, "/home"),
        (sysroot(root)?, "/rust"),
        (root.to_owned(), "/jumpcloud-client"),
        (target(root), "/target"),
        (std_sources::overlay(root)?, "/rust"),
        (cargo, "/cargo"),
    ];
    // A user without a home of their own is at home in `/`.
    names.retain(|(name, _)| name.parent().is_some());
    Ok(names)
}

/// Fails when a file says where it was built: the name of a folder in which this machine's user works.
pub fn names_no_machine(root: &Path, file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    for (name, _) in machine_names(root)? {
        let name = format!("{}/", name.display());
        if let Some((_, rest)) = text.split_once(&name) {
            let rest: String = rest.chars().take(80).collect();
            bail!("{} names the machine that built it: {name}{rest:?}", file.display());
        }
    }
    Ok(())
}

/// Where rustc has what belongs to it.
pub fn sysroot(root: &Path) -> Result<PathBuf> {
    let sysroot = Command::new(root, "rustc").args(["--print", "sysroot"]).output()?;
    Ok(PathBuf::from(sysroot.trim_end()))
}

/// Whether rustc has a compiled standard library for this target.
fn has_std(root: &Path, triple: &str) -> Result<bool> {
    let libraries = sysroot(root)?.join("lib/rustlib").join(triple).join("lib");
    let files = std::fs::read_dir(libraries).into_iter().flatten().flatten();
    Ok(files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}
