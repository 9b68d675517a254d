//! What makes a finding the same one after the model was edited elsewhere: who is where in it, without line numbers.

use crate::report::{Finding, Run};

/// Sixteen hexadecimal digits.
pub(super) fn of(run: &Run, finding: &Finding) -> String {
    let mut words = vec![run.model.clone(), finding.kind.name().to_string()];
    words.extend(finding.property.as_ref().map(|(text, _)| text.clone()));
    let mut places: Vec<String> = match (&finding.race, &finding.place) {
        (Some(race), _) => {
            race.accesses.iter().map(|it| format!("{} {}", it.site.function, it.site.text)).collect()
        }
        (None, _) if !finding.blame.stuck.is_empty() => {
            let stuck = finding.blame.stuck.iter();
            stuck.map(|it| format!("{} {}", it.site.function, it.operation)).collect()
        }
        (None, Some(place)) => vec![format!("{} {}", place.function, place.text)],
        (None, None) => Vec::new(),
    };
    places.sort();
    places.dedup();
    words.extend(places);
    format!("{:016x}", hash(words.join("\0").as_bytes()))
}

/// FNV-1a: the same on every machine and in every release.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
