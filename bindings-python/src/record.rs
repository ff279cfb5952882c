//! JSON bytes as Python objects, every JSON object as a `Record` (`python/jumpcloud_client/record.py`).
//!
//! jiter reads; what it makes of objects by itself are plain dicts, so its events are turned into objects here. Keys
//! repeat from item to item, and so do most short texts: jiter keeps one Python string of each.

use jiter::{Jiter, JiterError, NumberAny, NumberInt, Peek, cached_py_string};
use jumpcloud_core::Reply;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};

use crate::error::undecodable;

/// Deeper than this nothing is read: Python's own objects could not be printed or copied.
const DEEPEST: usize = 200;

/// JSON text that is known to be right, or not JumpCloud's.
#[pyfunction]
pub(crate) fn decode<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    parse(py, json).map_err(PyValueError::new_err)
}

/// JSON text as Python objects; an error is in words.
pub(crate) fn parse<'py>(py: Python<'py>, json: &[u8]) -> Result<Bound<'py, PyAny>, String> {
    Builder::new(py).and_then(|builder| builder.whole(json)).map_err(|fault| fault.words(json))
}

/// The items of a page, as the Python class of that name.
pub(crate) struct Records;

impl Records {
    pub(crate) fn of<'py>(py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
        let read = |builder: Builder<'py>| {
            let mut objects = Vec::with_capacity(reply.items().len());
            for item in reply.items() {
                objects.push(builder.whole(item).map_err(|fault| fault.words(item))?);
            }
            Ok(objects)
        };
        let objects = Builder::new(py).map_err(|fault| fault.words(b"")).and_then(read);
        static RECORDS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let class = RECORDS.import(py, "jumpcloud_client.record", "Records")?;
        class.call1((objects.map_err(|why: String| undecodable(py, reply, &why))?,))
    }
}

/// Bytes with their media type.
pub(crate) fn content<'py>(py: Python<'py>, bytes: &[u8], media_type: &str) -> PyResult<Bound<'py, PyAny>> {
    static CONTENT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CONTENT.import(py, "jumpcloud_client.record", "Content")?.call1((PyBytes::new(py, bytes), media_type))
}

enum Fault {
    Json(JiterError),
    Python(PyErr),
    Deep,
}

impl From<JiterError> for Fault {
    fn from(error: JiterError) -> Fault {
        Fault::Json(error)
    }
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Fault {
        Fault::Python(error)
    }
}

impl Fault {
    fn words(self, json: &[u8]) -> String {
        match self {
            // The place only: what stands there may be a secret.
            Fault::Json(error) => {
                let place = Jiter::new(json).error_position(error.index);
                format!("{} at {place}", error.error_type)
            }
            Fault::Python(error) => error.to_string(),
            Fault::Deep => format!("it is nested deeper than {DEEPEST}"),
        }
    }
}

/// Makes objects of what jiter reads.
struct Builder<'py> {
    py: Python<'py>,
    class: Bound<'py, PyType>,
    none: Bound<'py, PyTuple>,
    new: ffi::newfunc,
}

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
        Ok(Builder { py, class, none: PyTuple::empty(py), new })
    }

    fn whole(&self, json: &[u8]) -> Result<Bound<'py, PyAny>, Fault> {
        let mut reader = Jiter::new(json);
        let peek = reader.peek()?;
        let value = self.value(&mut reader, peek, DEEPEST)?;
        reader.finish()?;
        Ok(value)
    }

    fn value(&self, reader: &mut Jiter<'_>, peek: Peek, depth: usize) -> Result<Bound<'py, PyAny>, Fault> {
        let py = self.py;
        Ok(match peek {
            Peek::String => string(py, reader.known_str()?).into_any(),
            Peek::Null => {
                reader.known_null()?;
                py.None().into_bound(py)
            }
            Peek::True | Peek::False => PyBool::new(py, reader.known_bool(peek)?).to_owned().into_any(),
            Peek::Array => {
                let depth = depth.checked_sub(1).ok_or(Fault::Deep)?;
                let mut items = Vec::new();
                let mut next = reader.known_array()?;
                while let Some(peek) = next {
                    items.push(self.value(reader, peek, depth)?);
                    next = reader.array_step()?;
                }
                PyList::new(py, items)?.into_any()
            }
            Peek::Object => self.record(reader, depth.checked_sub(1).ok_or(Fault::Deep)?)?,
            _ => match reader.known_number(peek)? {
                NumberAny::Int(NumberInt::Int(number)) => PyInt::new(py, number).into_any(),
                NumberAny::Int(big) => big.into_pyobject(py)?.into_any(),
                NumberAny::Float(number) => PyFloat::new(py, number).into_any(),
            },
        })
    }

    fn record(&self, reader: &mut Jiter<'_>, depth: usize) -> Result<Bound<'py, PyAny>, Fault> {
        let py = self.py;
        // SAFETY: `new` is the slot of `class`, called with an empty tuple and no keywords as Python itself would; it
        // returns a new reference or null with an exception set.
        let record = unsafe {
            let record = (self.new)(self.class.as_type_ptr(), self.none.as_ptr(), std::ptr::null_mut());
            Bound::from_owned_ptr_or_err(py, record)?
        };
        let mut key = reader.known_object()?.map(|key| cached_py_string(py, key));
        while let Some(name) = key {
            let peek = reader.peek()?;
            let value = self.value(reader, peek, depth)?;
            // SAFETY: all three are alive and the first is a dict; no reference is stolen.
            let set = unsafe { ffi::PyDict_SetItem(record.as_ptr(), name.as_ptr(), value.as_ptr()) };
            if set != 0 {
                return Err(PyErr::fetch(py).into());
            }
            key = reader.next_key()?.map(|key| cached_py_string(py, key));
        }
        Ok(record)
    }
}

/// Short texts repeat: states, types, ids of organizations. Long ones seldom do.
fn string<'py>(py: Python<'py>, text: &str) -> Bound<'py, PyString> {
    match text.len() {
        2..32 => cached_py_string(py, text),
        _ => PyString::new(py, text),
    }
}
