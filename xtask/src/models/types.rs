//! The types that every typed surface has: one for each schema, for each object or enum inside a schema,
//! and for each body, reply and enum that an operation describes in place. Names and areas are decided here.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};

use super::names::{capitalised, pascal, singular, words};
use crate::description::{Description, Kind, Operation, Schema};

/// A named type.
pub struct Type {
    pub name: String,
    /// Where it is described: the schema's name, or an operation's, and the properties down to it.
    pub source: String,
    /// The areas whose operations use it; empty when none does.
    pub areas: BTreeSet<String>,
    /// A record that has keys beside its fields by design: its owner makes them up, or they come without notice.
    pub open: bool,
    /// Some body holds it.
    pub sent: bool,
    /// It describes what a playbook gives, and nothing of JumpCloud's.
    pub ours: bool,
    /// The types of the kinds that are known, where objects are of several: one of each, or of none of them.
    /// The record has the fields of all.
    pub kinds: Vec<Form>,
    pub shape: Shape,
}

impl Type {
    /// A sentence about it.
    pub fn documentation(&self) -> String {
        let whose = if self.ours { "A playbook's" } else { "JumpCloud's" };
        format!("{whose} `{}`.", self.source.replace("` `", "`, `"))
    }
}

/// The area of what playbooks give.
pub const PLAYBOOKS: &str = "playbooks";

pub enum Shape {
    Record(Vec<Field>),
    /// The known values with a name each; JumpCloud adds others.
    Choice(Vec<(String, String)>),
    /// Another name for something that needs no type of its own.
    Alias(Form),
}

pub struct Field {
    /// JumpCloud's key.
    pub key: String,
    /// What it means, where somebody has written it.
    pub means: Option<String>,
    /// In what is sent; replies leave out what they like.
    pub required: bool,
    /// In every reply that is not narrowed to other fields.
    pub always_sent: bool,
    pub nullable: bool,
    /// JumpCloud sets it: it means nothing in what is sent.
    pub read_only: bool,
    /// The text is a date with its time (RFC 3339).
    pub date_time: bool,
    pub form: Form,
}

impl Type {
    /// Whether this field is a plain text where others are optional: an id, which is empty in the rare reply without
    /// it. One type serves bodies and replies, and a body need not have it.
    pub fn has_plain(&self, field: &Field) -> bool {
        !self.sent && field.always_sent && !field.nullable && field.form == Form::Text
    }

    /// The forms inside, and the kinds.
    pub fn held(&self) -> Box<dyn Iterator<Item = &Form> + '_> {
        match &self.shape {
            Shape::Record(fields) => Box::new(fields.iter().map(|field| &field.form).chain(&self.kinds)),
            Shape::Alias(form) => Box::new(std::iter::once(form)),
            Shape::Choice(_) => Box::new(std::iter::empty()),
        }
    }
}

