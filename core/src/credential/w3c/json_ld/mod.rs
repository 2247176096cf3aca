//! JSON-LD: from a document to its statements, with the contexts that are known here.
