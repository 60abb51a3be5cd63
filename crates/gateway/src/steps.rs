//! The steps of a tool call, in order.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use serde_json::Value;
use switchboard_agent::IdempotencyKey;
use switchboard_policy::Question;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::authorize::{Permission, authorize, not_allowed};
use crate::book::{PhoneCall, lock};
use crate::conduct::ToolCall;
use crate::enter::{Entered, Part};
use crate::gateway::Shared;
use crate::key::wish;
use crate::lookup::look_up;
use crate::record::{Record, Step};
use crate::redact::redacted;
use crate::refusal::Refusal;
use crate::run::{judge, run};
use crate::tell::tell;
use crate::toolbox::Entry;
use crate::validate::{Valid, validate};
use crate::{Answer, Request};

impl<A: Send + Sync + 'static> Shared<A> {
    /// The life of a tool call. Each step passes it on or ends it.
    pub(crate) async fn steps(
        self: &Arc<Self>,
        request: &Request,
        record: &mut Record,
    ) -> Result<Answer, Refusal> {
        let entry = match look_up(&self.toolbox, request.agent, &request.tool) {
            Ok(entry) => entry,
            Err(refusal) => return Err(self.unless_repeated(request, refusal, record)),
        };
        record.at(Step::Validate);
        let valid = match validate(entry, &request.arguments, &request.trace_id) {
            Err(refusal) if entry.own => {
                return Err(self.unless_repeated(request, refusal, record));
            }
            valid => valid?,
        };
        record.arguments(redacted(&entry.tool, &valid.arguments));
        if !entry.own {
            return self.answer_built_in(entry, request, &valid, record).await;
        }
        let call = self.tool_call(entry, request, valid);
        record.at(Step::Repeats);
        lock(&call.phone_call).repeats.count(&call.wish, request.turn)?;
        record.at(Step::Authorize);
        let permission = self.may(request, &call.arguments, false)?;
        match self.enter(&call, permission, record)? {
            Entered::Goes(Part::Runs(joined)) => self.wait(&call, joined, record).await,
            Entered::Goes(Part::Had(ended)) => {
                record.note("had already");
                self.told(&call, &ended, true)
            }
            Entered::Asks(approval, waiting) => {
                Ok(self.asks(&call, &approval, waiting, record).await)
            }
        }
    }

    /// Why a call that cannot be understood is refused: as it stands, unless the model has written just that too often.
    fn unless_repeated(&self, request: &Request, refusal: Refusal, record: &mut Record) -> Refusal {
        // Arguments that fit are objects, so a text is never taken for one.
        let text = Value::String(request.arguments.clone());
        let phone_call = self.phone_call(request);
        let counted = lock(&phone_call).repeats.count(&wish_of(request, &text), request.turn);
        match counted {
            Ok(()) => refusal,
            Err(repeated) => {
                record.at(Step::Repeats);
                repeated
            }
        }
    }

    /// Asks the policies.
    pub(crate) fn may(
        &self,
        request: &Request,
        arguments: &Value,
        approved: bool,
    ) -> Result<Permission, Refusal> {
        let (caller, tool) = (request.session.caller(), request.tool.as_str());
        let question =
            Question { caller: &caller, agent: request.agent, tool, arguments, approved };
        authorize(&self.policies.load(), self.toolbox.team(), &question)
    }

    /// Transfers and built-in tools only read their arguments: they run where they are called, without waking another thread, and mean
    /// what they say however often they are called.
    async fn answer_built_in(
        &self,
        entry: &Arc<Entry<A>>,
        request: &Request,
        valid: &Valid,
        record: &mut Record,
    ) -> Result<Answer, Refusal> {
        lock(&self.phone_call(request)).repeats.forget();
        record.at(Step::Authorize);
        if self.may(request, &valid.arguments, false)? != Permission::Granted {
            return Err(not_allowed());
        }
        record.at(Step::Run);
        let (tool, trace_id) = (entry.tool.name(), &request.trace_id);
        let context = self.context(request, &wish_of(request, &valid.arguments));
        let beginning = std::future::ready(Ok(context)).boxed();
        let fault = self.faults.of(tool).cloned();
        let until = Instant::now() + self.deadline;
        let end =
            run(&Handle::current(), entry, &valid.arguments, beginning, fault, None, until).await;
        tell(judge(end, tool, trace_id, true)?, self.toolbox.team(), tool, trace_id)
    }

    fn tool_call(
        &self,
        entry: &Arc<Entry<A>>,
        request: &Request,
        valid: Valid,
    ) -> Arc<ToolCall<A>> {
        let Valid { arguments, confirmation } = valid;
        Arc::new(ToolCall {
            entry: Arc::clone(entry),
            request: request.clone(),
            wish: wish_of(request, &arguments),
            phone_call: self.phone_call(request),
            arguments,
            confirmation,
        })
    }

    /// What is remembered of the phone call.
    fn phone_call(&self, request: &Request) -> Arc<Mutex<PhoneCall>> {
        self.book.phone_call(request.session.id(), Instant::now())
    }
}

/// Who wants what.
fn wish_of(request: &Request, arguments: &Value) -> IdempotencyKey {
    let customer = request.session.caller().customer;
    wish(request.session.id(), customer.as_deref(), &request.tool, arguments)
}