impl Form {
    /// The type that it names, itself or as what a list or map holds.
    pub fn named(&self) -> Option<&str> {
        match self {
            Form::Named(name) | Form::Boxed(name) => Some(name),
            Form::List(inner) | Form::Map(inner) => inner.named(),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    Any,
    Text,
    Integer,
    Unsigned,
    /// A 64-bit number that JumpCloud writes as text.
    Decimal,
    Number,
    Boolean,
    /// This text.
    Constant(String),
    List(Box<Form>),
    Map(Box<Form>),
    Named(String),
    /// [`Form::Named`] where the type holds itself.
    Boxed(String),
    /// A file in a form.
    Attachment,
}

/// All types, by name.
pub struct Types<'a> {
    description: &'a Description,
    names: &'a BTreeMap<String, String>,
    pub all: BTreeMap<String, Type>,
    /// Types described in place, by root, property and description: the same one is made once.
    inline: BTreeMap<(String, String, String), String>,
    /// The names of the root in hand and how often each of its properties is described in the same way.
    root: String,
    counts: BTreeMap<(String, String), usize>,
    /// The root in hand is a form, in which bytes are files.
    files: bool,
}

impl<'a> Types<'a> {
    /// The types of the named schemas.
    pub fn of_schemas(
        description: &'a Description,
        names: &'a BTreeMap<String, String>,
    ) -> Result<Types<'a>> {
        let mut users: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for operation in &description.operations {
            let described = operation.parameters.iter().map(|parameter| &parameter.schema);
            let described = described.chain(operation.body.iter().map(|body| &body.schema));
            let replies =
                operation.replies.iter().flat_map(|reply| reply.content.iter().map(|(_, schema)| schema));
            for schema in description.reachable(described.chain(replies)) {
                users.entry(schema).or_default().insert(area(operation));
            }
        }
        // Kinds of objects are used where the objects are.
        for (union, kinds) in &description.unions {
            let areas = users.get(union.as_str()).cloned().unwrap_or_default();
            for kind in description.reachable(kinds.iter().map(|kind| &description.schemas[kind])) {
                users.entry(kind).or_default().extend(areas.clone());
            }
            for kind in kinds {
                users.entry(kind).or_default().extend(areas.clone());
            }
        }
        for schema in description.reachable(description.playbooks.values()) {
            users.entry(schema).or_default().insert(PLAYBOOKS.to_owned());
        }
        let mut types = Types {
            description,
            names,
            all: BTreeMap::new(),
            inline: BTreeMap::new(),
            root: String::new(),
            counts: BTreeMap::new(),
            files: false,
        };
        for (schema, name) in names {
            let areas = users.get(schema.as_str()).cloned().unwrap_or_default();
            let ours = description.ours.contains(schema);
            let kinds = description.unions.get(schema);
            let open = description.schemas[schema].open;
            let kinds = kinds.into_iter().flatten().map(|kind| Form::Named(names[kind].clone())).collect();
            let shape = Shape::Alias(Form::Any);
            types.all.insert(
                name.clone(),
                Type {
                    name: name.clone(),
                    source: schema.clone(),
                    areas,
                    ours,
                    open,
                    sent: false,
                    kinds,
                    shape,
                },
            );
        }
        for (schema, name) in names {
            let described = &description.schemas[schema];
            types.start(name, described);
            let (areas, ours) = (types.all[name].areas.clone(), types.all[name].ours);
            let place = Place { parent: name, source: schema, areas: &areas, ours };
            let shape = match &described.kind {
                Kind::Object(_) => Shape::Record(types.fields(described, &place)?),
                Kind::String { values, .. } if !values.is_empty() => Shape::Choice(variants(name, values)?),
                _ => Shape::Alias(types.form("Value", described, &place)?),
            };
            types.all.get_mut(name).expect("inserted above").shape = shape;
        }
        types.box_cycles();
        Ok(types)
    }

    /// The form of what an operation describes in place, as its body or reply.
    pub fn in_place(&mut self, operation: &Operation, what: &str, schema: &Schema) -> Result<Form> {
        let name = operation_name(self.description, operation);
        let (source, areas) = (format!("{}` `{what}", operation.name), BTreeSet::from([area(operation)]));
        let root = format!("{name}{}", pascal(what));
        self.start(&root, schema);
        self.files = what == "body"
            && operation.body.as_ref().is_some_and(|body| body.media_type == "multipart/form-data");
        self.form(what, schema, &Place { parent: &name, source: &source, areas: &areas, ours: false })
    }

    fn start(&mut self, root: &str, schema: &Schema) {
        self.root = root.to_owned();
        self.counts.clear();
        count("", schema, &mut self.counts);
    }

    /// The properties of an object as fields.
    fn fields(&mut self, schema: &Schema, place: &Place) -> Result<Vec<Field>> {
        let Kind::Object(properties) = &schema.kind else {
            return Ok(Vec::new());
        };
        let mut fields = Vec::new();
        for property in properties {
            let source = format!("{}` `{}", place.source, property.name);
            let form = self.form(&property.name, &property.schema, &Place { source: &source, ..*place })?;
            fields.push(Field {
                key: property.name.clone(),
                means: means(self.description, &self.root, &source).map(str::to_owned),
                required: property.required,
                always_sent: property.always_sent,
                nullable: self.is_nullable(&property.schema),
                read_only: property.read_only,
                date_time: property.schema.is_date_time(),
                form,
            });
        }
        Ok(fields)
    }

    /// Whether it may be null, itself or as the schema that it refers to.
    fn is_nullable(&self, schema: &Schema) -> bool {
        match &schema.kind {
            Kind::Reference(name) => schema.nullable || self.is_nullable(&self.description.schemas[name]),
            kind => schema.nullable && *kind != Kind::Any,
        }
    }

