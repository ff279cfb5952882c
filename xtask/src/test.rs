//! `cargo xtask test`: the one test command. It sets up what it needs and runs everything.
//!
//! What this machine cannot have is named and left out on a person's machine; with `CI=true` it is a failure.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::command::{Command, Missing, ci, need};
use crate::{
    cost, explorer, fuzz, generate, notices, npm, npm_tarball, python, released, rust_examples, size,
    std_sources, swift, web,
};

/// Looks at workflows for what only shows when they run.
const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.9";

/// One of the things that must be true.
pub struct Check<'a> {
    name: &'static str,
    keywords: &'static str,
    run: Box<dyn Fn() -> Result<()> + 'a>,
}

impl<'a> Check<'a> {
    /// The keywords are what people call it who do not know its name. A check that fails with [`Missing`] is left out on
    /// a person's machine.
    pub fn new(name: &'static str, keywords: &'static str, run: impl Fn() -> Result<()> + 'a) -> Check<'a> {
        Check { name, keywords, run: Box::new(run) }
    }

    /// Whether the name or a keyword holds the word.
    fn is_meant_by(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.name.to_lowercase().contains(&word)
            || self.keywords.split(' ').any(|keyword| !keyword.is_empty() && keyword.contains(&word))
    }
}

/// Runs every check that one of the words means, or all, in the order in which a failure is cheapest to find. With
/// `--list` it only shows them.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let started = Instant::now();
    let (options, words): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.starts_with('-'));
    let list = options.iter().any(|option| *option == "--list");
    if let Some(unknown) = options.iter().find(|option| **option != "--list") {
        bail!("there is no option {unknown}; `cargo xtask test --list` shows the checks");
    }
    let checks = chosen(all(root), &words)?;
    if list {
        for Check { name, keywords, .. } in checks {
            println!("{name:48} {keywords}");
        }
        return Ok(());
    }
    let (mut passed, mut left_out) = (0, Vec::new());
    for check in checks {
        println!("\n── {}", check.name);
        let begun = Instant::now();
        let result = (check.run)();
        println!("   {:.1} s", begun.elapsed().as_secs_f64());
        match result {
            Ok(()) => passed += 1,
            Err(error) if !ci() && error.is::<Missing>() => {
                println!("   left out: {error:#}");
                left_out.push(check.name);
            }
            Err(error) => return Err(error.context(check.name)),
        }
    }
    println!("\nall of it took {} s", started.elapsed().as_secs());
    if !left_out.is_empty() {
        println!("left out, as this machine lacks something: {}", left_out.join(", "));
    }
    println!("checks: {passed} passed, 0 failed");
    ensure!(passed > 0, "nothing was checked");
    Ok(())
}

/// Those that at least one of the words means; each word means one at least.
fn chosen<'a>(checks: Vec<Check<'a>>, words: &[&String]) -> Result<Vec<Check<'a>>> {
    for word in words {
        ensure!(
            checks.iter().any(|check| check.is_meant_by(word)),
            "no check is called {word:?}; `cargo xtask test --list` shows them"
        );
    }
    let meant = |check: &Check| words.is_empty() || words.iter().any(|word| check.is_meant_by(word));
    Ok(checks.into_iter().filter(meant).collect())
}

fn all(root: &Path) -> Vec<Check<'_>> {
    core(root)
        .into_iter()
        .chain(npm::checks(root))
        .chain(python::checks(root))
        .chain(npm_tarball::checks(root))
        .chain(explorer::checks(root))
        .chain(web::checks(root))
        .chain(rust_examples::checks(root))
        .chain(swift::checks(root))
        .collect()
}

