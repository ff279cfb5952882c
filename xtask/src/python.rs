//! The Python package (`bindings-python`): builds the wheel and the sdist as a user's machine would, installs the wheel in
//! a fresh environment of every Python there is, and runs the tests on what is installed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{Command, Missing, ci, clear, debian_as_root, target};
use crate::test::Check;
use crate::{notices, npm, shipped};

/// What a wheel may weigh.
const LIMIT: u64 = 2_500_000;
/// The oldest Python that the package is for: its wheel runs on this one and all after it.
const OLDEST: &str = "3.11";
/// It must be the version that `bindings-python/pyproject.toml` asks for.
const MATURIN: &str = "maturin==1.16.0";
/// What says whether `cargo xtask openapi` writes OpenAPI; it brings the specification's own schemas.
const OPENAPI_VALIDATOR: &str = "openapi-spec-validator==0.9.0";

/// What must be true of the package.
pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![
        Check::new("the OpenAPI file", "description validator pip", move || {
            Package::new(root).openapi(&Python::main()?)
        }),
        Check::new("python: the wheel", "pip maturin size licences notices", move || {
            let python = Python::main()?;
            let wheel = Package::new(root).wheel(&python)?;
            let size = fs::metadata(&wheel)?.len();
            println!("   {} weighs {size} bytes", name(&wheel));
            ensure!(name(&wheel).contains("-cp311-abi3-"), "{} is not for all Pythons", name(&wheel));
            ensure!(size <= LIMIT, "a wheel may weigh {LIMIT} bytes");
            Package::new(root).contents(&python, &wheel)
        }),
        Check::new("python: the sdist", "pip maturin source licences notices", move || {
            Package::new(root).sdist(&Python::main()?)
        }),
        Check::new(
            "python: tests",
            "pytest vectors filters lists paging retries errors playbooks types mypy pyright command",
            move || Package::new(root).tests(&Python::main()?),
        ),
        Check::new("python: the other Pythons", "pytest vectors versions", move || {
            Package::new(root).others()
        }),
    ]
}

/// `cargo xtask python-figures`: the package's figures, each beside a peer's from the same run.
pub fn figures(root: &Path) -> Result<()> {
    let package = Package::new(root);
    let python = Python::main()?;
    let wheel = package.wheel(&python)?;
    let installed = package.environment("figures", &python, &wheel, "bench/requirements.txt")?;
    Command::new(root, "cargo")
        .args(["build", "--quiet", "--release", "--package", "jumpcloud-fake"])
        .run()?;
    package
        .run(&installed)?
        .arg("bench/bench.py")
        .environment("JUMPCLOUD_FAKE", target(root).join("release/jumpcloud-fake"))
        .run()
}

/// An interpreter that has the package as it is now, for what is tested elsewhere.
pub fn installed(root: &Path, name: &str) -> Result<PathBuf> {
    let package = Package::new(root);
    let python = Python::main()?;
    let wheel = package.wheel(&python)?;
    Ok(package.environment(name, &python, &wheel, "tests/requirements.txt")?.join("bin/python"))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// An interpreter.
struct Python {
    program: String,
    version: String,
}

impl Python {
    /// The oldest that the package is for, or else the next.
    fn main() -> Result<Python> {
        Python::all().into_values().next().context(Missing("Python 3.11 or later"))
    }

    /// Every Python from the oldest on that this machine has: on the path, and where pyenv keeps them.
    fn all() -> BTreeMap<u32, Python> {
        let mut programs: Vec<String> = (11..30).map(|minor| format!("python3.{minor}")).collect();
        programs.push("python3".into());
        let pyenv = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv/versions"));
        for folder in pyenv.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten() {
            programs.push(folder.path().join("bin/python3").to_string_lossy().into_owned());
        }
        let mut found = BTreeMap::new();
        for program in programs {
            // A shim of pyenv's is on the path for Pythons that it does not run.
            let asked = std::process::Command::new(&program)
                .args([
                    "-c",
                    "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.version_info[1])",
                ])
                .output();
            let said = asked.ok().filter(|output| output.status.success());
            let said =
                said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
            if let Some((version, minor)) = said.trim().split_once(' ')
                && let Ok(minor) = minor.parse::<u32>()
                && version.starts_with("3.")
                && minor >= 11
            {
                found.entry(minor).or_insert_with(|| Python { program, version: version.to_owned() });
            }
        }
        found
    }
}

struct Package<'a> {
    root: &'a Path,
    folder: PathBuf,
}

