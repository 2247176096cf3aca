//! What a reader's browser checks by itself: the registry's light client, compiled to WebAssembly.
//!
//! Everything that a page gets from a node is handed to a [`Reader`], which believes nothing but the
//! network's key that its owner gave it.

mod reader;

pub use reader::{ReadError, Reader};

use wasm_bindgen::prelude::wasm_bindgen;

/// [`Reader`] as JavaScript sees it. Errors are thrown as texts.
#[wasm_bindgen(js_name = Reader)]
pub struct JsReader(Reader);

#[wasm_bindgen(js_class = Reader)]
impl JsReader {
    /// A reader that trusts `network_key` and goes on from `state`, if that is not empty.
    ///
    /// # Errors
    /// [`ReadError`] as a text.
    #[wasm_bindgen(constructor)]
    pub fn new(network_key: &str, state: &str) -> Result<JsReader, String> {
        Reader::new(network_key, state).map(JsReader).map_err(|error| error.to_string())
    }

    /// What is to be kept for the next visit.
    #[must_use]
    pub fn state(&self) -> String {
        self.0.state()
    }

    /// How many validators vouch for the registry.
    #[must_use]
    pub fn operators(&self) -> u32 {
        self.0.operators()
    }

    /// The epoch whose validators are known.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn epoch(&self) -> f64 {
        self.0.epoch() as f64
    }

    /// Follows the registry into its next epoch by what a node answered to `GET /v1/handovers/{epoch}`.
    ///
    /// # Errors
    /// [`ReadError`] as a text.
    pub fn follow(&mut self, handover: &[u8], clock_ms: f64) -> Result<(), String> {
        self.0.follow(handover, milliseconds(clock_ms)).map_err(|error| error.to_string())
    }

    /// Checks what a node answered to `GET /v1/records/{key}`; gives it as JSON.
    ///
    /// # Errors
    /// [`ReadError`] as a text.
    pub fn record(&mut self, key: &str, answer: &str, clock_ms: f64) -> Result<String, String> {
        self.0.record(key, answer, milliseconds(clock_ms)).map_err(|error| error.to_string())
    }

    /// Checks what a node answered to `GET /v1/headers/{height}`; gives the header as JSON.
    ///
    /// # Errors
    /// [`ReadError`] as a text.
    pub fn header(&mut self, height: f64, answer: &str, clock_ms: f64) -> Result<String, String> {
        self.0.header(milliseconds(height), answer, milliseconds(clock_ms)).map_err(|error| error.to_string())
    }

    /// Checks what a node answered to `GET /v1/headers/{height}` and to `GET /v1/blocks/{height}`; gives
    /// the header and what its transactions do as JSON.
    ///
    /// # Errors
    /// [`ReadError`] as a text.
    pub fn block(
        &mut self,
        height: f64,
        answer: &str,
        block: &[u8],
        clock_ms: f64,
    ) -> Result<String, String> {
        let (height, clock_ms) = (milliseconds(height), milliseconds(clock_ms));
        self.0.block(height, answer, block, clock_ms).map_err(|error| error.to_string())
    }
}

/// JavaScript's numbers are floats; those that are times and heights are whole and below 2^53.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn milliseconds(number: f64) -> u64 {
    number.clamp(0.0, 9_007_199_254_740_991.0) as u64
}
