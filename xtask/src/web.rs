//! The crate `jumpcloud-web` (`bindings-wasm/rust`): tested as wasm, in Node and in Chromium.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{Command, Missing, ci, clear, debian_as_root, need, target};
use crate::test::Check;
use crate::{npm, npm_tarball, shipped};

const TRIPLE: &str = "wasm32-unknown-unknown";

/// What must be true of it.
pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![
        Check::new("web crate: tests in Node", "rust wasm gloo vectors habits lists playbooks", move || {
            need("node", "Node 20.16 or later")?;
            tests(root, |command| command)
        }),
        Check::new("web crate: tests in Chromium", "rust wasm gloo vectors habits browser", move || {
            npm_tarball::chromium(root)?;
            driver(root)?;
            tests(root, |command| {
                command
                    .environment("WASM_BINDGEN_USE_BROWSER", "1")
                    .environment("CHROMEDRIVER", DRIVER)
                    // Seconds, for all tests of a file.
                    .environment("WASM_BINDGEN_TEST_TIMEOUT", "300")
            })
        }),
        Check::new("web crate: the app in Yew, in Chromium", "rust wasm browser example", move || {
            npm_tarball::chromium(root)?;
            let app = app(root)?;
            let runtimes = root.join("bindings-wasm/tests/runtimes");
            npm::install(&runtimes)?;
            Command::new(&runtimes, "node")
                .args(["--test", "--test-reporter=dot", "yew.test.mjs"])
                .environment("TMPDIR", npm_tarball::scratch(root)?)
                .environment("JUMPCLOUD_FAKE", npm::fake(root)?)
                .environment("JUMPCLOUD_APP", app)
                .run()
        }),
    ]
}

/// Builds the example, as `trunk build` would; it is a workspace of its own, which shares what is built for the tests.
fn app(root: &Path) -> Result<PathBuf> {
    let (example, web) = (root.join("bindings-wasm/rust/example"), target(root).join("web"));
    let manifest = example.join("Cargo.toml");
    Command::new(root, "cargo").args(["fmt", "--check", "--manifest-path"]).arg(&manifest).run()?;
    shipped::cargo(root, "build", TRIPLE)?
        .args(["--quiet", "--locked", "--manifest-path"])
        .arg(&manifest)
        .environment("CARGO_TARGET_DIR", &web)
        .run()?;
    let folder = target(root).join("app");
    clear(root, &folder)?;
    std::fs::create_dir_all(&folder)?;
    Command::new(root, npm::wasm_bindgen(root)?)
        .args(["--target", "web", "--no-typescript", "--out-name", "app", "--out-dir"])
        .arg(&folder)
        .arg(web.join(TRIPLE).join("debug/jumpcloud-web-example.wasm"))
        .run()?;
    std::fs::copy(example.join("index.html"), folder.join("index.html"))?;
    Ok(folder)
}

const DRIVER: &str = "/usr/bin/chromedriver";

/// Debian's ChromeDriver, of the version of its Chromium; CI installs it.
fn driver(root: &Path) -> Result<()> {
    if Path::new(DRIVER).exists() {
        return Ok(());
    }
    if !ci() || !debian_as_root() {
        return Err(Missing("/usr/bin/chromedriver (on Debian: `apt-get install chromium-driver`)").into());
    }
    Command::new(root, "apt-get").args(["-qq", "update"]).quiet().run()?;
    Command::new(root, "apt-get")
        .args(["-qq", "install", "--yes", "--no-install-recommends", "chromium-driver"])
        .environment("DEBIAN_FRONTEND", "noninteractive")
        .quiet()
        .run()
}

/// Runs the crate's tests by wasm-bindgen's runner, with a fake to call.
fn tests(root: &Path, how: impl FnOnce(Command) -> Command) -> Result<()> {
    let runner = npm::wasm_bindgen(root)?.with_file_name("wasm-bindgen-test-runner");
    // As a list: in a plain string a space would end the program's name.
    let runner = format!("target.{TRIPLE}.runner=[{:?}]", runner.display().to_string());
    // The runner makes its scripts in a temporary folder. A package.json that somebody has put above it would say how Node reads them.
    let scratch = target(root).join("web/tmp");
    std::fs::create_dir_all(&scratch)?;
    std::fs::write(scratch.join("package.json"), "{}")?;
    let fake = Fake::start(root)?;
    let command = shipped::cargo(root, "test", TRIPLE)?
        .args(["--package", "jumpcloud-web", "--tests", "--config"])
        .arg(runner)
        .environment("CARGO_TARGET_DIR", target(root).join("web"))
        .environment("TMPDIR", scratch)
        .environment("JUMPCLOUD_FAKE_URL", &fake.url);
    how(command).run()
}

/// How many users and systems a [`Fake`] has.
pub const USERS: &str = "200";

/// A fake JumpCloud, until it is dropped.
pub struct Fake {
    program: Child,
    /// What it says goes there as long as it lives.
    _said: BufReader<ChildStdout>,
    /// Where it is.
    pub url: String,
}

impl Fake {
    /// Starts one.
    pub fn start(root: &Path) -> Result<Fake> {
        let mut program = std::process::Command::new(npm::fake(root)?)
            .args(["--port", "0", "--users", USERS, "--systems", USERS])
            .stdout(Stdio::piped())
            .spawn()
            .context("the fake")?;
        let mut said = BufReader::new(program.stdout.take().context("the fake has no output")?);
        let mut line = String::new();
        while said.read_line(&mut line)? > 0 {
            if let Some(url) = line.strip_prefix("URL") {
                // What it serves there stands behind it.
                let url = url.split_whitespace().next().unwrap_or_default().to_owned();
                return Ok(Fake { program, _said: said, url });
            }
            line.clear();
        }
        bail!("the fake ended before it said its address")
    }
}

impl Fake {
    /// What it says of itself under a path. (HTTP/1.0 ends with the connection, and has no pieces.)
    pub fn get(&self, path: &str) -> Result<String> {
        let address = self.url.strip_prefix("http://").context("the fake speaks plain HTTP")?;
        let mut line = TcpStream::connect(address)?;
        write!(line, "GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n")?;
        let mut said = String::new();
        line.read_to_string(&mut said)?;
        let (head, body) = said.split_once("\r\n\r\n").context("the fake ended")?;
        ensure!(head.split(' ').nth(1) == Some("200"), "{path}: {said}");
        Ok(body.to_owned())
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
