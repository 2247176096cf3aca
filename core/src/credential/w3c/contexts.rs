//! The JSON-LD contexts that are known here. None is ever fetched.
