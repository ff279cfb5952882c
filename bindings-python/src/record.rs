//! JSON bytes as Python objects, every JSON object as a `Record` (`python/jumpcloud_client/record.py`).
//!
//! Items are alike: each has the keys of the one before, in their order, and often the same values. So the bytes of the
//! key that followed last time are tried first, and those that stood under it then: where they are the same, nothing is
//! decoded and no Python string is made. What differs is read by jiter.

use std::collections::HashMap;
use std::sync::OnceLock;

use jiter::{Jiter, JiterError, LinePosition, NumberAny, NumberInt};
use jumpcloud_core::Reply;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};

use crate::error::raise;

/// Deeper than this nothing is read: Python's own objects could not be printed or copied.
const DEEPEST: usize = 200;

/// JSON text that is known to be right, or not JumpCloud's.
#[pyfunction]
pub(crate) fn decode<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    parse(py, json).map_err(PyValueError::new_err)
}

/// JSON text as Python objects; an error is in words.
pub(crate) fn parse<'py>(py: Python<'py>, json: &[u8]) -> Result<Bound<'py, PyAny>, String> {
    Builder::new(py).and_then(|mut builder| builder.whole(json)).map_err(|fault| fault.words(json))
}

/// The items of a page, as the Python class of that name.
pub(crate) struct Records;

impl Records {
    pub(crate) fn of<'py>(py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
        let read = |mut builder: Builder<'py>| {
            let mut objects = Vec::with_capacity(reply.items().len());
            for item in reply.items() {
                objects.push(builder.whole(item).map_err(|fault| fault.words(item))?);
            }
            Ok(objects)
        };
        let objects = Builder::new(py).map_err(|fault| fault.words(b"")).and_then(read);
        static RECORDS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let class = RECORDS.import(py, "jumpcloud_client.record", "Records")?;
        class.call1((objects.map_err(|_: String| raise(py, &reply.undecodable()))?,))
    }
}

/// Bytes with their media type.
pub(crate) fn content<'py>(py: Python<'py>, bytes: &[u8], media_type: &str) -> PyResult<Bound<'py, PyAny>> {
    static CONTENT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CONTENT.import(py, "jumpcloud_client.record", "Content")?.call1((PyBytes::new(py, bytes), media_type))
}

/// Why there is no object; boxed, as it hardly ever is one and every value would carry its size.
struct Fault(Box<Why>);

enum Why {
    /// What jiter says of the text that starts here.
    Json(JiterError, usize),
    Expected(&'static str, usize),
    Python(PyErr),
    Deep,
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Fault {
        Fault(Box::new(Why::Python(error)))
    }
}

impl Fault {
    fn words(self, json: &[u8]) -> String {
        // The place only: what stands there may be a secret.
        let place = |index| LinePosition::find(json, index);
        match *self.0 {
            Why::Json(error, start) => format!("{} at {}", error.error_type, place(start + error.index)),
            Why::Expected(what, index) => format!("expected {what} at {}", place(index)),
            Why::Python(error) => error.to_string(),
            Why::Deep => format!("it is nested deeper than {DEEPEST}"),
        }
    }
}

/// JSON text, and how far it is read.
struct Text<'j> {
    json: &'j [u8],
    at: usize,
}

impl<'j> Text<'j> {
    fn rest(&self) -> &'j [u8] {
        self.json.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space; not taken.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.json.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    /// Takes these bytes if they come next.
    #[inline]
    fn take(&mut self, bytes: &[u8]) -> bool {
        let taken = self.rest().get(..bytes.len()).is_some_and(|next| equal(next, bytes));
        if taken {
            self.at += bytes.len();
        }
        taken
    }

    fn expected<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault(Box::new(Why::Expected(what, self.at))))
    }

    /// Has jiter read what comes next.
    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut Jiter<'j>) -> Result<T, JiterError>,
    ) -> Result<(&'j [u8], T), Fault> {
        let rest = self.rest();
        let mut reader = Jiter::new(rest);
        match read(&mut reader) {
            Ok(value) => {
                let length = reader.current_index();
                self.at += length;
                Ok((rest.get(..length).unwrap_or_default(), value))
            }
            Err(error) => Err(Fault(Box::new(Why::Json(error, self.at)))),
        }
    }
}

