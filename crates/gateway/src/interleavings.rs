//! Whatever comes in between (repeats, the caller's voice, calls given up, people who decide or do not), every call that is not given up
//! is answered once, an effect is had once for its wish and window, and nothing is left behind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use switchboard_agent::prelude::*;
use switchboard_policy::Policies;
use switchboard_store::{AuditFilter, AuditKind, Clock, MemoryStore, Store};
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{Answer, Gateway, Later, Operations, Request, Tools, Verdict, WINDOW};

const DESK: AgentId = AgentId::new("desk");

/// Every beginning and end of an effect, by key.
#[derive(Clone, Default)]
struct World {
    had: Arc<Mutex<Vec<(String, Instant)>>>,
    running: Arc<Mutex<HashMap<String, usize>>>,
    overlaps: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// Has an effect that takes its time; how, its number says.
    async fn have(&self, tool: &str, number: u8, key: &IdempotencyKey) -> ToolResult<String> {
        let _running = Running::begin(self, key);
        sleep(Duration::from_millis(700 * u64::from(number) + 50)).await;
        match number {
            3 => Err(ToolError::refused("Not that one.")),
            4 => Err(ToolError::failed("broken")),
            _ => {
                self.had.lock().unwrap().push((key.to_string(), Instant::now()));
                Ok(format!("{tool} {number}"))
            }
        }
    }
}

impl World {
    /// Every effect was had once within its window, and never twice at the same time.
    fn check(&self) {
        let had = self.had.lock().unwrap();
        let mut last: HashMap<&str, Instant> = HashMap::new();
        for (key, when) in had.iter() {
            // The key of an effect is its wish and how often that was had; a read's is the wish alone.
            let Some((wish, _)) = key.split_once('.') else { continue };
            if let Some(before) = last.insert(wish, *when) {
                assert!(*when >= before + WINDOW, "{key} was had again within its window");
            }
        }
        let overlaps = self.overlaps.lock().unwrap();
        assert!(
            overlaps.iter().all(|key| !key.contains('.')),
            "two at the same time: {overlaps:?}"
        );
    }
}

struct Running<'a> {
    world: &'a World,
    key: String,
}

impl<'a> Running<'a> {
    fn begin(world: &'a World, key: &IdempotencyKey) -> Self {
        let key = key.to_string();
        let mut running = world.running.lock().unwrap();
        let now = running.entry(key.clone()).or_default();
        *now += 1;
        if *now > 1 {
            world.overlaps.lock().unwrap().push(key.clone());
        }
        Self { world, key }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.world.running.lock().unwrap().get_mut(&self.key).expect("it was begun") -= 1;
    }
}

macro_rules! tools {
    ($($(#[$doc:meta])* $args:ident $tool:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Deserialize, JsonSchema)]
        struct $args {
            /// Which.
            number: u8,
        }

        async fn $tool(args: $args, world: State<World>, key: IdempotencyKey) -> ToolResult<String> {
            world.have(stringify!($tool), args.number, &key).await
        }
    )*};
}

tools! {
    /// Read something.
    Read read;
    /// Do something.
    Act act;
    /// Do something that may be stopped.
    ActOrStop act_or_stop;
    /// Do something long.
    Labour labour;
    /// Do something that a person must approve.
    Approve approve;
    /// Do something that the caller must confirm.
    Confirm confirm;
}

const TOOLS: [&str; 6] = ["read", "act", "act_or_stop", "labour", "approve", "confirm"];

fn gateway(world: &World, store: &Arc<MemoryStore>) -> Gateway<World> {
    let desk = Agent::new(DESK)
        .instructions("Help.")
        .tool(read.read_only())
        .tool(act)
        .tool(act_or_stop.cancel_at_barge_in())
        .tool(labour.detach())
        .tool(approve.requires("desk:approved"))
        .tool(confirm.confirm("the number"));
    let roster = Roster::new([desk]).unwrap();
    let sources = [(
        "test.cedar".to_owned(),
        r#"permit (principal, action in Action::"desk:approved", resource) when { context.approved };"#
            .to_owned(),
    )];
    let policies = Policies::parse(&roster.team(), "default", &sources).unwrap();
    Gateway::new(roster, world.clone())
        .unwrap()
        .on(Handle::current())
        .detach_after(Duration::from_secs(1))
        .approval_wait(Duration::from_secs(20))
        .with_store(Arc::clone(store) as Arc<dyn Store>)
        .with_policies(policies)
}

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Call { tool: usize, number: u8, with_code: bool },
    CallerSpeaks,
    GiveUp(usize),
    Decide { approve: bool },
    Time(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => (0..TOOLS.len(), 0..5_u8, any::<bool>())
            .prop_map(|(tool, number, with_code)| Happening::Call { tool, number, with_code }),
        3 => Just(Happening::CallerSpeaks),
        2 => (0..40_usize).prop_map(Happening::GiveUp),
        2 => any::<bool>().prop_map(|approve| Happening::Decide { approve }),
        4 => prop_oneof![0..3_000_u64, Just(30_000), Just(130_000)].prop_map(Happening::Time),
    ]
}

