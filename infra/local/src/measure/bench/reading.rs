//! Reads the pages of portal and desk as a browser does, and measures each without DynamoDB's time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as Stopwatch;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use sla::CustomerId;
use tower::ServiceExt;

use crate::error::LocalError;
use crate::stand_ins::issuer::{Issuer, Origins, STAFF};
use crate::stand_ins::wire::{AnswerFuture, Call, Onward, Passage, Tally};
use crate::system::System;

/// The longest page.
const PAGE_BYTES_MAX: usize = 4 << 20;

/// Lets every call through and adds up the engine's time: DynamoDB's, in the cloud.
#[derive(Clone, Default)]
pub struct EngineTimer(Arc<AtomicU64>);

impl Passage for EngineTimer {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        let engine_us = self.0.clone();
        Box::pin(async move {
            let watch = Stopwatch::now();
            let answer = onward(call.body).await;
            engine_us.fetch_add(micros(watch), Ordering::SeqCst);
            answer
        })
    }
}

fn micros(watch: Stopwatch) -> u64 {
    u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A page, as it was read several times.
pub struct ReadPage {
    /// SDK calls each time.
    pub calls: u64,
    /// The shortest time without DynamoDB's, in microseconds: noise only adds to it.
    pub own_us: u64,
    /// Its bytes as sent.
    pub bytes: usize,
}

/// A signed-in browser at one of the sites.
pub struct Browser {
    site: Router,
    cookie: String,
    tally: Tally,
    timer: EngineTimer,
}

impl Browser {
    /// Signs a customer in at the portal and a member of staff at the desk.
    pub fn both(system: &System, timer: &EngineTimer, customer: &str) -> Result<(Self, Self), LocalError> {
        let origins = Origins {
            issuer: "http://localhost".to_owned(),
            portal: "http://127.0.0.1".to_owned(),
            desk: "http://localhost:1".to_owned(),
            hooks: "http://localhost:2".to_owned(),
        };
        let issuer = Issuer::new(origins, system.directory().clone(), system.clock().clone())?;
        let customer: CustomerId =
            customer.parse().map_err(|e: sla::IdError| LocalError::database("name the customer", e))?;
        let browser = |site, cookie_name: &str, token: String| Self {
            site,
            cookie: format!("{cookie_name}={token}"),
            tally: system.tally().clone(),
            timer: timer.clone(),
        };
        let portal = issuer.customer_token(&customer)?;
        let portal = browser(system.portal(&issuer), serve_portal::SESSION_COOKIE, portal);
        let [staff, ..] = &STAFF;
        let desk = issuer.staff_token(staff)?;
        let desk = browser(system.desk(&issuer), serve_desk::SESSION_COOKIE, desk);
        Ok((portal, desk))
    }

    /// Reads a page `times` times; `encoding` is what the browser accepts, such as `gzip`.
    pub async fn read(&self, path: &str, encoding: &str, times: u64) -> Result<ReadPage, LocalError> {
        let mut page = ReadPage { calls: 0, own_us: u64::MAX, bytes: 0 };
        for _ in 0..times {
            let before = self.tally.total();
            self.timer.0.store(0, Ordering::SeqCst);
            let watch = Stopwatch::now();
            page.bytes = self.ask(path, encoding).await?;
            let own_us = micros(watch).saturating_sub(self.timer.0.load(Ordering::SeqCst));
            page.own_us = page.own_us.min(own_us);
            page.calls = page.calls.max(self.tally.total() - before);
        }
        Ok(page)
    }

    async fn ask(&self, path: &str, encoding: &str) -> Result<usize, LocalError> {
        let request = Request::get(path).header(header::COOKIE, &self.cookie);
        let request = request.header(header::ACCEPT_ENCODING, encoding).body(Body::empty());
        let request = request.map_err(|e| LocalError::database("ask for a page", e))?;
        let answer = self.site.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        if answer.status() != StatusCode::OK {
            return Err(LocalError::Invariants(vec![format!("{path} answered {}", answer.status())]));
        }
        let body = to_bytes(answer.into_body(), PAGE_BYTES_MAX).await;
        Ok(body.map_err(|e| LocalError::database("read a page", e))?.len())
    }
}
