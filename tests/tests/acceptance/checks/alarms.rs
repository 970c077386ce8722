//! A CloudWatch alarm as a source of checks: registered, unregistered, malformed, repeated, flapping.

use super::*;

const ARN: &str = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:feed is stale";

/// A world with a service that reports only changes, three hours old at noon, and up so far.
async fn watched() -> World {
    let world = world().await;
    let commands = [
        json!({
            "command": "register_service", "service_id": "feed", "customer_id": "acme", "name": "Feed",
            "plan": "standard", "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu",
            "activated_at": "2026-06-10T09:00:00Z", "max_silence_s": null,
        }),
        register(),
    ];
    world.seed(&commands.map(|command| Event::new("run-desk", command))).await.unwrap();
    let up =
        json!({"service_id": "feed", "probe": "watch", "checked_at": "2026-06-10T09:00:00Z", "status": "up"});
    assert_eq!(record(&world, json!({"checks": [up]})).await["accepted"], 1);
    world
}

fn register() -> Value {
    json!({"command": "register_alarm", "alarm_arn": ARN, "service_id": "feed", "probe": "watch"})
}

/// Builds a change of state, as CloudWatch puts it on the bus.
fn change(before: (&str, &str), now: (&str, &str)) -> Value {
    let state = |(value, at): (&str, &str)| {
        let timestamp = format!("2026-06-10T{at}.250+0000");
        json!({"value": value, "timestamp": timestamp, "reason": "r"})
    };
    json!({
        "version": "0", "id": "1", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
        "account": "000000000000", "time": "2026-06-10T12:00:00Z", "region": "eu-central-1",
        "resources": [ARN],
        "detail": {
            "alarmName": "feed is stale", "configuration": {"metrics": []},
            "state": state(now), "previousState": state(before),
        },
    })
}

fn alarm() -> Value {
    change(("OK", "09:00:00"), ("ALARM", "10:00:00"))
}

/// States the service's month as of noon; returns its seconds up, down and unknown.
async fn seconds(world: &World) -> [i64; 3] {
    let state = json!({"month": "2026-06", "service_id": "feed", "as_of": NOON});
    let answer = world.seed(&[Event::new("close-month", state)]).await.unwrap();
    ["up", "down", "unknown"].map(|name| answer[0]["statements"][0]["seconds"][name].as_i64().unwrap())
}

#[tokio::test]
async fn a_service_is_down_from_the_alarm_to_the_ok_and_unknown_without_data() {
    let changes = [
        alarm(),
        change(("ALARM", "10:00:00"), ("OK", "10:05:00")),
        change(("OK", "10:05:00"), ("INSUFFICIENT_DATA", "11:30:00")),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let world = watched().await;
        for nth in order {
            let accepted = json!({"accepted": 1, "duplicates": 0, "quarantined": []});
            assert_eq!(record(&world, changes[nth].clone()).await, accepted);
            let duplicate = json!({"accepted": 0, "duplicates": 1, "quarantined": []});
            assert_eq!(record(&world, changes[nth].clone()).await, duplicate);
        }
        assert_eq!(seconds(&world).await, [3600 + 85 * 60, 300, 1800], "{order:?}");
    }
}

#[tokio::test]
async fn an_outage_within_one_slot_ends_with_it() {
    let changes = [
        change(("OK", "09:00:00"), ("ALARM", "10:00:05")),
        change(("ALARM", "10:00:05"), ("OK", "10:00:40")),
        change(("OK", "10:00:40"), ("ALARM", "11:00:05")),
        change(("ALARM", "11:00:05"), ("OK", "11:00:20")),
        change(("OK", "11:00:20"), ("ALARM", "11:00:50")),
    ];
    let world = watched().await;
    record(&world, queue(&changes[..2].iter().map(Value::to_string).collect::<Vec<_>>())).await;
    assert_eq!(seconds(&world).await, [10_740, 60, 0]);
    record(&world, queue(&changes[2..].iter().map(Value::to_string).collect::<Vec<_>>())).await;
    assert_eq!(seconds(&world).await[1], 60 + 3600, "what was an alarm last is carried as one");
}

#[tokio::test]
async fn an_alarm_that_nobody_registered_is_set_aside_until_somebody_does() {
    let world = watched().await;
    let other = ARN.replace("stale", "slow");
    let mut stray = alarm();
    stray["resources"] = json!([other]);
    let answer = record(&world, stray.clone()).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(0), &json!(0)));
    insta::assert_snapshot!(answer["quarantined"][0]["error"].as_str().unwrap(), @"resources[0]: the alarm `arn:aws:cloudwatch:eu-central-1:000000000000:alarm:feed is slow` is not registered: register it with register_alarm, then replay this with replay_quarantine");
    let neighbours =
        [stray.to_string(), alarm().to_string(), json!({"checks": [check(json!({}))]}).to_string()];
    assert_eq!(record(&world, queue(&neighbours)).await, json!({"batchItemFailures": []}));
    assert_eq!(seconds(&world).await[1], 7200, "its neighbours were recorded");
    let kept = quarantined(&world).await;
    assert_eq!((kept.len(), &kept[0]["source"], &kept[0]["payload"]), (1, &json!("check"), &stray));
    let replay = Event::new(
        "run-desk",
        json!({"command": "replay_quarantine", "quarantine_id": kept[0]["quarantine_id"]}),
    );
    let refused = world.invoke(&replay).await.unwrap().unwrap_err();
    assert!(refused.message().contains("register_alarm"), "{}", refused.message());
    let registered =
        json!({"command": "register_alarm", "alarm_arn": other, "service_id": "api", "probe": "slow"});
    let answers = world.seed(&[Event::new("run-desk", registered), replay]).await.unwrap();
    assert_eq!(answers[1]["accepted"], 1);
    assert!(quarantined(&world).await[0]["replayed_at"].is_string());
    let removed = json!({"command": "remove_alarm", "alarm_arn": ARN});
    world.seed(&[Event::new("run-desk", removed)]).await.unwrap();
    let answer = record(&world, change(("ALARM", "10:00:00"), ("OK", "11:59:00"))).await;
    assert_eq!(answer["quarantined"].as_array().unwrap().len(), 1, "a removed alarm is as good as none");
}

#[tokio::test]
async fn a_malformed_alarm_is_quarantined_and_can_be_mended() {
    let world = watched().await;
    let mut bad = alarm();
    bad["detail"]["state"]["value"] = json!("RED");
    let answer = record(&world, bad).await;
    let error =
        "detail.state.value: unknown variant `RED`, expected one of `OK`, `ALARM`, `INSUFFICIENT_DATA`";
    let expected = json!({"accepted": 0, "duplicates": 0, "quarantined": [{"index": 0, "error": error}]});
    assert_eq!(answer, expected);
    let mut forged = alarm();
    forged["source"] = json!("my.monitor");
    assert_eq!(record(&world, queue(&[forged.to_string()])).await, json!({"batchItemFailures": []}));
    let mut too_early = alarm();
    too_early["detail"]["state"]["timestamp"] = json!("2026-06-10T08:59:59.999+0000");
    record(&world, too_early).await;
    let kept = quarantined(&world).await;
    assert_eq!(kept.len(), 3);
    assert_eq!(seconds(&world).await, [10_800, 0, 0], "none of them was believed");
    let mend = json!({
        "command": "replay_quarantine", "quarantine_id": kept[0]["quarantine_id"], "payload": alarm(),
    });
    assert_eq!(world.seed(&[Event::new("run-desk", mend)]).await.unwrap()[0]["accepted"], 1);
    assert_eq!(seconds(&world).await[1], 7200);
}
