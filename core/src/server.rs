//! What every server of the house has in common: how long it waits for a slow client, and how many connections
//! it holds. Behind the feature `server`, for programs that listen.

use axum_server::{Address, Server, accept::Accept};
use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::TcpStream;
use tower::Service;

/// How long a client may take to send the head of a request, and how long a connection may stay idle before
/// the next one.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(20);

/// Connections that a server for the public holds at once: half of the files that a process may commonly have
/// open. The other half is for its database and its peers; a node that cannot open its journal ends.
pub const FOR_THE_PUBLIC: usize = 512;

/// Connections that a server for a few people or programs holds at once.
pub const FOR_A_FEW: usize = 64;

/// A server that at most `connections` can be open to, none of which is held by sending nothing, or a byte now
/// and then. Further ones are closed at once, and so are those of one address beyond a quarter of all.
///
/// It speaks HTTP/1.1 alone, so that a connection cannot linger before its version is known. How long a whole
/// request may take, its body with it, is for the routes to say.
#[must_use]
pub fn guarded<A: Address, C>(server: Server<A, C>, connections: usize) -> Server<A, Limited<C>> {
    within(HEAD_TIMEOUT, connections, server)
}

fn within<A: Address, C>(head: Duration, connections: usize, server: Server<A, C>) -> Server<A, Limited<C>> {
    let mut server = server.http1_only().first_request_timeout(head);
    server.http_builder().http1().header_read_timeout(head);
    server.map(|inner| Limited { inner, open: Arc::default(), most: connections })
}

/// Accepts no more connections than there are places, and from one address no more than a quarter of them.
#[derive(Clone, Debug)]
pub struct Limited<C> {
    inner: C,
    open: Arc<Mutex<Open>>,
    most: usize,
}

/// Connections that are open.
#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl<C> Limited<C> {
    fn place(&self, address: IpAddr) -> io::Result<Place> {
        let address = household(address);
        // Behind a reverse proxy on this machine everybody has its address.
        let share = if address.is_loopback() { self.most } else { self.most / 4 };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.by_address.get(&address).copied().unwrap_or(0);
        if open.all >= self.most || own >= share {
            return Err(io::Error::other("as many connections are open as may be"));
        }
        open.all += 1;
        open.by_address.insert(address, own + 1);
        drop(open);
        Ok(Place { open: Arc::clone(&self.open), address })
    }
}

impl<C, S> Accept<TcpStream, S> for Limited<C>
where
    C: Accept<TcpStream, Placed<S>>,
    C::Future: Send + 'static,
    C::Stream: Send + 'static,
    C::Service: Send + 'static,
{
    type Stream = C::Stream;
    type Service = C::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(C::Stream, C::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        // The place is taken before a handshake of TLS begins.
        match stream.peer_addr().and_then(|peer| self.place(peer.ip())) {
            Ok(place) => Box::pin(self.inner.accept(stream, Placed { service, _place: Arc::new(place) })),
            Err(none) => Box::pin(std::future::ready(Err(none))),
        }
    }
}

/// The address by which one client is told from another: one subscriber commonly has all of an IPv6 /64.
#[must_use]
pub fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None if v6.is_loopback() => address,
            None => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
struct Place {
    open: Arc<Mutex<Open>>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(own) = open.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

/// The service of one connection, which holds its place.
#[derive(Clone, Debug)]
pub struct Placed<S> {
    service: S,
    _place: Arc<Place>,
}

impl<S: Service<R>, R> Service<R> for Placed<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.service.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::{Limited, household, within};
    use axum::{Router, routing::get};
    use std::{
        io::{Read as _, Write as _},
        net::{IpAddr, SocketAddr, TcpListener, TcpStream},
        sync::Arc,
        time::{Duration, Instant},
    };

    const HEAD: Duration = Duration::from_millis(300);
    const PLACES: usize = 4;

