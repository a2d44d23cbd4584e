"""The page that explains the API, made from the OpenAPI document itself.

The usual viewers load scripts from elsewhere and need inline ones, which our content security policy forbids.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve
from django.views.decorators.http import require_GET

OPENAPI_URL = "/api/openapi.json"


@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    document = _document(request)
    operations = [
        _operation(document, method, path, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    context = {"info": document["info"], "operations": operations, "openapi_url": OPENAPI_URL}
    return render(request, "core/api_docs.html", context)


def _document(request: HttpRequest) -> dict[str, Any]:
    match = resolve(OPENAPI_URL)
    document: dict[str, Any] = json.loads(match.func(request, *match.args, **match.kwargs).content)
    return document


def _operation(document: dict[str, Any], method: str, path: str, described: dict[str, Any]) -> dict[str, Any]:
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "method": method.upper(),
        "path": path,
        "summary": described.get("description") or described.get("summary", ""),
        "needs_token": bool(described.get("security")),
        "parameters": [_parameter(each) for each in described.get("parameters", [])],
        "body": json.dumps(_example(document, body), indent=2, ensure_ascii=False) if body else "",
        "answers": [_answer(document, status, each) for status, each in described["responses"].items()],
    }


def _parameter(described: dict[str, Any]) -> dict[str, Any]:
    schema = described.get("schema", {})
    return {
        "name": described["name"],
        "where": described["in"],
        "required": described.get("required", False),
        "text": described.get("description") or schema.get("description", ""),
        "default": schema.get("default"),
        "choices": schema.get("enum", []),
    }


def _answer(document: dict[str, Any], status: str, described: dict[str, Any]) -> dict[str, Any]:
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    example = _example(document, schema) if schema else None
    return {
        "status": status,
        "text": described.get("description", ""),
        "example": json.dumps(example, indent=2, ensure_ascii=False) if example is not None else "",
    }


_EXAMPLES = {"string": "…", "integer": 1, "number": 89.0, "boolean": True, "null": None}


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A small value of the schema's shape."""
    if "$ref" in schema:
        return _example(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    if (named := _named(schema)) is not None:
        return named
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if "properties" in schema:
        return {name: _example(document, each) for name, each in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    return _EXAMPLES.get(schema.get("type", ""), {})


def _named(schema: dict[str, Any]) -> Any:
    """A value that the schema itself names."""
    firsts = [schema[key][0] for key in ("examples", "enum") if schema.get(key)]
    values = [schema.get("const"), schema.get("default"), *firsts]
    return next((value for value in values if value is not None), None)
