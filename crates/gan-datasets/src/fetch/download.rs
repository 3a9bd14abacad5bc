//! Transfers over HTTP.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ureq::http::{Response, header};
use ureq::{Agent, Body};

use super::part::Part;
use super::{Event, Fault, FetchError, Options, RemoteFile, contents};

/// The most redirects from an address.
const REDIRECTS: u32 = 5;
/// The most transfers from one address, the first one and those that go on with it.
const ATTEMPTS: usize = 8;

/// Why a transfer ended: the address is to blame, or the disk, which no other address would help.
enum End {
    Address(Fault),
    Disk(FetchError),
}

impl From<FetchError> for End {
    fn from(error: FetchError) -> Self {
        Self::Disk(error)
    }
}

/// Brings `file` into `folder` from the first of `urls` that has it.
pub(super) fn file(
    file: &RemoteFile,
    urls: &[String],
    folder: &Path,
    options: &Options,
    notify: &mut dyn FnMut(Event<'_>),
) -> Result<PathBuf, FetchError> {
    let agent = agent(options.timeout);
    let mut part = Part::open(&folder.join(file.name))?;
    let mut tried = Vec::new();
    for url in urls {
        let mut transfer = Transfer { agent: &agent, url, file, options, part: &mut part, notify: &mut *notify };
        match transfer.run() {
            Ok(()) => return part.finish(),
            Err(End::Disk(error)) => return Err(error),
            Err(End::Address(fault)) => {
                notify(Event::Failed { url, fault: &fault });
                tried.push((url.clone(), fault));
            }
        }
    }
    part.keep_for_later();
    Err(FetchError::Exhausted { file: file.name.to_owned(), tried })
}

/// Proxies are those of the environment.
fn agent(timeout: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(REDIRECTS)
        .max_redirects_will_error(true)
        .timeout_resolve(Some(timeout))
        .timeout_connect(Some(timeout))
        .timeout_recv_response(Some(timeout))
        .timeout_per_read(Some(timeout))
        .user_agent(concat!("gan-datasets/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}

/// A file from one address.
struct Transfer<'a> {
    agent: &'a Agent,
    url: &'a str,
    file: &'a RemoteFile,
    options: &'a Options,
    part: &'a mut Part,
    notify: &'a mut dyn FnMut(Event<'_>),
}

impl Transfer<'_> {
    /// Transfers and checks; goes on where a transfer broke off, and begins anew if what was put together is wrong.
    fn run(&mut self) -> Result<(), End> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let before = self.part.len_from(self.url);
            match self.transfer(before) {
                Ok(()) => match contents::check(self.part.path(), self.file) {
                    Ok(()) => return Ok(()),
                    Err(wrong) => {
                        self.part.clear()?;
                        last = Some(Fault::Wrong(wrong));
                        if before == 0 {
                            break;
                        }
                    }
                },
                Err(End::Address(fault @ Fault::Cut { .. })) => {
                    let gained = self.part.len() > before;
                    last = Some(fault);
                    if !gained {
                        break;
                    }
                }
                Err(end) => return Err(end),
            }
        }
        Err(End::Address(last.expect("there is more than one attempt")))
    }

    /// One transfer; the first `before` bytes are there.
    fn transfer(&mut self, before: u64) -> Result<(), End> {
        let mut request = self.agent.get(self.url);
        if before > 0 {
            request = request.header(header::RANGE, format!("bytes={before}-"));
        }
        let mut response = request.call().map_err(|fault| End::Address(Fault::Http(fault)))?;
        match response.status().as_u16() {
            206 if before > 0 && starts_at(&response, before) => {}
            // All of it: at first, or from a server that does not know ranges.
            200 => self.part.begin(self.url)?,
            // There is nothing beyond what is there: the check tells whether it is the file.
            416 if before > 0 => return Ok(()),
            status => return Err(End::Address(Fault::Status(status))),
        }
        let total = response.body().content_length().map(|rest| self.part.len().saturating_add(rest));
        self.check_size(total.unwrap_or(0))?;
        self.receive(response.body_mut(), total)
    }

    /// Appends the body to the part.
    fn receive(&mut self, body: &mut Body, total: Option<u64>) -> Result<(), End> {
        let (mut reader, mut buffer) = (body.as_reader(), vec![0; 1 << 16]);
        let (mut since, mut at_since) = (Instant::now(), self.part.len());
        loop {
            let cut = |found, why: String| Err(End::Address(Fault::Cut { found, why }));
            let n = match reader.read(&mut buffer) {
                Ok(n) => n,
                Err(fault) => return cut(self.part.len(), fault.to_string()),
            };
            if n == 0 {
                return match total {
                    Some(total) if self.part.len() < total => cut(self.part.len(), format!("expected {total}")),
                    _ => Ok(()),
                };
            }
            self.check_size(self.part.len() + n as u64)?;
            self.part.write(&buffer[..n])?;
            (self.notify)(Event::Progress { file: self.file.name, done: self.part.len(), total });
            if since.elapsed() >= self.options.timeout {
                let bytes = self.part.len() - at_since;
                if bytes < self.options.slowest {
                    return Err(End::Address(Fault::Slow { bytes, seconds: since.elapsed().as_secs_f64() }));
                }
                (since, at_since) = (Instant::now(), self.part.len());
            }
        }
    }

    /// Throws away what is longer than the file can be.
    fn check_size(&mut self, size: u64) -> Result<(), End> {
        let limit = self.file.limit();
        if size > limit {
            self.part.clear()?;
            return Err(End::Address(Fault::TooLarge { limit }));
        }
        Ok(())
    }
}

/// Whether the answer goes on at byte `offset`: `Content-Range: bytes OFFSET-LAST/TOTAL`.
fn starts_at(response: &Response<Body>, offset: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let start = range.and_then(|range| range.trim().strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    start == Some(offset)
}
