//! What verifying a model gave: the values that the formats print.

use serde::Serialize;

use crate::cli::sweep::with;
use crate::cli::units::counted;

/// One model.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Verified {
    pub model: String,
    /// Why it could not be verified at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub original: Original,
    pub fixes: Vec<Fixed>,
}

/// How something compares with what was expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    #[default]
    AsExpected,
    NotAsExpected,
    /// A bound, the time or the memory ended a check.
    Inconclusive,
}

/// The model without a fix.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Original {
    pub standing: Standing,
    /// What it expects.
    pub expects: String,
    /// What is found with the default parameters.
    pub found: Vec<String>,
    pub checks: usize,
    pub states: u64,
    /// Combinations of parameters with a bug.
    pub failing: usize,
    /// The smallest of them: `conns=1`; empty without parameters.
    pub smallest: Option<String>,
    /// For which parameters it fails, on all that were checked.
    pub rule: Option<String>,
    /// Where something is not as expected: with which parameters, and what.
    pub wrong: Option<String>,
}

/// The model with a fix.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Fixed {
    pub name: String,
    pub title: String,
    pub standing: Standing,
    /// It is to hold; else its own `expect` says what it leaves.
    pub to_hold: bool,
    pub expects: String,
    pub checks: usize,
    pub states: u64,
    pub failing: usize,
    pub smallest: Option<String>,
    pub rule: Option<String>,
    pub wrong: Option<String>,
    pub parts: Vec<Part>,
    /// Findings of a kind or at a place that the original does not have.
    pub new_bugs: Vec<String>,
    pub compared: Compared,
    /// Why runs that go well are not compared, though there may be some.
    pub not_compared: Option<String>,
    pub lost: Vec<Deed>,
    /// Names for which the fix explains a loss that it does not have.
    pub not_lost: Vec<String>,
    pub gained: Vec<Deed>,
    pub mutants: Vec<Mutant>,
    /// Properties that no mutant and no other variant breaks.
    pub vacuous: Vec<String>,
}

/// What is compared with the model without the fix.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    #[default]
    Nothing,
    /// What runs reach, whether they go well or not.
    Reached,
    /// Also what happens in runs that go well.
    Runs,
}

/// A change of a fix, and what happens without it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    pub line: usize,
    pub within: String,
    /// `+ defer m.Unlock()`, `- m.Lock()`, `x -> y`.
    pub change: String,
    pub need: Need,
    /// What is found without it, and with which parameters.
    pub without: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Without it something goes wrong.
    Needed,
    /// Everything holds without it.
    NotNeeded,
    /// Without it alone the rest does not compile.
    Tied,
    Unknown,
}

/// Something that one variant does and the other does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Deed {
    pub what: String,
    /// The name that `loses` calls it by.
    pub of: String,
    pub line: Option<usize>,
    /// Functions that run only there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// Why the fix gives it up, where the model says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<String>,
    /// Steps of the shortest run that shows it; 0 where it is just not reached.
    pub steps: usize,
    /// That run, a line of the model each: `goroutine: line: text`.
    pub run: Vec<String>,
}

/// A damage, and whether somebody noticed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Mutant {
    pub line: usize,
    pub kind: &'static str,
    pub what: String,
    /// What notices it; `None`: nothing does.
    pub caught: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<&'static str>,
}

impl Verified {
    /// A model that cannot be read.
    pub fn broken(model: &str, error: &str) -> Self {
        Self { model: model.to_owned(), error: Some(error.to_owned()), ..Self::default() }
    }