    /// Serves until the test's process ends.
    fn served() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let routes = Router::new().route("/", get(|| async { "here" })).into_make_service();
            runtime.block_on(async {
                within(HEAD, PLACES, axum_server::from_tcp(listener).unwrap()).serve(routes).await.unwrap();
            });
        });
        address
    }

    /// What comes before the server closes the connection, and after how long that is.
    fn until_closed(connection: &mut TcpStream) -> (String, Duration) {
        let began = Instant::now();
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut answer = Vec::new();
        // A reset is an end too.
        if let Err(error) = connection.read_to_end(&mut answer) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        }
        (String::from_utf8(answer).unwrap(), began.elapsed())
    }

    #[test]
    fn closes_a_connection_that_sends_nothing_or_half_a_head() {
        let address = served();
        for sent in ["", "GET /hea", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nhost: localhost\r\nx-a: b\r\n"]
        {
            let mut connection = TcpStream::connect(address).unwrap();
            connection.write_all(sent.as_bytes()).unwrap();
            let (answer, after) = until_closed(&mut connection);
            assert!(!answer.contains("200 OK"), "{sent:?}: {answer}");
            assert!(after < 20 * HEAD, "{sent:?} {after:?}");
        }
    }

    #[test]
    fn closes_a_connection_whose_head_comes_by_a_byte_now_and_then() {
        let mut connection = TcpStream::connect(served()).unwrap();
        let mut writer = connection.try_clone().unwrap();
        std::thread::spawn(move || {
            writer.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n")?;
            for _ in 0..200 {
                writer.write_all(b"x-a: b\r\n")?;
                std::thread::sleep(HEAD / 6);
            }
            std::io::Result::Ok(())
        });
        let (answer, after) = until_closed(&mut connection);
        assert!(!answer.contains("200 OK") && after < 20 * HEAD, "{after:?}: {answer}");
    }

    #[test]
    fn answers_one_request_after_the_other_and_closes_the_connection_that_then_stays_idle() {
        let mut connection = TcpStream::connect(served()).unwrap();
        for _ in 0..3 {
            connection.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
            std::thread::sleep(HEAD / 3);
        }
        let (answers, after) = until_closed(&mut connection);
        assert_eq!(answers.matches("200 OK").count(), 3, "{answers}");
        assert!(after < 20 * HEAD, "{after:?}");
    }

    #[test]
    fn closes_at_once_what_comes_when_all_places_are_taken_and_answers_again_when_one_is_free() {
        const ASKED: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let address = served();
        let asked = || {
            let mut connection = TcpStream::connect(address).unwrap();
            // Where the server has closed already, this fails or what follows does.
            let _ = connection.write_all(ASKED);
            until_closed(&mut connection)
        };
        let held: Vec<_> = (0..PLACES).map(|_| TcpStream::connect(address).unwrap()).collect();
        let (answer, after) = asked();
        assert!(answer.is_empty() && after < HEAD, "{after:?}: {answer}");
        drop(held);
        std::thread::sleep(HEAD / 3);
        assert!(asked().0.contains("200 OK"));
    }

    #[test]
    fn one_address_takes_a_quarter_of_the_places_and_this_machine_all_that_are_left() {
        let limited = Limited { inner: (), open: Arc::default(), most: 16 };
        let take = |address: &str| limited.place(address.parse().unwrap()).ok();
        let first: Vec<_> = (0..16).map_while(|_| take("203.0.113.7")).collect();
        assert_eq!(first.len(), 4);
        // One subscriber's addresses are one.
        let second: Vec<_> = (0u16..16).map_while(|n| take(&format!("2001:db8:1:2::{n:x}"))).collect();
        assert_eq!((second.len(), take("2001:db8:1:3::1").is_some()), (4, true));
        let rest: Vec<_> = (0..16).map_while(|_| take("127.0.0.1")).collect();
        assert_eq!((rest.len(), take("198.51.100.1").is_none()), (8, true));
        drop(first);
        assert!(take("203.0.113.7").is_some() && take("::1").is_some());
        drop((second, rest));
        assert_eq!(limited.open.lock().unwrap().all, 0);
        assert!(limited.open.lock().unwrap().by_address.is_empty());
    }

    #[test]
    fn a_mapped_address_is_the_one_that_it_maps() {
        let mapped: IpAddr = "::ffff:203.0.113.7".parse().unwrap();
        assert_eq!(household(mapped), IpAddr::from([203, 0, 113, 7]));
    }
}
