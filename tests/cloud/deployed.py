"""Compares each deployed resource, as the cloud's own APIs describe it, with the templates."""

import json
import re
from collections import Counter
from collections.abc import Callable

from cloud import Cloud, Json, expect
from templates import ACCOUNT, alarms_stack, functions_stack, listed, shown

# Permissions that the drive adds to a role because the emulator asks for an action that AWS does not have.
EMULATORS_POLICY = "what-the-emulator-calls-otherwise"
# The functions behind the HTTP APIs.
FUNCTIONS = {"ServePortal": "serve-portal", "ServeDesk": "serve-desk", "ReceiveWebhooks": "receive-webhooks"}
Look = Callable[[Cloud, str, Json], None]


def same(kind: str, name: str, have: Json, want: Json) -> None:
    """Compares what an API answers with what the template says, both as text where APIs turn numbers into it."""
    for field, value in want.items():
        given = have.get(field)
        expect(str(given).lower() == str(value).lower(), f"{kind} {name}: {field} is {given!r}, the template says {value!r}")


def table(cloud: Cloud, name: str, want: Json) -> None:
    have = cloud.client("dynamodb").describe_table(TableName=name)["Table"]
    same("table", name, have, {"KeySchema": want["KeySchema"], "TableStatus": "ACTIVE", "DeletionProtectionEnabled": True})
    same("table", name, have["StreamSpecification"], want["StreamSpecification"])
    expect(have["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST", f"table {name} is on demand")
    indexes = [(index["IndexName"], index["KeySchema"], index["Projection"]) for index in have["GlobalSecondaryIndexes"]]
    wanted = [(index["IndexName"], index["KeySchema"], index["Projection"]) for index in want["GlobalSecondaryIndexes"]]
    expect(indexes == wanted, f"table {name}: {indexes}")


def topic(cloud: Cloud, arn: str, want: Json) -> None:
    have = cloud.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    expect(arn.endswith(f":{want['TopicName']}"), f"topic {arn} is called {want['TopicName']}")
    expect("NothingWithoutTls" in have["Policy"], f"topic {arn} takes nothing without TLS: {have['Policy']}")


def queue(cloud: Cloud, url: str, want: Json) -> None:
    have = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    fields = ("VisibilityTimeout", "MessageRetentionPeriod", "SqsManagedSseEnabled", "FifoQueue", "DeduplicationScope", "MaximumMessageSize")
    same("queue", url, have, {field: want[field] for field in fields if field in want})
    expect("NothingWithoutTls" in have["Policy"], f"queue {url} takes nothing without TLS")
    if "RedrivePolicy" in want:
        redrive = json.loads(have["RedrivePolicy"])
        expect(int(redrive["maxReceiveCount"]) == want["RedrivePolicy"]["maxReceiveCount"], f"queue {url}: {redrive}")
        expect("dead-letters" in redrive["deadLetterTargetArn"], f"queue {url}: {redrive}")


def bucket(cloud: Cloud, name: str, want: Json) -> None:
    s3 = cloud.client("s3")
    expect(s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled", f"bucket {name} is versioned")
    public = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    expect(public == want["PublicAccessBlockConfiguration"], f"bucket {name}: {public}")
    policy = s3.get_bucket_policy(Bucket=name)["Policy"]
    expect("NothingWithoutTls" in policy and "WhoExportsCannotDelete" in policy, f"bucket {name}: {policy}")


def key(cloud: Cloud, key_id: str, want: Json) -> None:
    kms = cloud.client("kms")
    expect(kms.describe_key(KeyId=key_id)["KeyMetadata"]["Enabled"], f"key {key_id} is enabled")
    expect(kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"], f"key {key_id} is rotated")
    expect(want["EnableKeyRotation"], "the template says so")


def rule(cloud: Cloud, physical: str, want: Json) -> None:
    events = cloud.client("events")
    bus = {"EventBusName": "nines"} if "EventBusName" in want else {}
    name = physical.rsplit("|", 1)[-1].rsplit("/", 1)[-1]
    have = events.describe_rule(Name=name, **bus)
    expect(json.loads(have["EventPattern"]) == shown(want["EventPattern"]), f"rule {name}: {have['EventPattern']}")
    expect(have["State"] == "ENABLED", f"rule {name} is enabled")
    targets = events.list_targets_by_rule(Rule=name, **bus)["Targets"]
    expect(len(targets) == len(want["Targets"]), f"rule {name}: {targets}")
    expect(all("DeadLetterConfig" in each and "RetryPolicy" in each for each in targets), f"rule {name}: {targets}")


def bus(cloud: Cloud, name: str, want: Json) -> None:
    have = cloud.client("events").describe_event_bus(Name=want["Name"])
    expect(have["Name"] == name, f"bus {name}: {have}")


def function(cloud: Cloud, name: str, want: Json) -> None:
    have = cloud.client("lambda").get_function_configuration(FunctionName=name)
    same("function", name, have, {field: want[field] for field in ("FunctionName", "Handler", "MemorySize", "Runtime", "Timeout")})
    expect(set(have["Environment"]["Variables"]) == set(want["Environment"]["Variables"]), f"function {name}: environment")
    expect(shown(want["Role"]).removesuffix(".Arn") in have["Role"], f"function {name} has its own role: {have['Role']}")
    expect(have["LoggingConfig"]["LogFormat"] == "JSON", f"function {name} logs JSON")


def mapping(cloud: Cloud, uuid: str, want: Json) -> None:
    have = cloud.client("lambda").get_event_source_mapping(UUID=uuid)
    fields = ("BatchSize", "FunctionResponseTypes", "MaximumRetryAttempts", "BisectBatchOnFunctionError", "ParallelizationFactor")
    same("mapping", uuid, have, {field: want[field] for field in fields if field in want})
    expect(have["State"] == "Enabled", f"mapping {uuid} is enabled: {have['State']}")
    if "FilterCriteria" in want:
        expect(have["FilterCriteria"] == shown(want["FilterCriteria"]), f"mapping {uuid}: {have['FilterCriteria']}")
    if "DestinationConfig" in want:
        destination = have["DestinationConfig"]["OnFailure"]["Destination"]
        expect(destination.endswith("nines-notices-dead-letters"), f"mapping {uuid}: {destination}")


def role(cloud: Cloud, name: str, want: Json) -> None:
    iam = cloud.client("iam")
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    services = [each["Principal"]["Service"] for each in trust["Statement"]]
    expect(services == [each["Principal"]["Service"] for each in want["AssumeRolePolicyDocument"]["Statement"]], f"role {name}: {trust}")
    expect(all(each.get("Condition") for each in trust["Statement"]), f"role {name} says for whom it is")
    expect(iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == [], f"role {name} has policies of its own only")
    names = [policy["PolicyName"] for policy in want["Policies"]]
    have = set(iam.list_role_policies(RoleName=name)["PolicyNames"]) - {EMULATORS_POLICY}
    expect(have == set(names), f"role {name}: {have}")
    for policy in want["Policies"]:
        have = iam.get_role_policy(RoleName=name, PolicyName=policy["PolicyName"])["PolicyDocument"]["Statement"]
        said = [(each["Sid"], listed(each["Action"])) for each in have]
        meant = [(each["Sid"], listed(each["Action"])) for each in policy["PolicyDocument"]["Statement"]]
        expect(said == meant, f"role {name}: {said}, the template says {meant}")
        # Actions without resources in IAM are checked with the template.
        named = [each for each in have if each["Sid"] != "LookAfterSubscriptions"]
        open_ended = [r for each in named for r in listed(each["Resource"]) if not isinstance(r, str) or r == "*"]
        expect(not open_ended, f"role {name}: {open_ended}")


def log_group(cloud: Cloud, name: str, want: Json) -> None:
    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    kept = {group["logGroupName"]: group.get("retentionInDays") for group in groups}
    expect(str(kept[name]) == str(want["RetentionInDays"]), f"log group {name}: {kept[name]} days")


def group(cloud: Cloud, name: str, want: Json) -> None:
    have = cloud.client("scheduler").get_schedule_group(Name=want["Name"])
    expect(have["State"] == "ACTIVE", f"schedule group {name}: {have['State']}")


def schedule(cloud: Cloud, name: str, want: Json) -> None:
    have = cloud.client("scheduler").get_schedule(GroupName="nines", Name=name.rsplit("/", 1)[-1])
    # The emulator forgets the zone.
    same("schedule", name, have, {f: want[f] for f in ("ScheduleExpression", "FlexibleTimeWindow")})
    expect(have["Target"]["Input"] == want["Target"]["Input"], f"schedule {name}: {have['Target']}")
    expect(have["Target"]["DeadLetterConfig"]["Arn"].endswith("schedules-dead-letters"), f"schedule {name}: {have['Target']}")
    same("schedule", name, have["Target"]["RetryPolicy"], want["Target"]["RetryPolicy"])


def state_machine(cloud: Cloud, arn: str, want: Json) -> None:
    have = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    same("state machine", arn, have, {"name": want["StateMachineName"], "status": "ACTIVE", "type": "STANDARD"})
    expect("${" not in have["definition"], f"state machine {arn}: a substitution is left")
    expect(json.loads(have["definition"])["QueryLanguage"] == "JSONata", f"state machine {arn}: its definition")


def alarm(cloud: Cloud, name: str, want: Json) -> None:
    have = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    fields = ("AlarmName", "AlarmDescription", "Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Period", "ComparisonOperator")
    same("alarm", name, have, {field: want[field] for field in fields if field in want})
    expect(float(have["Threshold"]) == float(want["Threshold"]), f"alarm {name}: {have['Threshold']}")
    filled = json.dumps(want.get("Dimensions", [])).replace(ACCOUNT, cloud.account)
    for name in ("PortalApi", "DeskApi", "HooksApi"):
        filled = filled.replace(json.dumps(name), json.dumps(cloud.outputs[f"{name}Id"]))
    wanted = json.loads(filled)
    expect(have.get("Dimensions", []) == wanted, f"alarm {name}: {have.get('Dimensions')}, the template says {wanted}")
    expect([arn.rsplit(":", 1)[1] for arn in have["AlarmActions"]] == ["nines-alarms"], f"alarm {name}: {have['AlarmActions']}")


def metric_filter(cloud: Cloud, name: str, want: Json) -> None:
    filters = cloud.client("logs").describe_metric_filters(logGroupName=want["LogGroupName"])["metricFilters"]
    patterns = {each["filterName"]: each["filterPattern"] for each in filters}
    expect(patterns.get(name) == want["FilterPattern"], f"metric filter {name}: {patterns}")


def dashboard(cloud: Cloud, name: str, _: Json) -> None:
    body = json.loads(cloud.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    expect(body["widgets"] and "${" not in json.dumps(body), f"dashboard {name} is filled in")


def api(cloud: Cloud, api_id: str, want: Json) -> None:
    have = cloud.client("apigatewayv2").get_api(ApiId=api_id)
    same("API", api_id, have, {field: want[field] for field in ("Name", "ProtocolType", "Description")})
    expect(have.get("DisableExecuteApiEndpoint", False) == want["DisableExecuteApiEndpoint"], f"API {api_id}: its own address")


def api_of(cloud: Cloud, want: Json) -> str:
    """The API that a part of one belongs to."""
    return cloud.outputs[f"{shown(want['ApiId'])}Id"]


def integration(cloud: Cloud, integration_id: str, want: Json) -> None:
    have = cloud.client("apigatewayv2").get_integration(ApiId=api_of(cloud, want), IntegrationId=integration_id)
    same("integration", integration_id, have, {f: want[f] for f in ("IntegrationType", "PayloadFormatVersion", "TimeoutInMillis")})
    function = FUNCTIONS[shown(want["IntegrationUri"]).removesuffix(".Arn")]
    expect(have["IntegrationUri"].endswith(f":function:{function}"), f"integration {integration_id}: {have['IntegrationUri']}")


def route(cloud: Cloud, physical: str, want: Json) -> None:
    have = cloud.client("apigatewayv2").get_route(ApiId=api_of(cloud, want), RouteId=physical.rsplit("/", 1)[-1])
    same("route", physical, have, {field: want[field] for field in ("RouteKey", "AuthorizationType")})
    expect(have.get("AuthorizationScopes", []) == want.get("AuthorizationScopes", []), f"route {physical}: {have}")
    expect(bool(have.get("AuthorizerId")) == ("AuthorizerId" in want), f"route {physical}: its authorizer")


def authorizer(cloud: Cloud, authorizer_id: str, want: Json) -> None:
    have = cloud.client("apigatewayv2").get_authorizer(ApiId=api_of(cloud, want), AuthorizerId=authorizer_id)
    same("authorizer", authorizer_id, have, {field: want[field] for field in ("AuthorizerType", "IdentitySource", "Name")})
    site = shown(want["ApiId"]).removesuffix("Api").lower()
    variables = cloud.client("lambda").get_function_configuration(FunctionName=f"serve-{site}")["Environment"]["Variables"]
    believed = {"Issuer": variables["NINES_ISSUER"], "Audience": [variables["NINES_CLIENT_ID"]]}
    expect(have["JwtConfiguration"] == believed, f"authorizer {authorizer_id} believes {have['JwtConfiguration']}, the function {believed}")


def stage(cloud: Cloud, name: str, want: Json) -> None:
    have = cloud.client("apigatewayv2").get_stage(ApiId=api_of(cloud, want), StageName=name)
    # The emulator keeps no limits.
    expect(have["AutoDeploy"] and have["StageName"] == want["StageName"], f"stage {name}: {have}")
    logged = have["AccessLogSettings"]
    expect(logged["Format"] == want["AccessLogSettings"]["Format"], f"stage {name}: {logged['Format']}")
    site = shown(want["ApiId"]).removesuffix("Api").lower()
    expect(f"/aws/apigateway/nines-{site}" in logged["DestinationArn"], f"stage {name}: {logged['DestinationArn']}")


def permission(cloud: Cloud, _: str, want: Json) -> None:
    function = FUNCTIONS[shown(want["FunctionName"])]
    policy = json.loads(cloud.client("lambda").get_policy(FunctionName=function)["Policy"])
    [statement] = policy["Statement"]
    expect(statement["Principal"] == {"Service": want["Principal"]}, f"who may ask {function}: {statement}")
    [api] = re.findall(r"\{(\w+Api)\}", shown(want["SourceArn"]))
    own = f":{cloud.outputs[f'{api}Id']}/*"
    expect(statement["Condition"]["ArnLike"]["AWS:SourceArn"].endswith(own), f"only its own API: {statement}")


def user_pool(cloud: Cloud, pool_id: str, want: Json) -> None:
    have = cloud.client("cognito-idp").describe_user_pool(UserPoolId=pool_id)["UserPool"]
    expect(have["Name"] == want["UserPoolName"], f"user pool {pool_id}: {have['Name']}")
    fields = ("UserPoolTier", "DeletionProtection", "MfaConfiguration", "AliasAttributes")
    same("user pool", pool_id, have, {field: want[field] for field in fields})
    expect(have["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"], f"user pool {pool_id}: nobody signs up")
    expect(have["Policies"]["PasswordPolicy"] == want["Policies"]["PasswordPolicy"], f"user pool {pool_id}: {have['Policies']}")


def pool_of(cloud: Cloud, want: Json) -> str:
    """The pool that a part of one belongs to."""
    return cloud.outputs[f"{shown(want['UserPoolId'])}Id"]


def user_pool_client(cloud: Cloud, client_id: str, want: Json) -> None:
    cognito = cloud.client("cognito-idp")
    have = cognito.describe_user_pool_client(UserPoolId=pool_of(cloud, want), ClientId=client_id)["UserPoolClient"]
    fields = ("AllowedOAuthFlows", "ExplicitAuthFlows", "AccessTokenValidity", "RefreshTokenValidity", "TokenValidityUnits")
    same("client", client_id, have, {field: want[field] for field in (*fields, "PreventUserExistenceErrors")})
    expect("ClientSecret" not in have, f"client {client_id} has no secret")
    site = want["ClientName"].capitalize()
    expect(have["CallbackURLs"] == [f"{cloud.outputs[f'{site}Url']}/sign-in/callback"], f"client {client_id}: {have['CallbackURLs']}")
    scopes = sorted(scope.replace("${CustomerScopes}", "nines").replace("${StaffScopes}", "nines") for scope in listed(want["AllowedOAuthScopes"]))
    expect(sorted(have["AllowedOAuthScopes"]) == scopes, f"client {client_id}: {have['AllowedOAuthScopes']}")


def resource_server(cloud: Cloud, identifier: str, want: Json) -> None:
    cognito = cloud.client("cognito-idp")
    have = cognito.describe_resource_server(UserPoolId=pool_of(cloud, want), Identifier=identifier)["ResourceServer"]
    same("resource server", identifier, have, {field: want[field] for field in ("Identifier", "Name", "Scopes")})


def user_pool_domain(cloud: Cloud, domain: str, want: Json) -> None:
    have = cloud.client("cognito-idp").describe_user_pool_domain(Domain=domain)["DomainDescription"]
    expect(have["UserPoolId"] == pool_of(cloud, want), f"domain {domain}: {have}")
    expect(domain == want["Domain"].replace(ACCOUNT, cloud.account), f"domain {domain}: the template says {want['Domain']}")


def with_its_own(_: Cloud, physical: str, __: Json) -> None:
    """A policy is checked with the resource that it guards."""
    expect(physical, "a policy has a name")


def forgotten(_: Cloud, physical: str, __: Json) -> None:
    """The emulator accepts it and drops it; checks.py checks it on the expanded template."""
    expect(physical, "it was taken")


LOOKS: dict[str, Look] = {
    "AWS::ApiGatewayV2::Api": api,
    "AWS::ApiGatewayV2::Authorizer": authorizer,
    "AWS::ApiGatewayV2::Integration": integration,
    "AWS::ApiGatewayV2::Route": route,
    "AWS::ApiGatewayV2::Stage": stage,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::Dashboard": dashboard,
    "AWS::Cognito::UserPool": user_pool,
    "AWS::Cognito::UserPoolClient": user_pool_client,
    "AWS::Cognito::UserPoolDomain": user_pool_domain,
    "AWS::Cognito::UserPoolResourceServer": resource_server,
    "AWS::DynamoDB::Table": table,
    "AWS::Events::EventBus": bus,
    "AWS::Events::Rule": rule,
    "AWS::IAM::Role": role,
    "AWS::KMS::Key": key,
    "AWS::Lambda::EventInvokeConfig": forgotten,
    "AWS::Lambda::EventSourceMapping": mapping,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::Permission": permission,
    "AWS::Logs::LogGroup": log_group,
    "AWS::Logs::MetricFilter": metric_filter,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": with_its_own,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::TopicPolicy": with_its_own,
    "AWS::SQS::Queue": queue,
    "AWS::SQS::QueuePolicy": with_its_own,
    "AWS::Scheduler::Schedule": schedule,
    "AWS::Scheduler::ScheduleGroup": group,
    "AWS::StepFunctions::StateMachine": state_machine,
}


def look_at_everything(cloud: Cloud, **given: str) -> dict[str, int]:
    """Checks each resource of both stacks, with some parameters given; returns the number of each kind."""
    counted: Counter[str] = Counter()
    formation = cloud.client("cloudformation")
    for stack, template in (("nines", functions_stack(**given)), ("nines-alarms", alarms_stack())):
        pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
        physical = {r["LogicalResourceId"]: r["PhysicalResourceId"] for page in pages for r in page["StackResourceSummaries"]}
        wanted = {name: r for name, r in template["Resources"].items() if r["Type"] != "AWS::SNS::Subscription"}
        expect(set(wanted) == set(physical), f"{stack}: {set(wanted) ^ set(physical)} are in the template or the cloud only")
        for name, resource in wanted.items():
            look = LOOKS.get(resource["Type"])
            expect(look, f"{resource['Type']}: nothing here looks at it")
            look(cloud, physical[name], resource.get("Properties", {}))
            counted[resource["Type"].rsplit("::", 1)[1]] += 1
    return dict(counted)
