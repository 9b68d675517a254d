//! What the schema of SARIF does not say: one flow a goroutine, order along it, not more places than are shown.

use serde_json::Value;

pub fn check(model: &str, root: &Value) {
    assert_eq!(root["version"], "2.1.0");
    let run = &root["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"], "{model}");
        let fingerprint = result["partialFingerprints"]["goknotFinding/v1"].as_str().unwrap();
        assert_eq!(fingerprint.len(), 16, "{model}");
        let Some(flows) = result["codeFlows"].as_array() else {
            assert_eq!(result["ruleId"], "cover", "{model}");
            continue;
        };
        let [flow] = flows.as_slice() else { panic!("{model}: {} flows", flows.len()) };
        let threads = flow["threadFlows"].as_array().unwrap();
        let mut names: Vec<&str> = threads.iter().map(|thread| thread["id"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{model}: {names:?}");
        let mut places = 0;
        for thread in threads {
            let all = thread["locations"].as_array().unwrap();
            places += all.len();
            let order: Vec<u64> = all.iter().map(|it| it["executionOrder"].as_u64().unwrap()).collect();
            assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{model}: {order:?}");
            for place in all {
                let region = &place["location"]["physicalLocation"]["region"];
                assert!(region["startLine"].as_u64().unwrap() > 0, "{model}: {region}");
            }
        }
        assert!((1..=1000).contains(&places), "{model}: {places}");
    }
}
