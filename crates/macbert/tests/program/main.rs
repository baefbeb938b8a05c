//! The program as people use it: what it prints, how it ends, and what is left when it is killed.

mod calls;
mod help;
mod job;
mod killing;
mod material;
