//! Requests and answers of the VC-API.
