mod token;
mod trees;
