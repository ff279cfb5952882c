//! The sources of rustc's standard library, from which what is shipped is built.
//!
//! `rustup component add rust-src` puts them into the toolchain, and there they are taken from. A machine without them
//! that has apt gets them from Debian's package rust-src of this very version of rustc: apt downloads it by lists that
//! Debian's keys have signed, and compares its checksum. It is unpacked below the target directory; neither the system
//! nor the user's toolchain is changed, and it takes no root.

mod forgeries;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{Command, DEBIAN_KEYS, Missing, clear, has, target};
use crate::shipped::sysroot;

pub use forgeries::refused as refuses_forgeries;

/// Debian's suites that may have the version, those with the fewest packages first.
const SUITES: [&str; 5] = ["trixie-backports", "bookworm-backports", "trixie", "forky", "sid"];

/// Whether there are sources, or a way to get them.
pub fn possible(root: &Path) -> Result<bool> {
    Ok(has_own_sources(&sysroot(root)?) || has_sources(&overlay(root)?) || can_download())
}

fn can_download() -> bool {
    ["apt-get", "apt-cache", "dpkg-deb", "tar"].into_iter().all(has) && Path::new(DEBIAN_KEYS).is_file()
}

/// The rustc that has the sources of its standard library.
pub fn rustc(root: &Path) -> Result<PathBuf> {
    let (toolchain, overlay) = (sysroot(root)?, overlay(root)?);
    if has_own_sources(&toolchain) {
        return Ok(toolchain.join("bin/rustc"));
    }
    if !has_sources(&overlay) {
        if !can_download() {
            return Err(Missing(NO_SOURCES).into());
        }
        make(root, &toolchain, &overlay)?;
    }
    Ok(overlay.join("bin/rustc"))
}

fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").is_file()
}

/// Whether whoever installed the toolchain installed the sources with it. rustup keeps a list of what it verified and
/// installed; sources that are there and not in the list came from elsewhere.
fn has_own_sources(toolchain: &Path) -> bool {
    let listed = match fs::read_to_string(toolchain.join("lib/rustlib/components")) {
        Ok(list) => list.lines().any(|component| component == "rust-src"),
        // A distribution's.
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    listed && has_sources(toolchain)
}

/// The version of rustc.
fn version(root: &Path) -> Result<String> {
    let said = Command::new(root, "rustc").arg("-vV").output()?;
    let version = said.lines().find_map(|line| line.strip_prefix("release: "));
    Ok(version.context("rustc does not say its version")?.to_owned())
}

/// Where the toolchain with sources is made.
pub fn overlay(root: &Path) -> Result<PathBuf> {
    Ok(target(root).join("std").join(version(root)?))
}

/// The toolchain once more, of links, with the sources in it, and a rustc that takes it for its own.
fn make(root: &Path, toolchain: &Path, overlay: &Path) -> Result<()> {
    let version = version(root)?;
    println!("   getting the sources of the standard library {version} from Debian");
    let scratch = target(root).join("std/download");
    clear(root, &scratch)?;
    let package = download(&scratch, &archive(root)?, &version)?;
    let made = target(root).join("std/new");
    clear(root, &made)?;
    let sources = made.join("lib/rustlib/src/rust");
    fs::create_dir_all(&sources)?;
    unpack(&package, &version, &sources)?;
    ensure!(has_sources(&made), "Debian's package rust-src {version} is not what it was");
    link_all(&toolchain.join("lib"), &made.join("lib"))?;
    link_all(&toolchain.join("lib/rustlib"), &made.join("lib/rustlib"))?;
    fs::create_dir(made.join("bin"))?;
    link_to(&toolchain.join("bin/rustc"), &made.join("bin/real-rustc"))?;
    script(&made.join("bin/rustc"), RUSTC)?;
    clear(root, overlay)?;
    fs::rename(&made, overlay)?;
    clear(root, &scratch)
}

/// Links to all that is in a folder, but for what is there already.
fn link_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let link = to.join(entry.file_name());
        if !link.exists() {
            link_to(&entry.path(), &link)?;
        }
    }
    Ok(())
}

const RUSTC: &str = r#"#!/bin/sh
exec "${0%/*}/real-rustc" --sysroot "${0%/bin/rustc}" "$@"
"#;

#[cfg(unix)]
fn link_to(from: &Path, link: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(from, link)?)
}

#[cfg(unix)]
fn script(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text)?;
    Ok(fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755))?)
}

/// Only Debian gets here.
#[cfg(not(unix))]
fn link_to(_: &Path, _: &Path) -> Result<()> {
    bail!("{NO_SOURCES}")
}

#[cfg(not(unix))]
fn script(_: &Path, _: &str) -> Result<()> {
    bail!("{NO_SOURCES}")
}

const NO_SOURCES: &str = "sources of the standard library (`rustup component add rust-src`)";