/// A phone call in which things happen.
struct Talk {
    gateway: Gateway<World>,
    session: Session,
    turn: u64,
    voice: CancellationToken,
    code: Arc<Mutex<Option<String>>>,
    calls: Vec<JoinHandle<usize>>,
    given_up: usize,
}

impl Talk {
    fn call(&mut self, tool: &str, number: u8, with_code: bool) {
        let code = self.code.lock().unwrap().clone().filter(|_| with_code && tool == "confirm");
        let mut arguments = serde_json::json!({ "number": number });
        if let Some(code) = code {
            arguments["confirmation"] = code.into();
        }
        let answer = self.gateway.answer(Request {
            agent: DESK,
            tool: tool.to_owned(),
            arguments: arguments.to_string(),
            call_id: format!("call_{}", self.calls.len()),
            session: self.session.clone(),
            trace_id: TraceId::random(),
            turn: self.turn,
            barge_in: self.voice.clone(),
        });
        let code = Arc::clone(&self.code);
        self.calls.push(tokio::spawn(async move {
            let mut answer: Answer = answer.await;
            let mut answers = 1;
            if let crate::Envelope::Error { details, .. } = &answer.envelope
                && let Some(given) = details.get("confirmation")
            {
                *code.lock().unwrap() = given.as_str().map(str::to_owned);
            }
            while let Some(later) = answer.later.take() {
                answer = Later::into_future(later).await;
                answers += 1;
            }
            answers
        }));
    }

    async fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Call { tool, number, with_code } => {
                self.call(TOOLS[tool], number, with_code);
            }
            Happening::CallerSpeaks => {
                self.voice.cancel();
                self.voice = CancellationToken::new();
                self.turn += 1;
            }
            Happening::GiveUp(which) => {
                if let Some(call) = self.calls.get(which).filter(|call| !call.is_finished()) {
                    call.abort();
                    self.given_up += 1;
                }
            }
            Happening::Decide { approve } => {
                let verdict = if approve { Verdict::Approve } else { Verdict::Refuse };
                if let Some(approval) = self.gateway.approvals().first() {
                    // The phone call may have ended between.
                    let _ = self.gateway.decide(&approval.id, verdict, "Eve", None).await;
                }
            }
            Happening::Time(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
        }
        tokio::task::yield_now().await;
    }
}

async fn play(happenings: Vec<Happening>) {
    let world = World::default();
    let store = Arc::new(MemoryStore::with_clock(Clock::tokio()));
    let mut talk = Talk {
        gateway: gateway(&world, &store),
        session: Session::for_tests(),
        turn: 1,
        voice: CancellationToken::new(),
        code: Arc::default(),
        calls: Vec::new(),
        given_up: 0,
    };
    for happening in happenings {
        talk.happens(happening).await;
    }
    let made = talk.calls.len();
    let mut answered = 0;
    for call in std::mem::take(&mut talk.calls) {
        answered += usize::from(call.await.is_ok_and(|answers| (1..=2).contains(&answers)));
    }
    assert_eq!(answered + talk.given_up, made, "each call that was not given up is answered");
    // What was given up comes to its end, too.
    sleep(Duration::from_secs(400)).await;

    world.check();
    for tool in talk.gateway.tools() {
        assert_eq!((tool.running, tool.queued), (0, 0), "{} holds a place", tool.tool);
    }
    assert!(talk.gateway.approvals().is_empty());
    let calls =
        AuditFilter { kind: Some(AuditKind::ToolCall), limit: 10_000, ..AuditFilter::default() };
    assert!(store.audit(calls).await.unwrap().len() >= made, "each call is in the audit log");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_call_is_answered_and_every_effect_had_once(
        happenings in proptest::collection::vec(happening(), 1..60)
    ) {
        let runtime =
            Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(happenings));
    }
}
