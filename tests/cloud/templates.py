"""The templates as the cloud sees them: SAM and the language's extensions expanded, without an account."""

import copy
from pathlib import Path
from typing import Any

import boto3
from samcli.lib.cfn_language_extensions.api import process_template
from samcli.lib.cfn_language_extensions.models import PseudoParameterValues
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

AWS = Path(__file__).parents[2] / "infra" / "aws"
REGION = "eu-central-1"
ACCOUNT = "123456789012"
Resources = dict[str, dict[str, Any]]


def source(name: str) -> dict[str, Any]:
    """A template as it is written."""
    return yaml_parse((AWS / name).read_text())


def expanded_by_sam(template: dict[str, Any]) -> dict[str, Any]:
    """A template as SAM expands it; local files count as packaged."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        for uri in ("CodeUri", "DefinitionUri"):
            if uri in resource.get("Properties", {}):
                resource["Properties"][uri] = "s3://packaged/object"
    session = boto3.Session(region_name=REGION)
    return Translator({}, Parser(), None, session).translate(template, {"AWS::Region": REGION})


def resolved(template: dict[str, Any], **parameters: str) -> dict[str, Any]:
    """A template with its loops, mappings, conditions and parameters' defaults filled in."""
    pseudo = PseudoParameterValues(region=REGION, account_id=ACCOUNT, partition="aws", url_suffix="amazonaws.com")
    return process_template(copy.deepcopy(template), parameter_values=parameters, pseudo_parameters=pseudo)


def holds(condition: Any, conditions: dict[str, Any]) -> bool:
    """True if a condition with its parameters filled in holds."""
    [(function, arguments)] = condition.items()
    match function:
        case "Condition":
            return holds(conditions[arguments], conditions)
        case "Fn::Not":
            return not holds(arguments[0], conditions)
        case "Fn::Equals":
            return arguments[0] == arguments[1]
    raise ValueError(f"{function}: no condition of ours is written so: add it here")


def decided(template: dict[str, Any]) -> dict[str, Any]:
    """A template without the resources and outputs whose condition does not hold."""
    conditions = template.get("Conditions", {})
    for section in ("Resources", "Outputs"):
        named = template.get(section, {})
        template[section] = {
            name: each
            for name, each in named.items()
            if "Condition" not in each or holds({"Condition": each["Condition"]}, conditions)
        }
    return template


def functions_stack(**parameters: str) -> dict[str, Any]:
    """template.yaml, expanded; loops come before SAM, as in the cloud."""
    looped = resolved(source("template.yaml"), **parameters)
    return decided(resolved(expanded_by_sam(looped), **parameters))


def alarms_stack() -> dict[str, Any]:
    """alarms.yaml, expanded."""
    given = {"KeyArn": "Key.Arn", "PortalApiId": "PortalApi", "DeskApiId": "DeskApi", "HooksApiId": "HooksApi", "AlarmEmail": "operator@example.org"}
    return decided(resolved(source("alarms.yaml"), **given))


def prober_stack() -> dict[str, Any]:
    """prober.yaml, expanded, beside a home in another region."""
    given = {"HomeRegion": "eu-west-1"}
    return decided(resolved(expanded_by_sam(resolved(source("prober.yaml"), **given)), **given))


def of_type(template: dict[str, Any], kind: str) -> Resources:
    """The resources of a type by logical name; loops that are not expanded have none."""
    resources = {name: each for name, each in template["Resources"].items() if not name.startswith("Fn::ForEach")}
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def shown(value: Any) -> Any:
    """A reference in one form: {"Fn::GetAtt": ["Table", "Arn"]} is "Table.Arn", {"Ref": "Key"} is "Key"."""
    if isinstance(value, list):
        return [shown(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return value["Ref"]
    if "Fn::GetAtt" in value:
        parts = value["Fn::GetAtt"]
        return parts if isinstance(parts, str) else ".".join(parts)
    if "Fn::Sub" in value:
        return value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
    return {name: shown(each) for name, each in value.items()}


def listed(value: Any) -> list[Any]:
    """One or many, as many."""
    value = shown(value)
    return value if isinstance(value, list) else [value]
