//! One decoder and one encoder for all records and requests.
//!
//! A record hands out its fields as [`Slot`]s to fill and as [`View`]s to write, by JumpCloud's keys. Everything
//! that serde makes generic is here, once, and works on those; what is compiled for each type is two small methods.

// An area alone may need less.
#![allow(dead_code)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use super::{Decimal, Extra};
use crate::filter::Filter;
use crate::secret::redact;
use crate::{Attachment, Operation, Parameters, json};

/// A struct with fields by key.
pub trait Record {
    /// The type's name.
    fn name(&self) -> &'static str;
    /// The field of that key.
    fn field(&mut self, key: &str) -> Option<&mut dyn Field>;
    /// Shows every field with its key.
    fn each(&self, see: &mut dyn FnMut(&'static str, &dyn Field));
    /// What came beside the fields; requests have no room for it.
    fn extra(&self) -> Option<&Extra>;
    /// The same, to change.
    fn extra_mut(&mut self) -> Option<&mut Extra>;
}

/// The type of a field.
pub trait Field {
    /// Where a value goes; makes one if there is none.
    fn slot(&mut self) -> Slot<'_>;
    /// The value.
    fn view(&self) -> View<'_>;
    /// Takes the value away.
    fn clear(&mut self);
    /// Whether a record leaves it out.
    fn is_unset(&self) -> bool {
        matches!(self.view(), View::Unset)
    }
}

/// A place for a value of one kind.
pub enum Slot<'a> {
    Any(&'a mut Value),
    Text(&'a mut String),
    Integer(&'a mut i64),
    Unsigned(&'a mut u64),
    Decimal(&'a mut Decimal),
    Number(&'a mut f64),
    Boolean(&'a mut bool),
    Choice(&'a mut dyn Choice),
    List(&'a mut dyn List),
    Map(&'a mut dyn Entries),
    Record(&'a mut dyn Record),
    Filter(&'a mut Option<Filter>),
    Attachment(&'a mut Option<Attachment>),
}

/// A value of one kind.
pub enum View<'a> {
    Unset,
    Any(&'a Value),
    Text(&'a str),
    Integer(i64),
    Unsigned(u64),
    Decimal(Decimal),
    Number(f64),
    Boolean(bool),
    List(&'a dyn List),
    Map(&'a dyn Entries),
    Record(&'a dyn Record),
    Filter(&'a Filter),
    Attachment(&'a Attachment),
}

/// An enum that has room for unknown values.
pub trait Choice {
    /// Becomes the value that JumpCloud writes so.
    fn set(&mut self, text: &str);
}

/// A `Vec` of fields.
pub trait List {
    fn clear(&mut self);
    fn add(&mut self) -> Slot<'_>;
    /// Takes away what `add` added last.
    fn undo(&mut self);
    fn length(&self) -> usize;
    fn each(&self, see: &mut dyn FnMut(View<'_>));
}

/// A map of fields.
pub trait Entries {
    fn clear(&mut self);
    fn entry(&mut self, key: String) -> &mut dyn Field;
    fn remove(&mut self, key: &str);
    fn each(&self, see: &mut dyn FnMut(&str, View<'_>));
}

macro_rules! fields {
    ($($type:ty: $kind:ident, $value:ident => $view:expr;)*) => {$(
        impl Field for $type {
            fn slot(&mut self) -> Slot<'_> {
                Slot::$kind(self)
            }
            fn view(&self) -> View<'_> {
                let $value = self;
                View::$kind($view)
            }
            fn clear(&mut self) {
                *self = Self::default();
            }
        }
    )*};
}

fields! {
    Value: Any, value => value;
    i64: Integer, number => *number;
    u64: Unsigned, number => *number;
    Decimal: Decimal, number => *number;
    f64: Number, number => *number;
    bool: Boolean, value => *value;
}

impl Field for String {
    fn slot(&mut self) -> Slot<'_> {
        Slot::Text(self)
    }
    fn view(&self) -> View<'_> {
        View::Text(self)
    }
    fn clear(&mut self) {
        self.clear();
    }
    /// A text that is no `Option` is an id that JumpCloud always sends: empty, it did not come.
    fn is_unset(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Field + Default> Field for Option<T> {
    fn slot(&mut self) -> Slot<'_> {
        self.get_or_insert_with(T::default).slot()
    }
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Unset, T::view)
    }
    fn clear(&mut self) {
        *self = None;
    }
}

impl<T: Field> Field for Box<T> {
    fn slot(&mut self) -> Slot<'_> {
        (**self).slot()
    }
    fn view(&self) -> View<'_> {
        (**self).view()
    }
    fn clear(&mut self) {
        (**self).clear();
    }
}

impl Field for Option<Filter> {
    fn slot(&mut self) -> Slot<'_> {
        Slot::Filter(self)
    }
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Unset, View::Filter)
    }
    fn clear(&mut self) {
        *self = None;
    }
}

impl Field for Option<Attachment> {
    fn slot(&mut self) -> Slot<'_> {
        Slot::Attachment(self)
    }
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Unset, View::Attachment)
    }
    fn clear(&mut self) {
        *self = None;
    }
}

impl<T: Field + Default> Field for Vec<T> {
    fn slot(&mut self) -> Slot<'_> {
        Slot::List(self)
    }
    fn view(&self) -> View<'_> {
        View::List(self)
    }
    fn clear(&mut self) {
        self.clear();
    }
}

impl<T: Field + Default> List for Vec<T> {
    fn clear(&mut self) {
        self.clear();
    }
    fn add(&mut self) -> Slot<'_> {
        self.push(T::default());
        let last = self.len() - 1;
        self[last].slot()
    }
    fn undo(&mut self) {
        self.pop();
    }
    fn length(&self) -> usize {
        self.len()
    }
    fn each(&self, see: &mut dyn FnMut(View<'_>)) {
        self.iter().for_each(|item| see(item.view()));
    }
}

impl<T: Field + Default> Field for BTreeMap<String, T> {
    fn slot(&mut self) -> Slot<'_> {
        Slot::Map(self)
    }
    fn view(&self) -> View<'_> {
        View::Map(self)
    }
    fn clear(&mut self) {
        self.clear();
    }
}

impl<T: Field + Default> Entries for BTreeMap<String, T> {
    fn clear(&mut self) {
        self.clear();
    }
    fn entry(&mut self, key: String) -> &mut dyn Field {
        self.entry(key).or_default()
    }
    fn remove(&mut self, key: &str) {
        self.remove(key);
    }
    fn each(&self, see: &mut dyn FnMut(&str, View<'_>)) {
        self.iter().for_each(|(key, value)| see(key, value.view()));
    }
}

/// Fills a slot from whatever comes: `None` when it fits, else what came instead.
struct Fill<'a>(Slot<'a>);

/// Fills a field. What does not fit is given back, `null` included.
pub(super) fn fill<'de, D: Deserializer<'de>>(
    field: &mut dyn Field,
    deserializer: D,
) -> Result<Option<Value>, D::Error> {
    Fill(field.slot()).deserialize(deserializer)
}

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    type Value = Option<Value>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Value>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Fill<'_> {
    /// For the slots that read a whole value.
    fn whole(self, value: Value) -> Option<Value> {
        match self.0 {
            Slot::Any(place) => *place = value,
            Slot::Filter(place) => match Filter::from_json(&value.to_string()) {
                Ok(filter) => *place = Some(filter),
                Err(_) => return Some(value),
            },
            Slot::Attachment(place) => {
                match json::Value::read(&value.to_string()).map(|value| Attachment::read(&value)) {
                    Ok(Some(attachment)) => *place = Some(attachment),
                    _ => return Some(value),
                }
            }
            _ => return Some(value),
        }
        None
    }
}

impl<'de> Visitor<'de> for Fill<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Option<Value>, E> {
        Ok(Some(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<Value>, E> {
        Ok(match self.0 {
            Slot::Boolean(place) => {
                *place = value;
                None
            }
            _ => self.whole(value.into()),
        })
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Option<Value>, E> {
        match self.0 {
            Slot::Integer(place) | Slot::Decimal(Decimal(place)) => *place = number,
            Slot::Unsigned(place) => match u64::try_from(number) {
                Ok(number) => *place = number,
                Err(_) => return Ok(Some(number.into())),
            },
            Slot::Number(place) if (number as f64) as i64 == number => *place = number as f64,
            _ => return Ok(self.whole(number.into())),
        }
        Ok(None)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Option<Value>, E> {
        match (i64::try_from(number), self.0) {
            (_, Slot::Unsigned(place)) => {
                *place = number;
                Ok(None)
            }
            (Ok(number), slot) => Fill(slot).visit_i64(number),
            (Err(_), slot) => Ok(Fill(slot).whole(number.into())),
        }
    }

    fn visit_f64<E>(self, number: f64) -> Result<Option<Value>, E> {
        Ok(match self.0 {
            Slot::Number(place) => {
                *place = number;
                None
            }
            _ => self.whole(number.into()),
        })
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Option<Value>, E> {
        match self.0 {
            Slot::Choice(place) => place.set(text),
            Slot::Decimal(place) => match Decimal::parse(text) {
                Some(number) => *place = number,
                None => return Ok(Some(text.into())),
            },
            slot => return Fill(slot).visit_string(text.to_owned()),
        }
        Ok(None)
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Option<Value>, E> {
        match self.0 {
            Slot::Text(place) => *place = text,
            Slot::Choice(_) | Slot::Decimal(_) => return self.visit_str(&text),
            _ => return Ok(self.whole(Value::String(text))),
        }
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Option<Value>, A::Error> {
        let Slot::List(list) = self.0 else {
            let value = Value::deserialize(SeqAccessDeserializer::new(items))?;
            return Ok(self.whole(value));
        };
        list.clear();
        loop {
            let slot = list.add();
            let any = matches!(slot, Slot::Any(_));
            match items.next_element_seed(Fill(slot))? {
                Some(None) => {}
                Some(Some(Value::Null)) if any => {}
                Some(Some(other)) => {
                    list.undo();
                    // One item does not fit: the list is kept as it came.
                    let mut values = Vec::new();
                    list.each(&mut |view| values.push(value_of(view)));
                    values.push(other);
                    while let Some(value) = items.next_element()? {
                        values.push(value);
                    }
                    return Ok(Some(Value::Array(values)));
                }
                None => {
                    list.undo();
                    return Ok(None);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Option<Value>, A::Error> {
        match self.0 {
            Slot::Record(record) => {
                fill_record(record, entries)?;
                Ok(None)
            }
            Slot::Map(map) => {
                map.clear();
                while let Some(key) = entries.next_key::<String>()? {
                    let slot = map.entry(key.clone()).slot();
                    let any = matches!(slot, Slot::Any(_));
                    match entries.next_value_seed(Fill(slot))? {
                        None => {}
                        Some(Value::Null) if any => {}
                        Some(other) => {
                            map.remove(&key);
                            let mut values = serde_json::Map::new();
                            map.each(&mut |key, view| {
                                values.insert(key.to_owned(), value_of(view));
                            });
                            values.insert(key, other);
                            while let Some((key, value)) = entries.next_entry()? {
                                values.insert(key, value);
                            }
                            return Ok(Some(Value::Object(values)));
                        }
                    }
                }
                Ok(None)
            }
            slot => {
                let value = Value::deserialize(MapAccessDeserializer::new(entries))?;
                Ok(Fill(slot).whole(value))
            }
        }
    }
}

/// A key, borrowed where the format allows it: most are looked up and forgotten.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'de>, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }
            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
            fn visit_string<E>(self, key: String) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

fn fill_record<'de, A: MapAccess<'de>>(record: &mut dyn Record, mut entries: A) -> Result<(), A::Error> {
    while let Some(Key(key)) = entries.next_key()? {
        let value = match record.field(&key) {
            Some(field) => match entries.next_value_seed(Fill(field.slot()))? {
                None => continue,
                Some(other) => {
                    field.clear();
                    if other.is_null() {
                        continue;
                    }
                    other
                }
            },
            None => entries.next_value()?,
        };
        keep(record, key, value)?;
    }
    Ok(())
}

fn keep<E: serde::de::Error>(record: &mut dyn Record, key: Cow<'_, str>, value: Value) -> Result<(), E> {
    let name = record.name();
    match record.extra_mut() {
        Some(extra) => extra.insert(key.into_owned(), value),
        None => {
            return Err(E::custom(format_args!("{name}: {key} is not a parameter, or takes no such value")));
        }
    };
    Ok(())
}

/// Decodes a record of any type.
pub(super) fn decode<'de, R: Record + Default, D: Deserializer<'de>>(deserializer: D) -> Result<R, D::Error> {
    let mut record = R::default();
    deserializer.deserialize_map(Whole(&mut record))?;
    Ok(record)
}

struct Whole<'a>(&'a mut dyn Record);

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", self.0.name())
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<(), A::Error> {
        fill_record(self.0, entries)
    }
}

/// Decodes an enum.
pub(super) fn decode_choice<'de, C: Choice + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<C, D::Error> {
    let mut choice = C::default();
    match Fill(Slot::Choice(&mut choice)).deserialize(deserializer)? {
        None => Ok(choice),
        Some(other) => Err(D::Error::custom(format_args!("expected a string, got {other}"))),
    }
}

/// Encodes a record of any type.
pub(super) fn encode<S: Serializer>(record: &dyn Record, serializer: S) -> Result<S::Ok, S::Error> {
    View::Record(record).serialize(serializer)
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            View::Unset => serializer.serialize_unit(),
            View::Any(value) => value.serialize(serializer),
            View::Text(text) => serializer.serialize_str(text),
            View::Integer(number) => serializer.serialize_i64(number),
            View::Unsigned(number) => serializer.serialize_u64(number),
            View::Decimal(number) => number.serialize(serializer),
            // 5, not 5.0: JumpCloud writes numbers as JavaScript does.
            View::Number(number) if number as i64 as f64 == number && number.abs() < 1e15 => {
                serializer.serialize_i64(number as i64)
            }
            View::Number(number) => serializer.serialize_f64(number),
            View::Boolean(value) => serializer.serialize_bool(value),
            View::Filter(filter) => {
                let value: Value = serde_json::from_str(&filter.to_json()).map_err(S::Error::custom)?;
                value.serialize(serializer)
            }
            View::Attachment(attachment) => attachment.serialize(serializer),
            View::List(list) => {
                let mut items = serializer.serialize_seq(Some(list.length()))?;
                let mut result = Ok(());
                list.each(&mut |view| {
                    if result.is_ok() {
                        result = items.serialize_element(&view);
                    }
                });
                result?;
                items.end()
            }
            View::Map(map) => {
                let mut entries = serializer.serialize_map(None)?;
                let mut result = Ok(());
                map.each(&mut |key, view| {
                    if result.is_ok() {
                        result = entries.serialize_entry(key, &view);
                    }
                });
                result?;
                entries.end()
            }
            View::Record(record) => {
                let mut entries = serializer.serialize_map(None)?;
                let mut result = Ok(());
                all_entries(record, &mut |key, view| {
                    if result.is_ok() {
                        result = entries.serialize_entry(key, &view);
                    }
                });
                result?;
                entries.end()
            }
        }
    }
}

/// What a record sends: the fields that are set, then what is in `extra` beside them.
fn all_entries(record: &dyn Record, see: &mut dyn FnMut(&str, View<'_>)) {
    let extra = record.extra().filter(|extra| !extra.is_empty());
    let mut set: Vec<&'static str> = Vec::new();
    record.each(&mut |key, field| {
        if !field.is_unset() {
            if extra.is_some() {
                set.push(key);
            }
            see(key, field.view());
        }
    });
    for (key, value) in extra.into_iter().flatten() {
        if !set.contains(&key.as_str()) {
            see(key, View::Any(value));
        }
    }
}

fn value_of(view: View<'_>) -> Value {
    // Every view is made of JSON's own kinds.
    serde_json::to_value(view).unwrap_or_default()
}

/// Whether two records say the same.
pub(super) fn same(one: &dyn Record, other: &dyn Record) -> bool {
    value_of(View::Record(one)) == value_of(View::Record(other))
}

/// The fields that are set, without secrets.
pub(super) fn debug(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut fields = f.debug_struct(record.name());
    all_entries(record, &mut |key, view| {
        let text = serde_json::to_string(&BTreeMap::from([(key, view)])).unwrap_or_default();
        let shown = json::Value::read(&text).map(|mut value| {
            redact(&mut value);
            value.get(key).map(json::Value::to_string).unwrap_or_default()
        });
        fields.field(key, &format_args!("{}", shown.unwrap_or_default()));
    });
    fields.finish()
}

/// The paths of all that is in some `extra`.
pub(super) fn unfit(view: View<'_>, path: &mut String, found: &mut Vec<String>) {
    let length = path.len();
    match view {
        View::Record(record) => {
            for key in record.extra().into_iter().flat_map(Extra::keys) {
                found.push(if path.is_empty() { key.clone() } else { format!("{path}.{key}") });
            }
            record.each(&mut |key, field| {
                path.push_str(if length == 0 { "" } else { "." });
                path.push_str(key);
                unfit(field.view(), path, found);
                path.truncate(length);
            });
        }
        View::List(list) => {
            let mut index = 0;
            list.each(&mut |view| {
                path.push_str(&format!("[{index}]"));
                unfit(view, path, found);
                path.truncate(length);
                index += 1;
            });
        }
        View::Map(map) => map.each(&mut |key, view| {
            path.push_str(&format!("[{key:?}]"));
            unfit(view, path, found);
            path.truncate(length);
        }),
        _ => {}
    }
}

/// A request's fields as parameters.
pub(super) fn parameters(record: &dyn Record, operation: &Operation) -> Parameters {
    let mut parameters = Parameters::new();
    record.each(&mut |key, field| {
        let view = field.view();
        // An empty list is none; an empty text that is required was forgotten, and is refused as missing.
        let left_out = match &view {
            View::Unset => true,
            View::List(list) => key != "body" && list.length() == 0,
            View::Text("") => operation.parameter(key).is_some_and(|parameter| parameter.required),
            _ => false,
        };
        if !left_out {
            parameters = std::mem::take(&mut parameters).with(key, view);
        }
    });
    parameters
}

#[allow(unused_macros)]
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$about:meta])* $key:literal $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Default)]
        pub struct $name {
            $($(#[$about])* pub $field: $type,)*
            /// Keys that the type does not have, and values that are not what it says.
            pub extra: Extra,
        }

        impl crate::typed::Model for $name {}
        as_record!($name, extra; $($key $field,)*);
    };
}

#[allow(unused_macros)]
macro_rules! as_record {
    ($name:ident, $($extra:ident)?; $($key:literal $field:ident,)*) => {
        impl crate::typed::record::Record for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }
            fn field(&mut self, key: &str) -> Option<&mut dyn crate::typed::record::Field> {
                match key {
                    $($key => Some(&mut self.$field),)*
                    _ => None,
                }
            }
            #[allow(unused_variables)]
            fn each(&self, see: &mut dyn FnMut(&'static str, &dyn crate::typed::record::Field)) {
                $(see($key, &self.$field);)*
            }
            fn extra(&self) -> Option<&crate::typed::Extra> {
                None$(.or(Some(&self.$extra)))?
            }
            fn extra_mut(&mut self) -> Option<&mut crate::typed::Extra> {
                None$(.or(Some(&mut self.$extra)))?
            }
        }
        impl crate::typed::record::Field for $name {
            fn slot(&mut self) -> crate::typed::record::Slot<'_> {
                crate::typed::record::Slot::Record(self)
            }
            fn view(&self) -> crate::typed::record::View<'_> {
                crate::typed::record::View::Record(self)
            }
            fn clear(&mut self) {
                *self = Self::default();
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::typed::record::encode(self, serializer)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::typed::record::decode(deserializer)
            }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                crate::typed::record::same(self, other)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                crate::typed::record::debug(self, f)
            }
        }
    };
}

#[allow(unused_macros)]
macro_rules! call {
    (
        $(#[$meta:meta])* pub struct $name:ident: $operation:literal => $read:ident $reply:ty $(, each $item:ty)?;
        { $($(#[$about:meta])* $key:literal $field:ident: $type:ty,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Default)]
        pub struct $name {
            $($(#[$about])* pub $field: $type,)*
        }

        // What is deprecated for callers has its implementations all the same.
        #[allow(deprecated)]
        const _: () = {
            impl crate::typed::TypedCall for $name {
                const NAME: &'static str = $operation;
                type Reply = $reply;
                fn reply(reply: &crate::Reply) -> crate::Result<$reply> {
                    crate::typed::$read(reply)
                }
            }
            $(impl crate::typed::TypedList for $name {
                type Item = $item;
            })?
            as_record!($name, ; $($key $field,)*);
        };
    };
}

#[allow(unused_macros)]
macro_rules! choice {
    ($(#[$meta:meta])* pub enum $name:ident { $($value:literal => $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone)]
        #[non_exhaustive]
        pub enum $name {
            $($variant,)*
            /// A value that was not described.
            Other(String),
        }

        impl $name {
            /// As JumpCloud writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $value,)*
                    $name::Other(value) => value,
                }
            }
        }
        // By what JumpCloud writes: `Other("NEW")` goes on being equal to it when a later version has a name for it.
        impl PartialEq for $name {
            fn eq(&self, other: &$name) -> bool {
                self.as_str() == other.as_str()
            }
        }
        impl Eq for $name {}
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &$name) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &$name) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }
        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                match text {
                    $($value => $name::$variant,)*
                    other => $name::Other(other.to_owned()),
                }
            }
        }
        impl Default for $name {
            fn default() -> $name {
                $name::from("")
            }
        }
        impl crate::typed::record::Choice for $name {
            fn set(&mut self, text: &str) {
                *self = $name::from(text);
            }
        }
        impl crate::typed::record::Field for $name {
            fn slot(&mut self) -> crate::typed::record::Slot<'_> {
                crate::typed::record::Slot::Choice(self)
            }
            fn view(&self) -> crate::typed::record::View<'_> {
                crate::typed::record::View::Text(self.as_str())
            }
            fn clear(&mut self) {
                *self = Self::default();
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self.as_str(), f)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::typed::record::decode_choice(deserializer)
            }
        }
    };
}