    /// The names of the types that these forms hold, all the way down.
    pub fn reachable<'b>(&self, roots: impl Iterator<Item = &'b Form>) -> BTreeSet<String> {
        let mut waiting: Vec<&str> = roots.filter_map(Form::named).collect();
        let mut found = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if found.insert(name.to_owned()) {
                waiting.extend(self.all[name].held().filter_map(Form::named));
            }
        }
        found
    }

    fn form(&mut self, property: &str, schema: &Schema, place: &Place) -> Result<Form> {
        Ok(match &schema.kind {
            Kind::Any => Form::Any,
            Kind::String { format, .. } if self.files && matches!(format.as_str(), "binary" | "byte") => {
                Form::Attachment
            }
            Kind::String { values, .. } if values.is_empty() => Form::Text,
            Kind::Integer { format } => match format.as_str() {
                "decimal" => Form::Decimal,
                "uint64" => Form::Unsigned,
                _ => Form::Integer,
            },
            Kind::Number => Form::Number,
            Kind::Boolean => Form::Boolean,
            Kind::Constant(text) => Form::Constant(text.clone()),
            Kind::Array(items) => Form::List(Box::new(self.form(&singular(property), items, place)?)),
            Kind::Map(values) => Form::Map(Box::new(self.form(&singular(property), values, place)?)),
            Kind::Reference(schema) => Form::Named(self.names[schema].clone()),
            Kind::String { .. } | Kind::Object(_) => Form::Named(self.inline(property, schema, place)?),
        })
    }

    fn inline(&mut self, property: &str, schema: &Schema, place: &Place) -> Result<String> {
        let shape = format!("{:?}", schema.kind);
        let key = (self.root.clone(), property.to_owned(), shape.clone());
        if let Some(name) = self.inline.get(&key).cloned() {
            self.agree(&name, schema, place.source);
            return Ok(name);
        }
        let repeated = self.counts.get(&(property.to_owned(), shape)).is_some_and(|count| *count > 1);
        let short = format!("{}{}", self.root, pascal(property));
        let long = format!("{}{}", place.parent, pascal(property));
        let free = |name: &String| !self.all.contains_key(name);
        let name =
            [short].into_iter().filter(|_| repeated).chain([long.clone(), format!("{long}Value")]).find(free);
        let Some(name) = name else { anyhow::bail!("{}: the name {long} is taken", place.source) };
        self.inline.insert(key, name.clone());
        let unfinished = Type {
            name: name.clone(),
            source: place.source.into(),
            areas: place.areas.clone(),
            open: schema.open,
            sent: false,
            ours: place.ours,
            kinds: Vec::new(),
            shape: Shape::Alias(Form::Any),
        };
        self.all.insert(name.clone(), unfinished);
        let shape = match &schema.kind {
            Kind::String { values, .. } => Shape::Choice(variants(&pascal(property), values)?),
            _ => Shape::Record(self.fields(schema, &Place { parent: &name, ..*place })?),
        };
        self.all.get_mut(&name).expect("inserted above").shape = shape;
        Ok(name)
    }

    /// A type that is described in several places says of its fields only what is so in all of them.
    fn agree(&mut self, name: &str, schema: &Schema, source: &str) {
        let (Kind::Object(properties), Some(Shape::Record(fields))) =
            (&schema.kind, self.all.get_mut(name).map(|known| &mut known.shape))
        else {
            return;
        };
        let mut inner = Vec::new();
        for (property, field) in properties.iter().zip(fields) {
            let source = format!("{source}` `{}", property.name);
            if field.means.as_deref() != means(self.description, &self.root, &source) {
                field.means = None;
            }
            inner.extend(field.form.named().map(|held| (held.to_owned(), &property.schema, source.clone())));
        }
        for (held, schema, source) in inner {
            let mut schema = schema;
            while let Kind::Array(items) | Kind::Map(items) = &schema.kind {
                schema = items;
            }
            self.agree(&held, schema, &source);
        }
    }

    /// The form of what a playbook gives: the schema that its description names.
    pub fn given(&self, playbook: &str) -> Result<Form> {
        match self.description.playbooks.get(playbook).map(|schema| &schema.kind) {
            Some(Kind::Reference(schema)) => Ok(Form::Named(self.names[schema].clone())),
            _ => anyhow::bail!("core/api/playbooks.json names no schema of what {playbook} gives"),
        }
    }

    /// The form with the names of aliases followed.
    pub fn resolved<'b>(&'b self, form: &'b Form) -> &'b Form {
        match form {
            Form::Named(name) => match &self.all[name].shape {
                Shape::Alias(form) => self.resolved(form),
                _ => form,
            },
            _ => form,
        }
    }

    /// Boxes the fields through which a record holds itself without a list or map between.
    fn box_cycles(&mut self) {
        let edges: BTreeMap<String, Vec<String>> = self
            .all
            .values()
            .filter_map(|t| match &t.shape {
                Shape::Record(fields) => Some((t.name.clone(), fields)),
                _ => None,
            })
            .map(|(name, fields)| {
                let held = fields.iter().filter_map(|field| match self.resolved(&field.form) {
                    Form::Named(held) => Some(held.clone()),
                    _ => None,
                });
                (name, held.collect())
            })
            .collect();
        let reaches = |from: &str, to: &str| {
            let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
            while let Some(name) = waiting.pop() {
                if name == to {
                    return true;
                }
                if seen.insert(name) {
                    waiting.extend(edges.get(name).into_iter().flatten().map(String::as_str));
                }
            }
            false
        };
        for (name, t) in &mut self.all {
            let Shape::Record(fields) = &mut t.shape else {
                continue;
            };
            for field in fields {
                if let Form::Named(held) = &field.form
                    && reaches(held, name)
                {
                    field.form = Form::Boxed(held.clone());
                }
            }
        }
    }
}

