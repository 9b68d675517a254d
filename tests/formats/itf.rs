//! The rules of ADR-015: every variable in every state, no bare number, names of fields that are no marks.

use serde_json::Value;

pub fn check(model: &str, root: &Value) {
    let vars: Vec<&str> =
        root["vars"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let states = root["states"].as_array().unwrap();
    for state in states {
        let names: Vec<&str> =
            state.as_object().unwrap().keys().map(String::as_str).filter(|name| *name != "#meta").collect();
        assert_eq!(names.len(), vars.len(), "{model}: {names:?}");
        assert!(vars.iter().all(|name| names.contains(name)), "{model}: {names:?}");
        names.iter().for_each(|name| expression(model, &state[*name]));
        expression(model, &state["#meta"]);
    }
    if let Some(from) = root.get("loop") {
        assert!(from.as_u64().unwrap() < states.len() as u64, "{model}");
    }
}

fn expression(model: &str, value: &Value) {
    match value {
        Value::Bool(_) | Value::String(_) => {}
        Value::Number(_) | Value::Null => panic!("{model}: {value}"),
        Value::Array(all) => all.iter().for_each(|it| expression(model, it)),
        Value::Object(fields) => {
            if let Some(number) = fields.get("#bigint") {
                assert!(
                    number.as_str().unwrap().parse::<i128>().is_ok() && fields.len() == 1,
                    "{model}: {value}"
                );
                return;
            }
            if let Some(entries) = fields.get("#map") {
                assert_eq!(fields.len(), 1, "{model}: {value}");
                for entry in entries.as_array().unwrap() {
                    let [key, value] = entry.as_array().unwrap().as_slice() else {
                        panic!("{model}: {entry}")
                    };
                    expression(model, key);
                    expression(model, value);
                }
                return;
            }
            for (name, it) in fields {
                assert!(!name.starts_with('#'), "{model}: {name}");
                expression(model, it);
            }
        }
    }
}