/// Whether two short slices of one length are the same: eight bytes at a time, as keys are too short for calling `memcmp`.
#[inline]
fn equal(one: &[u8], other: &[u8]) -> bool {
    let (ones, one_rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    let words = |(one, other): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*one) == u64::from_ne_bytes(*other);
    ones.iter().zip(others).all(words) && one_rest.iter().zip(other_rest).all(|(one, other)| one == other)
}

/// Makes objects of JSON text.
struct Builder<'py> {
    py: Python<'py>,
    class: Bound<'py, PyType>,
    none: Bound<'py, PyTuple>,
    new: ffi::newfunc,
    keys: Vec<Key<'py>>,
    places: HashMap<Box<[u8]>, usize>,
    /// The key that came last.
    last: usize,
    _pause: Pause,
}

/// Keeps Python 3.11 from looking for garbage among objects that are just being made. Later ones only look between two
/// of their own instructions (<https://docs.python.org/3.12/whatsnew/3.12.html#garbage-collection>).
struct Pause(bool);

impl Pause {
    fn new(py: Python<'_>) -> Pause {
        static OLD: OnceLock<bool> = OnceLock::new();
        let old = *OLD.get_or_init(|| py.version_info() < (3, 12));
        // SAFETY: the interpreter is ours (`py`), and on a Python so old no other thread runs before it is given back.
        Pause(old && unsafe { ffi::PyGC_Disable() } == 1)
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        if self.0 {
            // SAFETY: as above; a `Builder` does not outlive its `py`.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}

/// A key that has come.
struct Key<'py> {
    /// As it stands in the text, with its quotes.
    json: Box<[u8]>,
    object: Bound<'py, PyString>,
    /// The key that followed it.
    next: usize,
    /// The text that stood under it, with its quotes.
    value: Option<(Vec<u8>, Bound<'py, PyString>)>,
}

/// Longer texts are seldom the same twice.
const SHORT: usize = 40;

impl<'py> Builder<'py> {
    fn new(py: Python<'py>) -> Result<Builder<'py>, Fault> {
        static RECORD: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let class = RECORD.import(py, "jumpcloud_client.record", "Record")?.clone();
        // SAFETY: the slot of a type that has no `__new__` of its own is dict's, which has this signature; calling the
        // class by its name instead costs four times as much for every object.
        let new = unsafe {
            let slot = ffi::PyType_GetSlot(class.as_type_ptr(), ffi::Py_tp_new);
            std::mem::transmute::<*mut std::ffi::c_void, Option<ffi::newfunc>>(slot)
        };
        let new = new.ok_or_else(|| PyValueError::new_err("Record has no constructor"))?;
        let none = PyTuple::empty(py);
        Ok(Builder {
            py,
            class,
            none,
            new,
            keys: Vec::new(),
            places: HashMap::new(),
            last: 0,
            _pause: Pause::new(py),
        })
    }

    fn whole(&mut self, json: &[u8]) -> Result<Bound<'py, PyAny>, Fault> {
        let mut text = Text { json, at: 0 };
        let value = self.value(&mut text, DEEPEST)?;
        match text.peek() {
            None => Ok(value),
            Some(_) => text.expected("the end"),
        }
    }

    fn value(&mut self, text: &mut Text<'_>, depth: usize) -> Result<Bound<'py, PyAny>, Fault> {
        let py = self.py;
        Ok(match text.peek() {
            Some(b'"') => self.string(text)?.into_any(),
            Some(b'{') => self.record(text, depth)?,
            Some(b'[') => self.list(text, depth)?,
            Some(b't') if text.take(b"true") => PyBool::new(py, true).to_owned().into_any(),
            Some(b'f') if text.take(b"false") => PyBool::new(py, false).to_owned().into_any(),
            Some(b'n') if text.take(b"null") => py.None().into_bound(py),
            Some(b'-' | b'0'..=b'9') => match text.read(Jiter::next_number)?.1 {
                NumberAny::Int(NumberInt::Int(number)) => PyInt::new(py, number).into_any(),
                NumberAny::Int(big) => big.into_pyobject(py)?.into_any(),
                NumberAny::Float(number) => PyFloat::new(py, number).into_any(),
            },
            _ => return text.expected("a value"),
        })
    }

    fn list(&mut self, text: &mut Text<'_>, depth: usize) -> Result<Bound<'py, PyAny>, Fault> {
        let depth = depth.checked_sub(1).ok_or_else(|| Fault(Box::new(Why::Deep)))?;
        let mut items = Vec::new();
        text.at += 1;
        if text.peek() == Some(b']') {
            text.at += 1;
            return Ok(PyList::empty(self.py).into_any());
        }
        loop {
            items.push(self.value(text, depth)?);
            match text.peek() {
                Some(b',') => text.at += 1,
                Some(b']') => break text.at += 1,
                _ => return text.expected("a comma or the end of an array"),
            }
        }
        Ok(PyList::new(self.py, items)?.into_any())
    }

    fn record(&mut self, text: &mut Text<'_>, depth: usize) -> Result<Bound<'py, PyAny>, Fault> {
        let depth = depth.checked_sub(1).ok_or_else(|| Fault(Box::new(Why::Deep)))?;
        let py = self.py;
        // SAFETY: `new` is the slot of `class`, called with an empty tuple and no keywords as Python itself would; it
        // returns a new reference or null with an exception set.
        let record = unsafe {
            let record = (self.new)(self.class.as_type_ptr(), self.none.as_ptr(), std::ptr::null_mut());
            Bound::from_owned_ptr_or_err(py, record)?
        };
        text.at += 1;
        if text.peek() == Some(b'}') {
            text.at += 1;
            return Ok(record);
        }
        loop {
            let key = self.key(text)?;
            if text.peek() != Some(b':') {
                return text.expected("a colon");
            }
            text.at += 1;
            let value = self.value(text, depth)?;
            // SAFETY: all three are alive and the first is a dict; no reference is stolen.
            let set = unsafe { ffi::PyDict_SetItem(record.as_ptr(), key.as_ptr(), value.as_ptr()) };
            if set != 0 {
                return Err(PyErr::fetch(py).into());
            }
            match text.peek() {
                Some(b',') => text.at += 1,
                Some(b'}') => break text.at += 1,
                _ => return text.expected("a comma or the end of an object"),
            }
        }
        Ok(record)
    }

    fn key(&mut self, text: &mut Text<'_>) -> Result<Bound<'py, PyString>, Fault> {
        if text.peek() != Some(b'"') {
            return text.expected("a key");
        }
        let likely = self.keys.get(self.last).map_or(0, |last| last.next);
        if let Some(key) = self.keys.get(likely)
            && text.take(&key.json)
        {
            self.last = likely;
            return Ok(key.object.clone());
        }
        let py = self.py;
        let (json, object) = text.read(|reader| Ok(PyString::new(py, reader.next_str()?)))?;
        let place = match self.places.get(json) {
            Some(place) => *place,
            None => {
                self.places.insert(json.into(), self.keys.len());
                self.keys.push(Key { json: json.into(), object, next: 0, value: None });
                self.keys.len() - 1
            }
        };
        if let Some(last) = self.keys.get_mut(self.last) {
            last.next = place;
        }
        self.last = place;
        Ok(self.keys[place].object.clone())
    }

    /// A text that is a value.
    fn string(&mut self, text: &mut Text<'_>) -> Result<Bound<'py, PyString>, Fault> {
        let py = self.py;
        let known = self.keys.get_mut(self.last).map(|key| &mut key.value);
        if let Some(Some((json, object))) = &known
            && text.take(json)
        {
            return Ok(object.clone());
        }
        let (json, object) = text.read(|reader| Ok(PyString::new(py, reader.next_str()?)))?;
        if let Some(known) = known.filter(|_| json.len() <= SHORT) {
            match known {
                Some((bytes, known)) => {
                    bytes.clear();
                    bytes.extend_from_slice(json);
                    known.clone_from(&object);
                }
                none => *none = Some((json.to_vec(), object.clone())),
            }
        }
        Ok(object)
    }
}
