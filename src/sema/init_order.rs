//! The order in which package variables are initialised.
//!
//! In: what each variable's initialiser and each function refers to. Out: initialisers
//! in Go's order ("Package initialization"): repeatedly the first in declaration order
//! that waits for none; a circle is reported.

use rustc_hash::FxHashSet;

use super::checker::Checker;
use super::problem::ConstantProblem;
use super::program::{GlobalInit, Values, VarId};
use super::scope::Node;

impl<'a> Checker<'a> {
    pub(crate) fn order_globals(&mut self) -> Vec<GlobalInit> {
        let mut waiting = std::mem::take(&mut self.globals);
        // Libraries first, then in the order of the source.
        waiting.sort_by_key(|(package, global)| {
            (*package == 0, global.vars.iter().map(|var| var.0).min().unwrap_or(0))
        });
        let mut waiting: Vec<GlobalInit> = waiting.into_iter().map(|(_, global)| global).collect();
        let mut pending: FxHashSet<VarId> = waiting
            .iter()
            .filter(|global| !matches!(global.values, Values::Zero))
            .flat_map(|global| global.vars.iter().copied())
            .collect();
        let needs: Vec<FxHashSet<VarId>> = waiting.iter().map(|global| self.needs(&global.vars)).collect();
        let mut needs = needs;
        let mut ordered = Vec::new();
        while !waiting.is_empty() {
            let ready = needs.iter().zip(&waiting).position(|(needs, global)| {
                !needs.iter().any(|need| pending.contains(need) && !global.vars.contains(need))
                    && !needs.iter().any(|need| global.vars.contains(need) && pending.contains(need))
            });
            let Some(ready) = ready else {
                self.report_cycle(&waiting, &pending);
                ordered.append(&mut waiting);
                break;
            };
            let global = waiting.remove(ready);
            needs.remove(ready);
            for var in &global.vars {
                pending.remove(var);
            }
            ordered.push(global);
        }
        ordered
    }

    /// Package variables that the initialiser reaches, through functions too.
    fn needs(&self, vars: &[VarId]) -> FxHashSet<VarId> {
        let mut found = FxHashSet::default();
        let mut seen: FxHashSet<Node> = FxHashSet::default();
        let mut work: Vec<Node> = vars.first().map(|&var| Node::Var(var)).into_iter().collect();
        while let Some(node) = work.pop() {
            for &next in self.edges.get(&node).map_or(&[][..], Vec::as_slice) {
                if let Node::Var(var) = next {
                    // Its own needs are waited for with it.
                    found.insert(var);
                } else if seen.insert(next) {
                    work.push(next);
                }
            }
        }
        found
    }

    fn report_cycle(&mut self, waiting: &[GlobalInit], pending: &FxHashSet<VarId>) {
        for global in waiting {
            let Some(&start) = global.vars.first() else { continue };
            let Some(path) = self.path_back(start, pending) else { continue };
            let Some(span) = self.vars.get(start.index()).map(|var| var.span) else { continue };
            self.report(&ConstantProblem::Cycle { span, kind: "initialisation", path });
            return;
        }
    }

    /// A way from a variable's initialiser back to the variable, by name.
    fn path_back(&self, start: VarId, pending: &FxHashSet<VarId>) -> Option<Vec<String>> {
        let mut seen: FxHashSet<Node> = FxHashSet::default();
        let mut work: Vec<Vec<Node>> = vec![vec![Node::Var(start)]];
        while let Some(path) = work.pop() {
            let last = *path.last()?;
            for &next in self.edges.get(&last).map_or(&[][..], Vec::as_slice) {
                if next == Node::Var(start) {
                    let names = path.iter().chain([&next]).map(|node| self.node_name(*node));
                    return Some(names.collect());
                }
                let open = match next {
                    Node::Var(var) => pending.contains(&var),
                    Node::Func(_) => true,
                };
                if open && seen.insert(next) {
                    let mut longer = path.clone();
                    longer.push(next);
                    work.push(longer);
                }
            }
        }
        None
    }

    fn node_name(&self, node: Node) -> String {
        match node {
            Node::Var(var) => self.vars.get(var.index()).map(|var| var.name.clone()),
            Node::Func(func) => self.funcs.get(func.index()).map(|func| func.name.clone()),
        }
        .unwrap_or_default()
    }
}
