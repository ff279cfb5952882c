//! The smallest useful export of the core: build a request and parse a reply, strings in and out.
//! `cargo xtask bench` compiles it to wasm and prints its size.

use std::fmt::Write;

use jumpcloud_core::reply::{Response, parse};
use jumpcloud_core::request::{Body, Settings, build};
use jumpcloud_core::{Operation, Parameters, Result};

#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Memory for the caller's text.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::leak(vec![0; length].into_boxed_slice()).as_mut_ptr()
}

fn take(start: *mut u8, length: usize) -> Vec<u8> {
    // SAFETY: the caller got `start` from `allocate(length)` and gives it back with this call.
    unsafe { Vec::from_raw_parts(start, length, length) }
}

fn give(text: Vec<u8>) -> u64 {
    let text = text.leak();
    (text.as_ptr() as u64) << 32 | text.len() as u64
}

/// `operation LF origin LF parameters` in; the request as lines out.
#[unsafe(no_mangle)]
pub extern "C" fn request(start: *mut u8, length: usize) -> u64 {
    let input = String::from_utf8(take(start, length)).unwrap_or_default();
    let mut lines = input.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let mut made = || -> Result<Vec<u8>> {
        let operation = Operation::find(next())?;
        let settings = Settings { origin: next().to_owned(), ..Settings::default() };
        let request = build(operation, &Parameters::from_json(next())?, &settings)?;
        let mut text = format!("{} {}", request.method, request.url);
        for (name, value) in &request.headers {
            let _ = write!(text, "\n{name}: {value}");
        }
        let mut bytes = text.into_bytes();
        if let Body::Bytes(body) = request.body {
            bytes.extend(b"\n\n");
            bytes.extend(body);
        }
        Ok(bytes)
    };
    give(made().unwrap_or_else(|error| error.to_string().into_bytes()))
}

/// `operation LF body` and a status in; the spans of the items, the total and the cursor out.
#[unsafe(no_mangle)]
pub extern "C" fn reply(status: u16, start: *mut u8, length: usize) -> u64 {
    let input = take(start, length);
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let name = std::str::from_utf8(&input[..end]).unwrap_or_default();
    let body = input.get(end + 1..).unwrap_or_default().to_vec();
    let read = Operation::find(name)
        .and_then(|operation| parse(operation, Response { status, headers: Vec::new(), body }));
    let text = match read {
        Ok(reply) => {
            let list = reply.list.unwrap_or_default();
            let mut text = format!("{} {}", list.total.unwrap_or_default(), list.cursor.unwrap_or_default());
            for span in list.items {
                let _ = write!(text, " {}-{}", span.start, span.end);
            }
            text
        }
        Err(error) => error.to_string(),
    };
    give(text.into_bytes())
}