/// What the field means that is described there: behind the schema's name stand the keys that lead to it.
fn means<'a>(description: &'a Description, root: &str, source: &str) -> Option<&'a str> {
    let path = source.split("` `").skip(1).collect::<Vec<_>>().join(".");
    description.words.field(root, &path)
}

/// Where a type is described in place.
#[derive(Clone, Copy)]
struct Place<'a> {
    parent: &'a str,
    source: &'a str,
    areas: &'a BTreeSet<String>,
    ours: bool,
}

fn count(property: &str, schema: &Schema, counts: &mut BTreeMap<(String, String), usize>) {
    match &schema.kind {
        Kind::Array(inner) | Kind::Map(inner) => return count(&singular(property), inner, counts),
        Kind::Object(properties) => {
            properties.iter().for_each(|p| count(&p.name, &p.schema, counts));
        }
        Kind::String { values, .. } if !values.is_empty() => {}
        _ => return,
    }
    *counts.entry((property.to_owned(), format!("{:?}", schema.kind))).or_default() += 1;
}

/// The area of an operation, which its cargo feature is called by: the first noun of its name.
pub fn area(operation: &Operation) -> String {
    let noun = operation.name.split('.').nth(1).unwrap_or_default();
    words(noun).join("-").to_lowercase()
}

/// `UserGroupsMembersList`; with the API in front where two have an operation of that name.
pub fn operation_name(description: &Description, operation: &Operation) -> String {
    let (_, rest) = operation.name.split_once('.').unwrap_or_default();
    let shared = description
        .operations
        .iter()
        .filter(|other| other.name.split_once('.').is_some_and(|(_, r)| r == rest));
    if shared.count() > 1 { pascal(&operation.name) } else { pascal(rest) }
}

/// A name for each value of an enum.
fn variants(property: &str, values: &[String]) -> Result<Vec<(String, String)>> {
    let word = words(property).pop().unwrap_or_default();
    let mut variants: Vec<(String, String)> = Vec::new();
    for value in values {
        let mut name = pascal(value);
        if value.starts_with('-') {
            name.push_str("Descending");
        }
        if name.is_empty() {
            name = if value == "*" { "All".into() } else { "Empty".into() };
        }
        if value.starts_with('#') || name.starts_with(|first: char| first.is_ascii_digit()) {
            name = format!("{}{name}", capitalised(&word.to_lowercase()));
        }
        if matches!(name.as_str(), "Other" | "Self") {
            name.push_str("Value");
        }
        if variants.iter().any(|(known, _)| known == value) {
            continue;
        }
        ensure!(
            variants.iter().all(|(_, known)| *known != name),
            "{property}: two values would be called {name}"
        );
        variants.push((value.clone(), name));
    }
    Ok(variants)
}
