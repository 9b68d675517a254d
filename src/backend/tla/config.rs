//! Configurations of TLC: what it is to look for.
//!
//! In: a question and the bounds. Out: a `.cfg`, with no word that TLC 2.15 does not know.

use super::Module;
use crate::engine::question::Targets;
use crate::machine::step::Limits;
use crate::machine::{Machine, Properties};

/// What TLC is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ask {
    /// Whether one of these can be reached; of deadlocks and leaks TLC's own check for deadlocks tells.
    Reach(Targets),
    /// Nothing: to see all states.
    All,
    /// Whether some run has no end.
    Endless,
    /// Who waits where: what fairness is to be spelled out for.
    Census,
    /// `properties.eventually[i]`, on fair runs.
    Eventually(usize, Fair),
    LeadsTo(usize, Fair),
}

/// What is fair: the slots that goroutines are in, and ways on at operations, each an operator and a slot.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Fair {
    pub slots: Vec<usize>,
    pub ways: Vec<(String, usize)>,
}

impl Fair {
    fn formula(&self) -> String {
        let slots = self.slots.iter().map(|slot| format!("FairTo({slot})"));
        let ways = self.ways.iter().map(|(operator, slot)| format!("{operator}({slot})"));
        let parts: Vec<String> = slots.chain(ways).collect();
        if parts.is_empty() {
            return "FairSpec == Spec\n".to_owned();
        }
        format!("FairSpec == Spec /\\ {}\n", parts.join(" /\\ "))
    }
}

impl Ask {
    /// Everything that makes a run bad, for a configuration that people start from.
    pub fn everything(properties: &Properties) -> Self {
        Self::Reach(Targets {
            panics: true,
            asserts: true,
            deadlocks: true,
            leaks: true,
            always: (0..properties.always.len()).collect(),
            covers: Vec::new(),
        })
    }
}

impl Module {
    /// The module as this question needs it.
    pub fn text_for(&self, ask: &Ask) -> String {
        let (Ask::Eventually(_, fair) | Ask::LeadsTo(_, fair)) = ask else { return self.text.clone() };
        let body = self.text.trim_end().trim_end_matches('=');
        format!("{body}{}====\n", fair.formula())
    }

    /// The configuration. In TLC's distributed mode workers print elsewhere, so that bounds have to be an invariant.
    pub fn config(&self, ask: &Ask, limits: &Limits, distributed: bool) -> String {
        let fair = matches!(ask, Ask::Eventually(..) | Ask::LeadsTo(..));
        let mut text = format!("SPECIFICATION {}\n", if fair { "FairSpec" } else { "Spec" });
        let (mut deadlocks, mut leaks) = (false, false);
        let mut invariants = vec![if distributed { "NoBound" } else { "BoundsAreTold" }.to_owned()];
        match ask {
            Ask::Reach(targets) => {
                (deadlocks, leaks) = (targets.deadlocks, targets.leaks);
                if targets.panics {
                    invariants.push("NoPanic".to_owned());
                }
                if targets.asserts {
                    invariants.push("NoAssertFails".to_owned());
                }
                invariants.extend(targets.always.iter().map(|index| format!("Always_{}", index + 1)));
                invariants.extend(targets.covers.iter().map(|index| format!("NotCovered_{}", index + 1)));
            }
            Ask::All => {}
            Ask::Census => invariants.push("Census".to_owned()),
            Ask::Endless => text += "PROPERTY Halts\n",
            Ask::Eventually(index, _) => text += &format!("PROPERTY Eventually_{}\n", index + 1),
            Ask::LeadsTo(index, _) => text += &format!("PROPERTY LeadsTo_{}\n", index + 1),
        }
        let truth = |yes: bool| if yes { "TRUE" } else { "FALSE" };
        text += &format!(
            "CONSTANTS\n    Objects = {}\n    Goroutines = {}\n    Deadlocks = {}\n    Leaks = {}\n",
            limits.objects,
            limits.goroutines,
            truth(deadlocks),
            truth(leaks)
        );
        text + "INVARIANTS\n    " + &invariants.join("\n    ") + "\n"
    }

    /// Whether 32 bits have room for the references of so many objects.
    pub fn has_room(machine: &Machine, limits: &Limits) -> bool {
        (machine.pools.len() as u64) * u64::from(limits.objects) < 32_766
    }
}
