//! Status lists of bits, as W3C credentials carry them.
