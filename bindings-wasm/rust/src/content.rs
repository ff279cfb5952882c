//! Bytes to upload: they stay here, and only their length, name and media type go through the core.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use jumpcloud_core::request::Body;
use jumpcloud_core::{Attachment, Failure};
use wasm_bindgen::JsValue;
use web_sys::{Blob, File};

/// What goes where a request has an [`Attachment`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Content {
    /// Bytes of this program.
    Bytes(Rc<[u8]>),
    /// What JavaScript has, such as the file that a user chose.
    Blob(Blob),
}

impl Content {
    /// What the parameters say of it.
    ///
    /// ```
    /// use jumpcloud_web::Content;
    ///
    /// let logo = Content::from(vec![1, 2, 3]).attachment("logo.png", "image/png");
    /// assert_eq!(logo.length, 3);
    /// ```
    pub fn attachment(&self, file_name: &str, media_type: &str) -> Attachment {
        Attachment { length: self.length(), file_name: file_name.into(), media_type: media_type.into() }
    }

    fn length(&self) -> u64 {
        match self {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Blob(blob) => blob.size() as u64,
        }
    }

    fn value(&self) -> JsValue {
        match self {
            Content::Bytes(bytes) => Uint8Array::from(&**bytes).into(),
            Content::Blob(blob) => blob.into(),
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Content {
        Content::Bytes(bytes.into())
    }
}

impl From<Blob> for Content {
    fn from(blob: Blob) -> Content {
        Content::Blob(blob)
    }
}

impl From<File> for Content {
    fn from(file: File) -> Content {
        Content::Blob(file.into())
    }
}

/// A request's body as `fetch` takes it, with the content in its place.
pub(crate) fn body(body: &Body, content: Option<&Content>) -> Result<Option<JsValue>, Failure> {
    let refused = |why: String| Err(Failure::Refused(why));
    match (body, content) {
        (Body::Bytes(bytes), _) => Ok(Some(Uint8Array::from(&**bytes).into())),
        (Body::Attachment { .. }, None) => refused("no content was given for the attachment".into()),
        (Body::Attachment { length, .. }, Some(content)) if *length != content.length() => {
            refused(format!("{length} bytes were announced, {} given", content.length()))
        }
        (Body::Attachment { before, after, .. }, Some(content)) => {
            let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
            let parts = Array::of3(&bytes(before), &content.value(), &bytes(after));
            // The constructor takes parts of any kind.
            let blob = Blob::new_with_blob_sequence(&parts);
            blob.map(|blob| Some(blob.into())).or_else(|_| refused("the content cannot be read".into()))
        }
        _ => Ok(None),
    }
}
