//! Conversions with the types of the crate `http`, which most of Rust's HTTP libraries share.

use crate::Failure;
use crate::reply::Response;
use crate::request::{Body, Request};

/// Fails with [`Failure::Refused`] for a request with an attachment, whose content is the caller's to put in.
///
/// ```
/// use jumpcloud_core::{Client, Credentials, Options, Parameters, Response};
///
/// let client = Client::new(Credentials::api_key("your-key"));
/// let request = client.prepare("v1.systemUsers.list", &Parameters::new(), &Options::default())?;
/// let request: http::Request<Vec<u8>> = request.try_into().unwrap();
/// assert_eq!((request.method(), &request.headers()["x-api-key"]), (&http::Method::GET, &"your-key".parse().unwrap()));
/// assert_eq!(request.uri(), "https://console.jumpcloud.com/api/systemusers");
///
/// let answer = http::Response::builder().status(429).header("retry-after", "5").body(Vec::new()).unwrap();
/// let response = Response::from(answer);
/// assert_eq!((response.status, response.header("retry-after")), (429, Some("5")));
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
impl TryFrom<Request> for http::Request<Vec<u8>> {
    type Error = Failure;

    fn try_from(request: Request) -> Result<http::Request<Vec<u8>>, Failure> {
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(&**name, value);
        }
        let body = match request.body {
            Body::Empty => Vec::new(),
            Body::Bytes(bytes) => bytes,
            Body::Attachment { .. } => {
                return Err(Failure::Refused("no content was given for the attachment".into()));
            }
        };
        builder.body(body).map_err(|error| Failure::NotSent(error.to_string()))
    }
}

impl<B: Into<Vec<u8>>> From<http::Response<B>> for Response {
    fn from(response: http::Response<B>) -> Response {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Response { status: response.status().as_u16(), headers, body: response.into_body().into() }
    }
}
