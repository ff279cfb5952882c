//! Signs for System Context with WebCrypto.

use js_sys::{Array, Object, Reflect, Uint8Array};
use jumpcloud_core::system_context::PrivateKey;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, Headers, Request, RequestInit, SubtleCrypto};

/// Whether a program may set the header `date`, which System Context signs. Browsers take it out of every request (the Fetch
/// standard calls it forbidden); other runtimes leave it in.
pub(crate) fn sets_date() -> bool {
    let made = || -> Result<bool, JsValue> {
        let (headers, init) = (Headers::new()?, RequestInit::new());
        headers.append("date", "now")?;
        init.set_headers(&headers);
        Request::new_with_str_and_init("http://localhost/", &init)?.headers().has("date")
    };
    made().unwrap_or_default()
}

/// RSASSA-PKCS1-v1_5 with SHA-256.
pub(crate) async fn sign(key: &PrivateKey, bytes: &[u8]) -> Result<Vec<u8>, String> {
    if !sets_date() {
        return Err("System Context signs the header date, which a browser lets no program set: in a browser use a proxy \
                    of yours that has a credential, or run this in Node or on an edge runtime"
            .into());
    }
    signature(key, bytes).await.map_err(|error| {
        let message = Reflect::get(&error, &JsValue::from_str("message"));
        let message = message.ok().and_then(|message| message.as_string());
        format!("WebCrypto does not sign: {}", message.unwrap_or_default())
    })
}

async fn signature(key: &PrivateKey, bytes: &[u8]) -> Result<Vec<u8>, JsValue> {
    let subtle = subtle()?;
    let algorithm = Object::new();
    for (name, value) in [("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")] {
        Reflect::set(&algorithm, &name.into(), &value.into())?;
    }
    let pkcs8 = Uint8Array::from(&*key.to_pkcs8());
    let usages = Array::of1(&"sign".into());
    let import = subtle.import_key_with_object("pkcs8", pkcs8.unchecked_ref(), &algorithm, false, &usages)?;
    let key: CryptoKey = JsFuture::from(import).await?.unchecked_into();
    let signed = subtle.sign_with_object_and_u8_array(&algorithm, &key, bytes)?;
    Ok(Uint8Array::new(&JsFuture::from(signed).await?).to_vec())
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
    let none = || js_sys::Error::new("this runtime has none");
    Ok(crypto.dyn_into::<Crypto>().map_err(|_| none())?.subtle())
}
