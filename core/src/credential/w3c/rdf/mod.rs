//! Statements, and their canonical form.