    fn standings(&self) -> impl Iterator<Item = Standing> + '_ {
        std::iter::once(self.original.standing).chain(self.fixes.iter().map(|fix| fix.standing))
    }

    /// All is as expected, and every loss explained.
    pub fn good(&self) -> bool {
        self.error.is_none()
            && self.standings().all(|standing| standing == Standing::AsExpected)
            && self.fixes.iter().all(Fixed::well_explained)
    }

    /// Something is not as expected, for certain.
    pub fn bad(&self) -> bool {
        self.error.is_some()
            || self.standings().any(|standing| standing == Standing::NotAsExpected)
            || !self.fixes.iter().all(Fixed::well_explained)
    }

    /// The verdict, in a sentence.
    pub fn verdict(&self) -> String {
        if self.error.is_some() {
            return "the model cannot be read".to_owned();
        }
        let of = |standing: Standing| self.fixes.iter().find(move |fix| fix.standing == standing);
        if self.original.standing == Standing::NotAsExpected {
            return "the model itself is not as it expects".to_owned();
        }
        if let Some(fix) = of(Standing::NotAsExpected) {
            let with = fix.smallest.as_deref().map(with).unwrap_or_default();
            return if fix.to_hold {
                format!("fix {} does NOT hold{with}", fix.name)
            } else {
                format!("fix {} is not as its expect says{with}", fix.name)
            };
        }
        if let Some(fix) = self.fixes.iter().find(|fix| fix.unexplained().next().is_some()) {
            let lost = counted(fix.unexplained().count(), "behaviour", "behaviours");
            return format!("fix {} holds, but loses {lost} without saying why", fix.name);
        }
        if let Some((fix, name)) = self.fixes.iter().find_map(|fix| Some((fix, fix.not_lost.first()?))) {
            return format!("fix {} explains a loss in {name} that it does not have", fix.name);
        }
        if self.original.standing == Standing::Inconclusive {
            return "inconclusive: the model itself".to_owned();
        }
        if let Some(fix) = of(Standing::Inconclusive) {
            return format!("inconclusive: fix {}", fix.name);
        }
        let names = |to_hold: bool| -> Vec<&str> {
            self.fixes.iter().filter(|fix| fix.to_hold == to_hold).map(|fix| fix.name.as_str()).collect()
        };
        let (hold, leave) = (names(true), names(false));
        let bug = if self.original.failing > 0 { "the bug is there" } else { "no bug without a fix" };
        let fixes = match (hold.as_slice(), leave.as_slice()) {
            ([], []) => "the model has no fix".to_owned(),
            ([], leave) => format!("{} fails as it says", listed(leave)),
            (hold, []) => format!("{} {}", listed(hold), if hold.len() == 1 { "holds" } else { "hold" }),
            (hold, leave) => {
                format!(
                    "{} {}, {} fails as it says",
                    listed(hold),
                    if hold.len() == 1 { "holds" } else { "hold" },
                    listed(leave)
                )
            }
        };
        format!("{bug}, {fixes}{}", self.remarks())
    }

    /// What is to be looked at though all is as expected.
    fn remarks(&self) -> String {
        let fixes = || self.fixes.iter().filter(|fix| fix.to_hold);
        let superfluous =
            fixes().flat_map(|fix| &fix.parts).filter(|part| part.need == Need::NotNeeded).count();
        let lost: usize = fixes().map(|fix| fix.lost.len()).sum();
        let open = fixes().filter(|fix| fix.not_compared.is_some()).count();
        let vacuous: usize = fixes().map(|fix| fix.vacuous.len()).sum();
        let mut out = String::new();
        let kept = |fix: &Fixed| fix.compared == Compared::Runs && fix.lost.is_empty();
        if fixes().next().is_some() && fixes().all(kept) {
            out.push_str("; nothing is lost");
        }
        for (count, one, many) in [
            (superfluous, "1 change is not needed", "changes are not needed"),
            (lost, "1 behaviour is lost, explained", "behaviours are lost, explained"),
            (open, "what 1 fix loses is not known", "fixes lose what is not known"),
            (vacuous, "1 check is vacuous", "checks are vacuous"),
        ] {
            match count {
                0 => {}
                1 => out.push_str(&format!("; {one}")),
                count => out.push_str(&format!("; {count} {many}")),
            }
        }
        out
    }
}

/// More of the text of a change is only shown where somebody asks for it.
const MOST: usize = 70;

