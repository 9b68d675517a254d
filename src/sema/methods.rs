//! stub
use super::program::Method;
use super::types::{TypeId, Types};
pub struct MethodPath {
    pub steps: Vec<PathStep>,
    pub address: bool,
    pub method: Method,
}
pub enum PathStep {
    Field(usize),
    Deref,
}
pub fn resolve_method(_t: &Types, _c: TypeId, _n: &str) -> Option<MethodPath> {
    None
}
pub fn implements(_t: &Types, _c: TypeId, _i: TypeId) -> bool {
    false
}
