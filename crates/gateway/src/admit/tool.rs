//! The places of one tool: as many as its limit says, and a line of calls that wait for one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::degradation::ToolState;
use super::limit::AdaptiveLimit;
use super::limits::ToolLimits;
use super::line::{Joined, Line, Ticket};
use super::named::lock;
use super::rates::Rate;
use super::{Refused, SOONEST, Why};

/// Nobody is told to ask again later than this.
const LATEST: Duration = Duration::from_secs(5);

/// A tool's rate and its places.
#[derive(Debug)]
pub(crate) struct Tool {
    rate: Rate,
    wait: Duration,
    places: Mutex<Places>,
}

#[derive(Debug)]
struct Places {
    running: usize,
    limit: AdaptiveLimit,
    line: Line<oneshot::Sender<Told>>,
}

/// What a waiting call is told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// It has a place now.
    Go,
    /// A call of a longer talk waits instead.
    Shed,
}

/// A place to run at. Dropped without a word, it is free again, and nothing is learnt.
#[derive(Debug)]
pub(crate) struct Place {
    tool: Arc<Tool>,
    began: Instant,
    tells: bool,
}

/// A call in the line; when it is dropped, it has left.
#[derive(Debug)]
struct Waiting {
    tool: Arc<Tool>,
    ticket: Ticket,
    told: oneshot::Receiver<Told>,
}

/// What a call finds.
enum Found {
    Place(Place),
    Line(Waiting),
}

impl Tool {
    /// A tool nobody uses yet.
    pub(crate) fn new(limits: &ToolLimits) -> Self {
        let most = limits.concurrency;
        let limit = AdaptiveLimit::new(limits.least_concurrency, most, Instant::now());
        Self {
            rate: Rate::new(limits.per_minute, limits.burst),
            wait: limits.wait(),
            places: Mutex::new(Places { running: 0, limit, line: Line::new(limits.queue) }),
        }
    }

    /// Counts one call, or says when there may be one.
    pub(crate) fn within_rate(&self) -> Result<(), Duration> {
        self.rate.check()
    }

    /// A place to run at, at once or after waiting for one.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        at_most: Option<usize>,
        turn: u64,
    ) -> Result<Place, Refused> {
        let mut waiting = match self.find(at_most, turn)? {
            Found::Place(place) => return Ok(place),
            Found::Line(waiting) => waiting,
        };
        match timeout(self.wait, &mut waiting.told).await {
            Ok(Ok(Told::Go)) => Ok(self.place(Instant::now())),
            Ok(Ok(Told::Shed) | Err(_)) => Err(self.busy(Why::Shed)),
            Err(_) => Err(self.busy(Why::Waited)),
        }
    }

    /// How busy it is.
    pub(crate) fn state(&self, name: &str) -> ToolState {
        let places = lock(&self.places);
        ToolState {
            tool: name.to_owned(),
            running: places.running,
            queued: places.line.len(),
            limit: places.limit.current(),
        }
    }

    fn find(self: &Arc<Self>, at_most: Option<usize>, turn: u64) -> Result<Found, Refused> {
        let now = Instant::now();
        let (tell, told) = {
            let mut places = lock(&self.places);
            if let Some(at_most) = at_most {
                places.limit.never_over(at_most);
            }
            places.limit.asked(now);
            if places.line.len() == 0 && places.running < places.limit.current() {
                places.begin(now);
                return Ok(Found::Place(self.place(now)));
            }
            let (tell, told) = oneshot::channel();
            match places.line.join(turn, tell) {
                Joined::Full => return Err(places.busy(Why::QueueFull)),
                Joined::Waits(ticket) => (None, (ticket, told)),
                Joined::InsteadOf(ticket, shed) => (Some(shed), (ticket, told)),
            }
        };
        if let Some(shed) = tell {
            // Whoever does not listen any more has left by itself.
            let _ = shed.send(Told::Shed);
        }
        let (ticket, told) = told;
        Ok(Found::Line(Waiting { tool: Arc::clone(self), ticket, told }))
    }

    fn place(self: &Arc<Self>, began: Instant) -> Place {
        Place { tool: Arc::clone(self), began, tells: false }
    }

    fn busy(&self, why: Why) -> Refused {
        lock(&self.places).busy(why)
    }
}

impl Places {
    fn begin(&mut self, now: Instant) {
        self.running += 1;
        self.limit.began(self.running, now);
    }

    /// One runs no more; whoever is next begins.
    fn free(&mut self, now: Instant) {
        self.running -= 1;
        while self.running < self.limit.current()
            && let Some(next) = self.line.next()
        {
            // A call that gives up takes itself out of the line first, so this one hears it; if it gives up just now, it gives the
            // place back.
            if next.send(Told::Go).is_ok() {
                self.begin(now);
            }
        }
    }

    /// Busy, for about as long as the calls ahead will take.
    fn busy(&self, why: Why) -> Refused {
        let usual = self.limit.usual().unwrap_or(SOONEST);
        let ahead = u32::try_from(self.running + self.line.len()).unwrap_or(u32::MAX);
        let at_once = u32::try_from(self.limit.current()).unwrap_or(u32::MAX);
        let retry_after = usual.saturating_mul(ahead) / at_once.max(1);
        Refused::Busy { retry_after: retry_after.clamp(SOONEST, LATEST), why }
    }
}

impl Place {
    /// Frees the place, and says whether the time it was held tells how fast the tool is.
    pub(crate) fn ended(mut self, tells: bool) {
        self.tells = tells;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut places = lock(&self.tool.places);
        if self.tells {
            places.limit.took(self.began, now);
        }
        places.free(now);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut places = lock(&self.tool.places);
        let left = places.line.leave(self.ticket).is_some();
        if !left && self.told.try_recv() == Ok(Told::Go) {
            places.free(Instant::now());
        }
    }
}
