//! Connections that can be reset, and flooded.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// What handlers can do to their connection.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<AtomicU8>);

const RESET: u8 = 1;
const FLOOD: u8 = 2;

/// What a server may send any number of before its answer (RFC 9110, 15.2).
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl Line {
    /// Ends it with a TCP reset instead of an answer.
    pub(crate) fn reset(&self) {
        self.0.store(RESET, Ordering::Relaxed);
    }

    /// Sends `100 Continue` instead of an answer, until the client leaves.
    pub(crate) fn flood(&self) {
        self.0.store(FLOOD, Ordering::Relaxed);
    }
}

/// A connection.
pub(crate) struct Wire {
    stream: TcpStream,
    line: Line,
    /// How much of a [`CONTINUE`] was sent.
    flooded: usize,
}

impl Wire {
    fn check(&self) -> io::Result<()> {
        if self.line.0.load(Ordering::Relaxed) != RESET {
            return Ok(());
        }
        // Without a wait for what is not sent yet, closing it resets it.
        _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Comes to no end while it floods, but for the client's.
    fn poll_flood(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flood = CONTINUE.repeat(100);
        while self.line.0.load(Ordering::Relaxed) == FLOOD {
            let left = flood.get(self.flooded..).unwrap_or_default();
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, left))?;
            // What is left of a line comes first the next time.
            self.flooded = (self.flooded + sent) % CONTINUE.len();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        ready!(self.poll_flood(context))?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        ready!(self.poll_flood(context))?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Takes connections in.
pub(crate) struct Listener(pub(crate) TcpListener);

impl axum::serve::Listener for Listener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            if let Ok((stream, address)) = self.0.accept().await {
                // Answers go out at once, also those that wait for no further packet to fill up.
                _ = stream.set_nodelay(true);
                return (Wire { stream, line: Line::default(), flooded: 0 }, address);
            }
            // As when there are no more file descriptors: some may be free in a moment.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Line {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Line {
        stream.io().line.clone()
    }
}
