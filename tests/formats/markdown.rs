//! A page as a reader of Markdown sees it: goknot's own headings, no markup of the model's.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What headings begin with.
const HEADINGS: &[&str] = &[
    "Description",
    "Possible interleaving",
    "Backtrace",
    "Point of no return",
    "Why nobody wakes them",
    "Why nothing orders them",
    "Where it goes wrong",
    "Who waits for whom",
    "Who meets where",
    "Never reached",
    "Fix ",
    "Also found",
    "The search",
];

pub fn check(model: &str, text: &str) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut heading: Option<String> = None;
    let mut titles = 0;
    let mut cells = 0;
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(level)) => {
                let heading = heading.take().unwrap();
                if level as usize == 1 {
                    titles += 1;
                } else {
                    assert!(HEADINGS.iter().any(|known| heading.starts_with(known)), "{model}: {heading}");
                }
            }
            Event::Start(Tag::TableCell) => cells += 1,
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(dest_url.starts_with("https://"), "{model}: {dest_url}");
            }
            Event::Start(Tag::Image { .. } | Tag::Strikethrough | Tag::HtmlBlock) => {
                panic!("{model}: {event:?}")
            }
            Event::Html(html) | Event::InlineHtml(html) => assert_eq!(&*html, "<!-- -->", "{model}"),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::Rule => panic!("{model}: a rule"),
            _ => {}
        }
    }
    assert_eq!(titles, 1, "{model}");
    assert!(cells == 0 || cells == 12, "{model}: {cells} cells");
}