/// The archive of Debian that this machine uses.
fn archive(root: &Path) -> Result<String> {
    let known = Command::new(root, "apt-get")
        .args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"])
        .output()?;
    let all = Command::new(root, "apt-get")
        .args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
        .output()?;
    // Origins are known only of what was updated once.
    let archives = || known.lines().chain(all.lines());
    let archive = archives().find(|line| line.trim_end_matches('/').ends_with("/debian"));
    Ok(archive.context("apt knows no archive of Debian")?.to_owned())
}

/// Downloads Debian's rust-src of this version into a folder, with lists of packages that are kept in that folder.
fn download(folder: &Path, archive: &str, version: &str) -> Result<PathBuf> {
    for suite in SUITES {
        let apt = Apt::new(folder, archive, suite)?;
        apt.command("apt-get").args(["-qq", "update"]).run()?;
        let said = apt.command("apt-cache").args(["madison", "rust-src"]).output()?;
        let versions = said.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
        // `1.95.0+dfsg1-1`: what follows the version is Debian's.
        let of_ours =
            |known: &&str| known.strip_prefix(version).is_some_and(|rest| rest.starts_with(['+', '~', '-']));
        if let Some(found) = versions.into_iter().find(of_ours) {
            return apt.download(&format!("rust-src={found}"));
        }
    }
    bail!(
        "Debian has no rust-src {version}: run `rustup component add rust-src` where rustup's server can be reached"
    )
}

/// apt, with lists and options of its own: nothing of the system's is written, and no option of the system's lets
/// through what is not signed.
struct Apt {
    folder: PathBuf,
    options: Vec<String>,
}

impl Apt {
    fn new(folder: &Path, archive: &str, suite: &str) -> Result<Apt> {
        let folder = folder.join(suite);
        for name in ["state/lists/partial", "cache/archives/partial", "package"] {
            fs::create_dir_all(folder.join(name))?;
        }
        let list = folder.join("sources.list");
        fs::write(&list, format!("deb [signed-by={DEBIAN_KEYS}] {archive} {suite} main\n"))?;
        let options = [
            format!("Dir::State={}", folder.join("state").display()),
            format!("Dir::Cache={}", folder.join("cache").display()),
            format!("Dir::Etc::SourceList={}", list.display()),
            "Dir::Etc::SourceParts=/dev/null".into(),
            "Dir::Etc::Preferences=/dev/null".into(),
            "Dir::Etc::PreferencesParts=/dev/null".into(),
            "Acquire::AllowInsecureRepositories=false".into(),
            "Acquire::AllowWeakRepositories=false".into(),
            "Acquire::AllowDowngradeToInsecureRepositories=false".into(),
            "Acquire::Check-Valid-Until=true".into(),
            "APT::Get::AllowUnauthenticated=false".into(),
            // What the lists of a suite say beside its packages is of no use here.
            "Acquire::Languages=none".into(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".into(),
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false".into(),
            "Acquire::GzipIndexes=false".into(),
            "Acquire::Retries=3".into(),
            // A list that cannot be had is an error, not a warning.
            "APT::Update::Error-Mode=any".into(),
            // root's apt would download as somebody who may not write here.
            "APT::Sandbox::User=".into(),
        ];
        Ok(Apt { folder, options: options.to_vec() })
    }

    fn command(&self, program: &str) -> Command {
        let options = self.options.iter().flat_map(|option| ["--option", option]);
        // An apt.conf of the caller's is read before the options, and says nothing after them.
        Command::new(&self.folder.join("package"), program).args(options).without("APT_CONFIG")
    }

    /// The one package of that name and version.
    fn download(&self, package: &str) -> Result<PathBuf> {
        self.command("apt-get").args(["-qq", "download", package]).run()?;
        let files = fs::read_dir(self.folder.join("package"))?.filter_map(|entry| Some(entry.ok()?.path()));
        let mut files = files.filter(|path| path.extension().is_some_and(|kind| kind == "deb"));
        match (files.next(), files.next()) {
            (Some(file), None) => Ok(file),
            _ => bail!("apt-get should have downloaded one package, {package}"),
        }
    }
}

/// Unpacks the standard library of the whole compiler that the package has.
fn unpack(package: &Path, version: &str, into: &Path) -> Result<()> {
    let mut packed = std::process::Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()
        .context("dpkg-deb")?;
    let unpacked = std::process::Command::new("tar")
        .args(["--extract", "--strip-components=4", "--wildcards", "--directory"])
        .arg(into)
        .arg(format!("./usr/src/rustc-{version}/library/*"))
        .stdin(packed.stdout.take().context("dpkg-deb has no output")?)
        .status()
        .context("tar")?;
    let packed = packed.wait()?;
    ensure!(packed.success() && unpacked.success(), "{} cannot be unpacked", package.display());
    Ok(())
}