fn core(root: &Path) -> Vec<Check<'_>> {
    let cargo = move |arguments: &[&str]| Command::new(root, "cargo").args(arguments);
    let documentation = move || {
        let doc = |arguments: &[&str]| {
            cargo(&["doc", "--no-deps", "--quiet"])
                .args(arguments)
                .environment("RUSTDOCFLAGS", "--deny warnings")
                .run()
        };
        doc(&["--package", "jumpcloud-core"])?;
        doc(&["--workspace", "--all-features"])
    };
    let clippy = move |arguments: &[&str]| {
        cargo(&["clippy", "--quiet"]).args(arguments).args(["--", "--deny", "warnings"]).run()
    };
    vec![
        Check::new("formatting", "rustfmt style", move || cargo(&["fmt", "--all", "--check"]).run()),
        Check::new("generated files", "generate drift", move || generate::run(root, true)),
        Check::new("names that were released stay", "breaking", move || released::check(root)),
        Check::new("licences and notices", "third-party license packages", move || notices::run(root, true)),
        Check::new("lints", "clippy rust", move || {
            clippy(&["--workspace", "--all-targets", "--all-features"])
        }),
        Check::new("the core without features", "clippy rust", move || {
            clippy(&["--package", "jumpcloud-core"])
        }),
        Check::new("the core without its composer", "clippy rust", move || {
            clippy(&["--package", "jumpcloud-core", "--no-default-features"])?;
            cargo(&["test", "--quiet", "--package", "jumpcloud-core", "--no-default-features"])
                .args(["--test", "composer_provided"])
                .run()
        }),
        Check::new(
            "tests",
            "rust core cargo vectors filters lists paging retries errors requests playbooks models fake import corrections xtask",
            move || cargo(&["test", "--workspace", "--all-features", "--quiet"]).run(),
        ),
        Check::new("20,000 random walks through lists", "paging property incomplete", move || {
            cargo(&["test", "--release", "--package", "jumpcloud-core", "--lib", "--quiet", "walk"])
                .environment("WALKS", "20000")
                .run()
        }),
        Check::new("cost grows as the input does", "callgrind valgrind instructions quadratic", move || {
            cost::check(root)
        }),
        Check::new("what holds of any bytes", "fuzz libfuzzer property", move || fuzz::check(root)),
        Check::new("the hosted workflow", "actionlint github", move || {
            need("go", "Go, which actionlint is built with")?;
            // By its version and Go's own checksums.
            Command::new(root, "go").args(["run", ACTIONLINT, ".github/workflows/ci.yml"]).run()
        }),
        Check::new("documentation", "rustdoc", documentation),
        Check::new("the demo", "rust", move || {
            cargo(&["run", "--quiet", "--package", "jumpcloud-suite", "--bin", "demo"]).quiet().run()
        }),
        Check::new("forged sources of std are refused", "security debian apt", move || {
            std_sources::refuses_forgeries(root)
        }),
        Check::new("the size of the core in wasm", "weight", move || {
            let weight = size::measure(root)?;
            println!("{weight}");
            ensure!(weight.gzip <= size::LIMIT, "the core may weigh {} bytes, gzipped", size::LIMIT);
            Ok(())
        }),
    ]
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_people_type_find_checks() {
        for word in [
            "vectors",
            "filters",
            "lists",
            "Python",
            "PLAYBOOKS",
            "npm",
            "swift",
            "rust",
            "licences",
            "types",
        ] {
            let words = [&word.to_owned()];
            let found = chosen(all(Path::new(".")), &words).unwrap();
            assert!(!found.is_empty() && found.len() < all(Path::new(".")).len(), "{word}: {}", found.len());
        }
        let languages = ["npm", "python", "swift", "tests"];
        let vectors = chosen(all(Path::new(".")), &[&"vectors".to_owned()]).unwrap();
        for language in languages {
            assert!(vectors.iter().any(|check| check.name.starts_with(language)), "no vectors of {language}");
        }
        let error = chosen(all(Path::new(".")), &[&"npm".to_owned(), &"pyhton".to_owned()]).err().unwrap();
        assert!(error.to_string().contains("\"pyhton\""), "{error}");
    }

    #[test]
    fn what_is_no_check_is_an_error() {
        for arguments in [vec!["nothing-of-that-name"], vec!["--lst"]] {
            let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
            assert!(run(Path::new("."), &arguments).is_err(), "{arguments:?}");
        }
    }
}