impl Part {
    /// The change in a line.
    pub fn shortened(&self) -> String {
        let short = |text: &str| match text.char_indices().nth(MOST) {
            Some((end, _)) => format!("{} …", text[..end].trim_end()),
            None => text.to_owned(),
        };
        match self.change.split_once(" → ") {
            Some((old, new)) => format!("{} → {}", short(old), short(new)),
            None => short(&self.change),
        }
    }
}

impl Deed {
    /// `, and with it Heap.Pop, Pop`.
    pub fn with(&self) -> String {
        if self.with.is_empty() { String::new() } else { format!(", and with it {}", self.with.join(", ")) }
    }
}

impl Fixed {
    /// What is known of losses, as far as no list says it.
    pub fn compared(&self) -> Vec<String> {
        let nothing = self.to_hold && self.lost.is_empty();
        let compared = match (self.compared, &self.not_compared) {
            (Compared::Runs, _) if nothing => Some("loses nothing".to_owned()),
            (Compared::Reached, None) if nothing => {
                Some("without it no run goes well; whatever is reached then is still reached".to_owned())
            }
            (Compared::Reached, Some(_)) if nothing => {
                Some("whatever is reached without it is still reached".to_owned())
            }
            _ => None,
        };
        let not = self.not_compared.as_ref().map(|why| format!("runs that go well are not compared: {why}"));
        compared.into_iter().chain(not).collect()
    }

    /// What it loses and does not explain, where it is to hold.
    pub fn unexplained(&self) -> impl Iterator<Item = &Deed> {
        self.lost.iter().filter(|deed| self.to_hold && deed.explained.is_none())
    }

    /// Whether it explains what it loses, and nothing else.
    fn well_explained(&self) -> bool {
        self.unexplained().next().is_none() && self.not_lost.is_empty()
    }

    fn price(&self) -> Price {
        match (self.lost.is_empty(), self.unexplained().next()) {
            (false, None) => Price::Explained,
            (false, Some(_)) => Price::Unexplained,
            (true, _) if self.not_compared.is_some() => Price::Unknown,
            (true, _) if self.compared == Compared::Reached => Price::NothingReached,
            (true, _) => Price::Nothing,
        }
    }
}

/// What several models come to: `2 of 2 models verified; 3 fixes hold: 2 lose nothing, 1 loses what it says`.
pub fn summary(all: &[Verified]) -> String {
    let good = all.iter().filter(|verified| verified.good()).count();
    let mut out = format!("{good} of {} models verified", all.len());
    let holds = |fix: &&Fixed| {
        fix.to_hold && fix.standing == Standing::AsExpected && fix.compared != Compared::Nothing
    };
    let holding: Vec<&Fixed> = all.iter().flat_map(|one| &one.fixes).filter(holds).collect();
    if holding.is_empty() {
        return out;
    }
    let verb = if holding.len() == 1 { "holds" } else { "hold" };
    out.push_str(&format!("; {} {verb}: ", counted(holding.len(), "fix", "fixes")));
    let parts = Price::ALL.into_iter().filter_map(|price| {
        let count = holding.iter().filter(|fix| fix.price() == price).count();
        let (one, many) = price.words();
        (count > 0).then(|| counted(count, one, many))
    });
    out + &parts.collect::<Vec<_>>().join(", ")
}

/// What a fix that holds gives up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Price {
    Nothing,
    /// Nothing of what is reached; runs that go well there are none.
    NothingReached,
    Explained,
    Unexplained,
    Unknown,
}

impl Price {
    const ALL: [Self; 5] =
        [Self::Nothing, Self::NothingReached, Self::Explained, Self::Unexplained, Self::Unknown];

    /// For one fix, and for several.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => ("loses nothing", "lose nothing"),
            Self::NothingReached => ("reaches what was reached before", "reach what was reached before"),
            Self::Explained => ("loses what it says", "lose what they say"),
            Self::Unexplained => ("loses what it does not explain", "lose what they do not explain"),
            Self::Unknown => ("is not compared in all runs", "are not compared in all runs"),
        }
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [one] => format!("fix {one}"),
        names => format!("fixes {}", names.join(", ")),
    }
}
