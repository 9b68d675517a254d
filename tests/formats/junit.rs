//! The schema of `JUnit` files that Jenkins publishes (junit-10.xsd), as far as reports use it, and that the counts are true.

use quick_xml::Reader;
use quick_xml::events::Event;

/// An element, where it may stand, what it may have.
const ELEMENTS: &[(&str, &str, &[&str])] = &[
    ("testsuites", "", &["name", "tests", "failures", "errors"]),
    ("testsuite", "testsuites", &["name", "tests", "failures", "errors", "skipped"]),
    ("properties", "testsuite", &[]),
    ("property", "properties", &["name", "value"]),
    ("testcase", "testsuite", &["classname", "name", "file"]),
    ("failure", "testcase", &["message"]),
    ("skipped", "testcase", &["message"]),
];

pub fn check(model: &str, text: &str) {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    let mut counts = [("testcase", 0), ("failure", 0), ("skipped", 0)];
    let mut claimed: Vec<(String, String)> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                enter(model, &open, &start, &mut counts, &mut claimed);
                open.push(String::from_utf8(start.name().as_ref().to_vec()).unwrap());
            }
            Event::Empty(start) => enter(model, &open, &start, &mut counts, &mut claimed),
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => {
                let text = text.decode().unwrap();
                let may = open.last().is_some_and(|name| name == "failure");
                assert!(may || text.trim().is_empty(), "{model}: {text}");
            }
            Event::Decl(_) | Event::GeneralRef(_) => {}
            Event::Eof => break,
            other => panic!("{model}: {other:?}"),
        }
    }
    assert!(open.is_empty(), "{model}");
    for (attribute, element) in [("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")] {
        let counted = counts.iter().find(|(name, _)| *name == element).unwrap().1;
        let told = claimed.iter().filter(|(name, _)| name == attribute);
        assert!(told.clone().count() > 0);
        told.for_each(|(_, number)| {
            assert_eq!(number.parse::<usize>().unwrap(), counted, "{model}: {attribute}");
        });
    }
}

fn enter(
    model: &str,
    open: &[String],
    start: &quick_xml::events::BytesStart<'_>,
    counts: &mut [(&str, usize)],
    claimed: &mut Vec<(String, String)>,
) {
    let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
    let known = ELEMENTS.iter().find(|(known, ..)| *known == name);
    let (_, inside, attributes) = known.unwrap_or_else(|| panic!("{model}: <{name}>"));
    assert_eq!(open.last().map_or("", String::as_str), *inside, "{model}: <{name}>");
    let mut seen = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.unwrap();
        let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        assert!(attributes.contains(&key.as_str()), "{model}: {key} of <{name}>");
        claimed.push((key.clone(), attribute.unescape_value().unwrap().into_owned()));
        seen.push(key);
    }
    assert_eq!(seen.len(), attributes.len(), "{model}: <{name}> has {seen:?}");
    if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == name) {
        *count += 1;
    }
}
