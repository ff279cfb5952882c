//! A check: sources that are not Debian's are not taken.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{Apt, SUITES, archive, can_download};
use crate::command::{Command, Missing, clear, target};

/// What forgers try: a package, a list and a signature that are not Debian's are refused.
pub fn refused(root: &Path) -> Result<()> {
    if !can_download() {
        return Err(Missing("apt with Debian's keys").into());
    }
    let folder = target(root).join("std/forgeries");
    clear(root, &folder)?;
    // What Debian signed: the shortest list there is.
    let suite = SUITES[0];
    let apt = Apt::new(&folder.join("real"), &archive(root)?, suite)?;
    apt.command("apt-get").args(["-qq", "update"]).run()?;
    let said = apt.command("apt-cache").args(["show", "--no-all-versions", "rust-src"]).output()?;
    let field = |name: &str| {
        let value = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.with_context(|| format!("rust-src has no {name}"))
    };
    let (file, sum, version) = (field("Filename")?, field("SHA256")?, field("Version")?);
    let size: usize = field("Size")?.parse()?;
    let mut lists: Vec<PathBuf> =
        fs::read_dir(apt.folder.join("state/lists"))?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let mut list = |ending: &str| {
        let place = lists.iter().position(|path| path.to_string_lossy().ends_with(ending));
        place.map(|place| lists.swap_remove(place)).with_context(|| format!("there is no {ending}"))
    };
    let (release, packages) = (fs::read_to_string(list("_InRelease")?)?, fs::read(list("_Packages")?)?);
    // As long as the real one, so that only what is in it tells it apart.
    let forged = vec![b'x'; size];
    let forged_sum = sha256(root, &folder, &forged)?;
    let listed = String::from_utf8(packages.clone())?.replace(sum, &forged_sum).into_bytes();
    let own_release = release.replace(&sha256(root, &folder, &packages)?, &sha256(root, &folder, &listed)?);
    ensure!(own_release != release && listed != packages, "the forgery is none");
    let unsigned: String = own_release
        .lines()
        .skip_while(|line| !line.starts_with("Origin:"))
        .take_while(|line| !line.starts_with("-----BEGIN PGP SIGNATURE"))
        .map(|line| format!("{line}\n"))
        .collect();
    let forgeries: [(&str, &str, &str, &[u8]); 4] = [
        ("package", "InRelease", &release, &packages),
        ("list", "InRelease", &release, &listed),
        ("signature", "InRelease", &own_release, &listed),
        ("archive without signature", "Release", &unsigned, &listed),
    ];
    for (name, file_of_release, release, packages) in forgeries {
        let archive = folder.join(file_of_release).join(name);
        let dist = archive.join("dists").join(suite);
        let architecture = Command::new(root, "dpkg").arg("--print-architecture").output()?;
        let binary = dist.join(format!("main/binary-{}", architecture.trim()));
        fs::create_dir_all(&binary)?;
        fs::write(dist.join(file_of_release), release)?;
        fs::write(binary.join("Packages"), packages)?;
        let package = archive.join(file);
        fs::create_dir_all(package.parent().context("it is in a pool")?)?;
        fs::write(&package, &forged)?;
        // A URI has no spaces.
        let uri = format!("copy:{}", archive.to_string_lossy().replace(' ', "%20"));
        let apt = Apt::new(&archive.join("apt"), &uri, suite)?;
        let update = || apt.command("apt-get").args(["-qq", "update"]);
        if name == "package" {
            // Lists and signature are real; they do not know this file.
            update().run()?;
            let wanted = format!("rust-src={version}");
            let said = apt.command("apt-get").args(["-qq", "download", &wanted]).refusal()?;
            ensure!(said.contains("Hash Sum mismatch"), "it should be refused for its checksum:\n{said}");
            ensure!(apt.download(&wanted).is_err(), "a forged package was taken");
        } else {
            update().refusal()?;
            let said = apt.command("apt-cache").args(["madison", "rust-src"]).output()?;
            ensure!(said.is_empty(), "a forged list was taken:\n{said}");
        }
        println!("   a forged {name} is refused");
    }
    clear(root, &folder)
}

/// Coreutils' checksum, which is what made Debian's lists.
fn sha256(root: &Path, folder: &Path, bytes: &[u8]) -> Result<String> {
    let file = folder.join("sum");
    fs::write(&file, bytes)?;
    let said = Command::new(root, "sha256sum").arg(&file).output()?;
    // A name with special characters has a backslash before the sum.
    let sum = said.split_whitespace().next().context("sha256sum says nothing")?;
    Ok(sum.trim_start_matches('\\').to_owned())
}
