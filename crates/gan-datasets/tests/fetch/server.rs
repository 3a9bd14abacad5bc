//! A server on loopback that misbehaves as told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path of the address.
    pub path: String,
    /// `Range: bytes=N-`.
    pub from: Option<usize>,
    /// The number of requests before this one.
    pub earlier: usize,
}

/// A server that runs until the test's process ends.
pub struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers every request with `answer`; the connection is closed after it.
    pub fn new(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (requests.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (log.clone(), answer.clone());
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { address, requests }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Where each request began.
    pub fn ranges(&self) -> Vec<Option<usize>> {
        self.requests.lock().unwrap().iter().map(|request| request.from).collect()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, answer: &(dyn Fn(&Request, &mut TcpStream) + Send + Sync)) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let range = headers.iter().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let from = range.map(|range| range.trim_end_matches('-').parse().unwrap());
    let path = first.split(' ').nth(1).unwrap().to_owned();
    let request = {
        let mut log = log.lock().unwrap();
        let request = Request { path, from, earlier: log.len() };
        log.push(request.clone());
        request
    };
    answer(&request, &mut stream);
}

/// A status line and headers. A client that has gone away is no fault.
pub fn head(stream: &mut TcpStream, status: &str, headers: &[String]) {
    let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let _ = write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{lines}\r\n");
}

/// Announces `body` from where the client wants it.
pub fn announce(request: &Request, stream: &mut TcpStream, body: &[u8]) {
    let len = body.len();
    match request.from {
        None => head(stream, "200 OK", &[format!("Content-Length: {len}")]),
        Some(from) if from >= len => head(stream, "416 Range Not Satisfiable", &["Content-Length: 0".to_owned()]),
        Some(from) => {
            let headers = [format!("Content-Length: {}", len - from), format!("Content-Range: bytes {from}-{}/{len}", len - 1)];
            head(stream, "206 Partial Content", &headers);
        }
    }
}

/// Answers with `body`, as a good server does.
pub fn send(request: &Request, stream: &mut TcpStream, body: &[u8]) {
    announce(request, stream, body);
    let _ = stream.write_all(&body[request.from.unwrap_or(0).min(body.len())..]);
}

/// Answers with `body`, but closes the connection after `bytes` bytes.
pub fn send_some(request: &Request, stream: &mut TcpStream, body: &[u8], bytes: usize) {
    announce(request, stream, body);
    let rest = &body[request.from.unwrap_or(0).min(body.len())..];
    let _ = stream.write_all(&rest[..bytes.min(rest.len())]);
}
