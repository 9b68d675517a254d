//! The simplest rule that says for which parameters a model fails.
//!
//! In: combinations of parameters, and which of them fail. Out: a conjunction of at most two comparisons of sums of
//! parameters (each with a coefficient of -1, 0 or 1) with a constant, exact on all combinations, or none. It is evidence
//! beyond them, no proof.

use std::fmt;

/// `a + b - c >= bound`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Comparison {
    /// -1, 0 or 1 a parameter.
    coefficients: Vec<i64>,
    bound: i64,
}

/// A conjunction of comparisons; of none: always.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    names: Vec<String>,
    comparisons: Vec<Comparison>,
}

/// With more parameters nobody looks for a rule: there are too many sums.
const MOST_PARAMETERS: usize = 6;

/// Finds the rule for those `points` (values in the order of `names`) that fail. `None` where there is none so simple.
pub fn fit(names: &[String], points: &[(Vec<i64>, bool)]) -> Option<Rule> {
    let rule = |comparisons| Rule { names: names.to_vec(), comparisons };
    if points.iter().all(|&(_, fails)| fails) {
        return Some(rule(Vec::new()));
    }
    if names.len() > MOST_PARAMETERS || points.iter().all(|&(_, fails)| !fails) {
        return None;
    }
    let forms = forms(names.len());
    // Of each form only the sharpest bound that lets all failing points pass can be of use.
    let sharpest: Vec<Comparison> = forms
        .into_iter()
        .filter_map(|coefficients| {
            let failing = points.iter().filter(|&&(_, fails)| fails);
            let bound = failing.map(|(point, _)| sum(&coefficients, point)).min()?;
            Some(Comparison { coefficients, bound })
        })
        .collect();
    let exact = |chosen: &[&Comparison]| {
        points.iter().all(|(point, fails)| chosen.iter().all(|one| one.holds(point)) == *fails)
    };
    if let Some(one) = sharpest.iter().find(|one| exact(&[one])) {
        return Some(rule(vec![one.clone()]));
    }
    for (at, one) in sharpest.iter().enumerate() {
        if let Some(other) = sharpest[..at].iter().find(|other| exact(&[other, one])) {
            return Some(rule(vec![other.clone(), one.clone()]));
        }
    }
    None
}

/// All coefficients, those with few parameters first, and of these the ones with fewer minus signs.
fn forms(parameters: usize) -> Vec<Vec<i64>> {
    let mut all = vec![Vec::new()];
    for _ in 0..parameters {
        all = all
            .iter()
            .flat_map(|form: &Vec<i64>| [0, 1, -1].map(|one| [form.as_slice(), &[one]].concat()))
            .collect();
    }
    all.retain(|form| form.iter().any(|&one| one != 0));
    all.sort_by_key(|form| {
        let used = form.iter().filter(|&&one| one != 0).count();
        (used, form.iter().filter(|&&one| one < 0).count())
    });
    all
}

fn sum(coefficients: &[i64], point: &[i64]) -> i64 {
    coefficients.iter().zip(point).map(|(one, value)| one * value).sum()
}

impl Comparison {
    fn holds(&self, point: &[i64]) -> bool {
        sum(&self.coefficients, point) >= self.bound
    }

    /// `jobs > buffer + workers`, `n >= 2`, `n <= 3`.
    fn show(&self, names: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |sign: i64| -> Vec<&str> {
            let of = self.coefficients.iter().zip(names).filter(|&(&one, _)| one == sign);
            of.map(|(_, name)| name.as_str()).collect()
        };
        let (plus, minus) = (side(1), side(-1));
        let with = |names: &[&str], constant: i64| match (names, constant) {
            ([], constant) => constant.to_string(),
            (names, 0) => names.join(" + "),
            (names, constant) if constant < 0 => format!("{} - {}", names.join(" + "), -constant),
            (names, constant) => format!("{} + {constant}", names.join(" + ")),
        };
        // plus >= minus + bound
        match (plus.as_slice(), minus.as_slice(), self.bound) {
            ([], minus, bound) => write!(f, "{} <= {}", minus.join(" + "), -bound),
            (plus, minus, 1) if !minus.is_empty() => {
                write!(f, "{} > {}", plus.join(" + "), minus.join(" + "))
            }
            (plus, minus, bound) if bound < 0 => {
                write!(f, "{} >= {}", with(plus, -bound), with(minus, 0))
            }
            (plus, minus, bound) => write!(f, "{} >= {}", plus.join(" + "), with(minus, bound)),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.comparisons.is_empty() {
            return write!(f, "always");
        }
        for (at, one) in self.comparisons.iter().enumerate() {
            if at > 0 {
                write!(f, " and ")?;
            }
            one.show(&self.names, f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::fit;

    fn rule(names: &[&str], fails: impl Fn(&[i64]) -> bool) -> Option<String> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut points = vec![Vec::new()];
        for _ in &names {
            points = points
                .iter()
                .flat_map(|it: &Vec<i64>| (0..5).map(|one| [it.as_slice(), &[one]].concat()))
                .collect();
        }
        let points: Vec<(Vec<i64>, bool)> = points
            .into_iter()
            .map(|point| {
                let it = fails(&point);
                (point, it)
            })
            .collect();
        fit(&names, &points).map(|rule| rule.to_string())
    }

    #[test]
    fn the_simplest_that_is_exact() {
        assert_eq!(rule(&["n"], |p| p[0] >= 2).as_deref(), Some("n >= 2"));
        assert_eq!(rule(&["n"], |p| p[0] <= 3).as_deref(), Some("n <= 3"));
        assert_eq!(rule(&["n"], |_| true).as_deref(), Some("always"));
        assert_eq!(rule(&["a", "b"], |p| p[0] > p[1]).as_deref(), Some("a > b"));
        assert_eq!(rule(&["a", "b"], |p| p[0] >= p[1]).as_deref(), Some("a >= b"));
        assert_eq!(rule(&["j", "b", "w"], |p| p[0] > p[1] + p[2]).as_deref(), Some("j > b + w"));
        assert_eq!(rule(&["a", "b"], |p| p[0] >= 2 && p[1] <= 1).as_deref(), Some("a >= 2 and b <= 1"));
        assert_eq!(rule(&["a", "b"], |p| p[0] + 2 >= p[1]).as_deref(), Some("a + 2 >= b"));
        assert_eq!(rule(&["a"], |p| p[0] % 2 == 0), None);
        assert_eq!(rule(&["a"], |_| false), None);
    }
}
