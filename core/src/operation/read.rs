//! Reads a line of the table.

use super::{
    Accepts, Answers, Body, BodyForm, Counts, Method, Operation, Order, Organization, Paging, Parameter,
    Place, Strategy, Style, Times, packed,
};
use crate::schema::{Kind, Schema};

impl Operation {
    /// Reads the lines of the table that are its.
    pub(super) fn parse(name: &str, table: &packed::Packed<'static>, index: usize) -> Box<Operation> {
        // Names are borrowed for as long as the program runs.
        let name: &'static str = name.to_owned().leak();
        let mut columns = table.line(0, index).split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (method, flags, answers, own_system) = (next(), next(), next(), next());
        let method = match method {
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => Method::Get,
        };
        let path = packed::path(name, table.line(3, index)).leak();
        let mut parameters = table.line(4, index).split('\t');
        let (parameters, paging) =
            (parameters.next().unwrap_or_default(), parameters.next().unwrap_or_default());
        let (answers, media_types) = answers.split_once(' ').unwrap_or((answers, ""));
        let mut named = parse_parameters(parameters);
        let mut all: Vec<Parameter> = path_parameters(path)
            .map(|name| match named.iter().position(|p| p.place == Place::Path && p.name == name) {
                Some(place) => named.remove(place),
                None => Parameter {
                    name,
                    former_names: Vec::new(),
                    place: Place::Path,
                    required: true,
                    style: Style::Single,
                    schema: Schema::parse("s"),
                    filter: false,
                    spells_gte: false,
                },
            })
            .collect();
        all.extend(named.into_iter().filter(|parameter| parameter.place != Place::Path));
        let flag = |flag: char| flags.contains(flag);
        Box::new(Operation {
            name,
            method,
            path,
            accepts: match flags.chars().next() {
                Some('s') => Accepts::KeyBearerOrSystem,
                Some('c') => Accepts::ClientSecret,
                Some('n') => Accepts::Nothing,
                _ => Accepts::KeyOrBearer,
            },
            organization: match () {
                () if flag('x') => Organization::Refused,
                () if flag('o') => Organization::Required,
                () if flag('m') => Organization::Several,
                () => Organization::Optional,
            },
            safe: flag('r'),
            idempotent: flag('i') || flag('r'),
            destructive: flag('d'),
            full_replace: if flag('u') { None } else { Some(flag('f')) },
            deprecated: flag('z'),
            may_say_error: flag('e'),
            may_be_text: flag('t'),
            paging: parse_paging(paging),
            parameters: all,
            body: parse_body(table.line(5, index)),
            answers: match answers {
                "J" => Answers::Json,
                "JT" => Answers::JsonOrText,
                "T" => Answers::Text,
                "B" => Answers::Bytes,
                _ => Answers::Empty,
            },
            media_types: match (answers, media_types) {
                ("J", "") => vec!["application/json"],
                _ => media_types.split(',').filter(|media_type| !media_type.is_empty()).collect(),
            },
            scopes: table.scopes(index, flag('r')).collect(),
            own_system,
        })
    }
}

/// The names between braces in a path template.
pub(super) fn path_parameters(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

fn parse_parameters(column: &'static str) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for text in split_escaped(column) {
        let Some((head, mut expression)) = text.split_once(':') else {
            continue;
        };
        let required = head.ends_with('!');
        let head = head.trim_end_matches('!');
        let place = match head.chars().next() {
            Some('/') => Place::Path,
            Some('@') => Place::Header,
            Some('>') => Place::Body(expression),
            _ => Place::Query,
        };
        let mut style = Style::Single;
        for (sign, meaning) in
            [(',', Style::Comma), ('*', Style::Repeated), ('_', Style::Space), ('%', Style::Deep)]
        {
            // A lone `*` is the schema "anything".
            if let Some(rest) = expression.strip_prefix(sign).filter(|rest| !rest.is_empty()) {
                (style, expression) = (meaning, rest);
                break;
            }
        }
        let mut names = head.get(1..).unwrap_or_default().split('=');
        let name = names.next().unwrap_or_default();
        let filter = matches!(place, Place::Body(_)) || matches!(expression, "f" | "g");
        parameters.push(Parameter {
            name,
            former_names: names.collect(),
            place,
            required: required || place == Place::Path,
            style,
            schema: Schema::parse(if filter { "s" } else { expression }),
            filter,
            spells_gte: expression == "g",
        });
    }
    parameters
}

/// Splits at spaces that have no backslash before them.
fn split_escaped(column: &'static str) -> impl Iterator<Item = &'static str> {
    let mut escaped = false;
    column.split(move |letter: char| {
        let splits = letter == ' ' && !escaped;
        escaped = letter == '\\' && !escaped;
        splits
    })
}

fn parse_paging(column: &'static str) -> Option<Paging> {
    let mut parts = column.split(',');
    let mut next = || parts.next().unwrap_or_default();
    let strategy = match next() {
        "single" => Strategy::Single,
        "skip" => Strategy::Skip,
        "body-skip" => Strategy::BodySkip,
        "token" => Strategy::Token,
        "search-after" => Strategy::SearchAfter,
        _ => return None,
    };
    let (size, position, maximum) = (next(), next(), next());
    let (items, total, cursor) = (next(), next(), next());
    let (sort, identity, counts) = (next(), next(), next());
    let times = Times { event: next(), since: next(), until: next() };
    Some(Paging {
        strategy,
        size,
        position,
        maximum: maximum.trim_end_matches('?').parse().unwrap_or(100),
        maximum_known: !maximum.ends_with('?'),
        items: items.trim_end_matches('?'),
        alone: items.ends_with('?'),
        total,
        cursor,
        sort,
        identity,
        order: if !sort.is_empty() && sort == identity { Order::Id } else { Order::Server },
        counts: match counts {
            "b" => Counts::Body,
            "h" => Counts::Header,
            _ => Counts::None,
        },
        times: (!times.event.is_empty()).then_some(times),
    })
}

fn parse_body(column: &'static str) -> Option<Body> {
    let form = match column.chars().next()? {
        'M' => BodyForm::Multipart,
        'F' => BodyForm::Form,
        'A' => BodyForm::JsonOrBytes,
        'B' => BodyForm::Bytes,
        _ => BodyForm::Json,
    };
    let rest = column.get(1..).unwrap_or_default();
    let required = rest.starts_with('!');
    let expression = rest.trim_start_matches('!');
    let schema = match form {
        BodyForm::Bytes => Schema { kind: Kind::Binary, nullable: false, open: false },
        _ => Schema::parse(expression),
    };
    Some(Body { form, required, schema })
}
