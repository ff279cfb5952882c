//! Names in the languages' own cases, and the type name of each of JumpCloud's schemas.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

/// The words of a name: split at everything but letters and digits, and where the case changes
/// (`MDMDevice` is `MDM` and `Device`; digits stay with the word before them).
pub fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let last = word.chars().next_back();
        let next_is_lower = letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let starts = letter.is_ascii_uppercase()
            && last.is_some_and(|last| !last.is_ascii_uppercase() || next_is_lower)
            // `oAuth` is one word.
            && !(word.len() == 1 && word.starts_with(|first: char| first.is_ascii_lowercase()));
        if starts {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// `UserGroup`
pub fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capitalised(&word.to_lowercase())).collect()
}

/// `user_group`
pub fn snake(name: &str) -> String {
    words(name).join("_").to_lowercase()
}

/// `User groups` from `user groups`
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// What one item of a plural is called.
pub fn singular(name: &str) -> String {
    let lower = name.to_lowercase();
    let cut = |letters: usize, ending: &str| format!("{}{ending}", &name[..name.len() - letters]);
    if lower.ends_with("ies") && lower.len() > 4 {
        cut(3, "y")
    } else if ["sses", "xes", "ches", "shes"].iter().any(|ending| lower.ends_with(ending)) {
        cut(2, "")
    } else if lower.ends_with('s') && !["ss", "us", "is", "os"].iter().any(|ending| lower.ends_with(ending)) {
        cut(1, "")
    } else {
        name.to_owned()
    }
}

/// The type names of JumpCloud's schemas, by the rule and `core/api/schema-names.tsv`.
pub struct SchemaNames {
    whole: BTreeMap<String, String>,
    /// The longest first.
    prefixes: Vec<(String, String)>,
}

impl SchemaNames {
    /// Reads the text of `schema-names.tsv`.
    pub fn read(text: &str) -> Result<SchemaNames> {
        let (mut whole, mut prefixes) = (BTreeMap::new(), Vec::new());
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (schema, name) =
                line.split_once('\t').with_context(|| format!("schema-names.tsv: {line:?}"))?;
            match (schema.strip_suffix('*'), name.strip_suffix('*')) {
                (Some(schema), Some(name)) => prefixes.push((schema.to_owned(), name.to_owned())),
                (None, None) => {
                    ensure!(
                        whole.insert(schema.to_owned(), name.to_owned()).is_none(),
                        "core/api/schema-names.tsv names {schema} twice"
                    );
                }
                _ => bail!("core/api/schema-names.tsv: {line:?}: both columns end with * or neither does"),
            }
        }
        prefixes.sort_by_key(|(schema, _)| std::cmp::Reverse(schema.len()));
        Ok(SchemaNames { whole, prefixes })
    }

    /// Every schema's type name; an error when two would share one.
    pub fn of<'a>(&self, schemas: impl Iterator<Item = &'a String>) -> Result<BTreeMap<String, String>> {
        let mut names = BTreeMap::new();
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for schema in schemas {
            let name = self.name(schema);
            if let Some(other) = taken.insert(name.clone(), schema) {
                bail!(
                    "the schemas {schema} and {other} would both be called {name}: add a line to core/api/schema-names.tsv"
                );
            }
            names.insert(schema.clone(), name);
        }
        let stale: Vec<_> = self.whole.keys().filter(|schema| !names.contains_key(*schema)).collect();
        ensure!(
            stale.is_empty(),
            "core/api/schema-names.tsv names schemas that are not in core/api: {stale:?}"
        );
        Ok(names)
    }

    fn name(&self, schema: &str) -> String {
        if let Some(name) = self.whole.get(schema) {
            return name.clone();
        }
        for (prefix, name) in &self.prefixes {
            if let Some(rest) = schema.strip_prefix(prefix.as_str()) {
                return format!("{name}{}", pascal(rest));
            }
        }
        pascal(schema)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_where_a_reader_would() {
        assert_eq!(pascal("apple-mdm-device"), "AppleMdmDevice");
        assert_eq!(pascal("GraphOperation-IDPRoutingPolicy"), "GraphOperationIdpRoutingPolicy");
        assert_eq!(pascal("GSuiteTranslationRule"), "GSuiteTranslationRule");
        assert_eq!(snake("_id"), "id");
        assert_eq!(snake("oAuthStatus"), "oauth_status");
        assert_eq!(snake("x-provider-id"), "x_provider_id");
    }

    #[test]
    fn an_item_is_called_by_the_singular() {
        for (many, one) in
            [("addresses", "address"), ("policies", "policy"), ("members", "member"), ("status", "status")]
        {
            assert_eq!(singular(many), one);
        }
    }

    #[test]
    fn two_schemas_never_share_a_name() {
        let names = SchemaNames::read("a.*\tOther*\na.b\tBee").unwrap();
        let schemas = ["a.b", "a.c", "ac"].map(str::to_owned);
        let found = names.of(schemas.iter()).unwrap();
        assert_eq!(found.values().collect::<Vec<_>>(), ["Bee", "OtherC", "Ac"]);
        let clash = ["a.b", "bee"].map(str::to_owned);
        assert!(names.of(clash.iter()).unwrap_err().to_string().contains("both be called Bee"));
    }
}
