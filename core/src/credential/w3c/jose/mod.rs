//! Credentials and presentations secured by JOSE.