impl<'a> Package<'a> {
    fn new(root: &'a Path) -> Package<'a> {
        Package { root, folder: target(root).join("python") }
    }

    fn source(&self) -> PathBuf {
        self.root.join("bindings-python")
    }

    /// Runs a Python of an environment in the package's folder.
    fn run(&self, environment: &Path) -> Result<Command> {
        let bin = environment.join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(bin.clone()).chain(std::env::split_paths(&path)))?;
        let [c_flags, as_a_shell] = shipped::nameless_c(self.root)?;
        Ok(Command::new(&self.source(), bin.join("python"))
            .environment(c_flags.0, c_flags.1)
            .environment(as_a_shell.0, as_a_shell.1)
            .environment("PATH", path)
            // Rust's build output is the same for all of them.
            .environment("CARGO_TARGET_DIR", target(self.root))
            .environment("CARGO_ENCODED_RUSTFLAGS", shipped::encoded(shipped::nameless(self.root)?))
            .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1"))
    }

    /// A fresh environment.
    fn fresh(&self, name: &str, python: &Python) -> Result<PathBuf> {
        let environment = self.folder.join(format!("{name}-{}", python.version));
        clear(self.root, &environment)?;
        Command::new(self.root, &python.program).args(["-m", "venv"]).arg(&environment).run()?;
        Ok(environment)
    }

    /// A fresh environment with the wheel and what these requirements name.
    fn environment(&self, name: &str, python: &Python, wheel: &Path, requirements: &str) -> Result<PathBuf> {
        let environment = self.fresh(name, python)?;
        self.run(&environment)?
            .args(["-m", "pip", "install", "--quiet", "--requirement", requirements])
            .arg(wheel)
            .run()?;
        Ok(environment)
    }

    /// Builds the wheel as `pip install ./bindings-python` does.
    fn wheel(&self, python: &Python) -> Result<PathBuf> {
        self.pip_wheel("wheel", python, &self.source())
    }

    fn pip_wheel(&self, name: &str, python: &Python, source: &Path) -> Result<PathBuf> {
        let environment = self.fresh("build", python)?;
        let out = self.folder.join(name);
        clear(self.root, &out)?;
        self.run(&environment)?
            .args(["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"])
            .arg(&out)
            .arg(source)
            .run()?;
        only(&out, "whl")
    }

    /// What `cargo xtask openapi` writes is valid.
    fn openapi(&self, python: &Python) -> Result<()> {
        let environment = self.fresh("openapi", python)?;
        self.run(&environment)?.args(["-m", "pip", "install", "--quiet", OPENAPI_VALIDATOR]).run()?;
        let file = self.folder.join("openapi.json");
        crate::openapi::run(self.root, &[file.display().to_string()])?;
        self.run(&environment)?.args(["-m", "openapi_spec_validator"]).arg(&file).run()
    }

    /// The sdist holds all that a wheel is built from, the core too.
    fn sdist(&self, python: &Python) -> Result<()> {
        let environment = self.fresh("sdist", python)?;
        let out = self.folder.join("sdist");
        clear(self.root, &out)?;
        self.run(&environment)?.args(["-m", "pip", "install", "--quiet", MATURIN]).run()?;
        self.run(&environment)?.args(["-m", "maturin", "sdist", "--out"]).arg(&out).run()?;
        let sdist = only(&out, "gz")?;
        self.contents(python, &sdist)?;
        let wheel = self.pip_wheel("sdist-wheel", python, &sdist)?;
        self.contents(python, &wheel)?;
        let environment = self.environment("sdist", python, &wheel, "tests/requirements.txt")?;
        // One call is enough to see that everything is in it.
        self.pytest(&environment, &["tests/test_http.py", "-k", "every_operation"])
    }

    /// An archive has its licences, and names no machine.
    fn contents(&self, python: &Python, archive: &Path) -> Result<()> {
        let folder = self.folder.join("contents");
        clear(self.root, &folder)?;
        let program = "import shutil, sys; shutil.unpack_archive(sys.argv[1], sys.argv[2], sys.argv[3])";
        let kind = if name(archive).ends_with(".whl") { "zip" } else { "gztar" };
        Command::new(self.root, &python.program)
            .args(["-c", program])
            .arg(archive)
            .arg(&folder)
            .arg(kind)
            .run()?;
        notices::carried(self.root, &folder)
    }

    fn tests(&self, python: &Python) -> Result<()> {
        let wheel = self.wheel(python)?;
        let environment = self.environment("tests", python, &wheel, "tests/requirements-all.txt")?;
        self.pytest(&environment, &["tests"])
    }

    /// The tests that need little else, on every other Python.
    fn others(&self) -> Result<()> {
        let mut pythons = Python::all();
        let (_, main) = pythons.pop_first().context(Missing("Python 3.11 or later"))?;
        let wheel = self.wheel(&main)?;
        ensure!(main.version == OLDEST || !ci(), "CI needs Python {OLDEST}");
        for python in pythons.values() {
            println!("   Python {}", python.version);
            let environment = self.environment("tests", python, &wheel, "tests/requirements.txt")?;
            self.pytest(
                &environment,
                &[
                    "tests/test_vectors.py",
                    "tests/test_http.py",
                    "tests/test_lists.py",
                    "tests/test_sessions.py",
                    "tests/command",
                ],
            )?;
        }
        self.newer(&main, &wheel, &pythons)
    }

    /// The same on Pythons that are newer than this machine's, where it can have them: `xtask/setup/python.sh`.
    fn newer(&self, main: &Python, wheel: &Path, pythons: &BTreeMap<u32, Python>) -> Result<()> {
        let setup = self.root.join("xtask/setup/python.sh");
        if !debian_as_root() {
            return Err(Missing("newer Python (root can install Debian's beside a Debian system)").into());
        }
        let versions = Command::new(self.root, "bash").arg(&setup).output()?;
        for version in versions.lines() {
            if pythons.values().any(|python| python.version == version) {
                continue;
            }
            println!("   Python {version}, Debian's");
            // What is installed is Python alone, so the packages are put beside it from here.
            let packages = self.folder.join(format!("packages-{version}"));
            clear(self.root, &packages)?;
            let environment = self.folder.join(format!("build-{}", main.version));
            self.run(&environment)?
                .args(["-m", "pip", "install", "--quiet", "--python-version", version, "--only-binary=:all:"])
                .arg("--target")
                .arg(&packages)
                .args(["--requirement", "tests/requirements.txt"])
                .arg(wheel)
                .run()?;
            Command::new(&self.source(), "bash")
                .arg(&setup)
                .args([version, "-m", "pytest", "-q", "-p", "no:cacheprovider"])
                .args([
                    "tests/test_vectors.py",
                    "tests/test_http.py",
                    "tests/test_lists.py",
                    "tests/test_sessions.py",
                ])
                .environment("PYTHONPATH", &packages)
                .environment("PYTHON_SEES", std::env::join_paths([self.root, &target(self.root)])?)
                .environment("JUMPCLOUD_FAKE", npm::fake(self.root)?)
                .run()?;
        }
        Ok(())
    }

    fn pytest(&self, environment: &Path, what: &[&str]) -> Result<()> {
        self.run(environment)?
            .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
            .args(what)
            .environment("JUMPCLOUD_FAKE", npm::fake(self.root)?)
            .run()
    }
}

/// The one file of a folder that ends so.
fn only(folder: &Path, extension: &str) -> Result<PathBuf> {
    let files = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files = files.filter(|path| path.extension().is_some_and(|known| known == extension));
    match (files.next(), files.next()) {
        (Some(file), None) => Ok(file),
        _ => bail!("expected one .{extension} in {}", folder.display()),
    }
}
