//! A client's stream of bytes that can break in the ways in which networks break.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Breaks a [`Wire`] from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Breaker(Arc<State>);

#[derive(Debug, Default)]
struct State {
    mute: AtomicBool,
    reset: AtomicBool,
}

impl Breaker {
    /// From here on nothing that is written leaves. What comes in is still read, so that the other end can go.
    pub(crate) fn mute(&self) {
        self.0.mute.store(true, Ordering::Relaxed);
    }

    /// When the stream is dropped, its connection is reset.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::Relaxed);
    }
}

/// A stream with a [`Breaker`].
pub(crate) struct Wire<S> {
    stream: S,
    breaker: Breaker,
    /// Makes the stream's end a reset, where it knows such a thing.
    cut: fn(&S),
}

impl<S> Wire<S> {
    /// Over a stream that can only end.
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, breaker: Breaker::default(), cut: |_| {} }
    }

    pub(crate) fn breaker(&self) -> Breaker {
        self.breaker.clone()
    }
}

impl Wire<TcpStream> {
    /// Over a connection that can be reset.
    pub(crate) fn over_tcp(stream: TcpStream) -> Self {
        let cut = |stream: &TcpStream| {
            if let Err(error) = stream.set_zero_linger() {
                tracing::debug!(%error, "the connection is closed, and not reset");
            }
        };
        Self { stream, breaker: Breaker::default(), cut }
    }
}

impl<S> Drop for Wire<S> {
    fn drop(&mut self) {
        if self.breaker.0.reset.load(Ordering::Relaxed) {
            (self.cut)(&self.stream);
        }
    }
}

impl<S> fmt::Debug for Wire<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("breaker", &self.breaker).finish_non_exhaustive()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_mute() {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_mute() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> Wire<S> {
    fn is_mute(&self) -> bool {
        self.breaker.0.mute.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_mute_wire_listens_and_says_nothing() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut wire = Wire::new(near);
        wire.write_all(b"before").await.unwrap();
        wire.breaker().mute();
        wire.write_all(b"after").await.unwrap();
        far.write_all(b"hello").await.unwrap();
        let mut heard = [0; 5];
        wire.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"hello");

        drop(wire);
        let mut said = String::new();
        far.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "before");
    }

    #[tokio::test]
    async fn a_wire_over_tcp_is_reset() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut far = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let wire = Wire::over_tcp(listener.accept().await.unwrap().0);
        wire.breaker().reset();
        drop(wire);
        let error = far.read(&mut [0; 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}
