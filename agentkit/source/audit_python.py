"""Audit of Python: names followed through imports, on the syntax tree, so that no comment or text counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agentkit.source import audit_rules as rules

if TYPE_CHECKING:
    import tree_sitter

Hit = tuple[str, "tree_sitter.Node"]


def python_hits(root: tree_sitter.Node) -> Iterator[Hit]:
    """(rule, node) for everything that the tables name. May name one place by two rules."""
    names = imported_names(root)
    for node, above in nodes_and_parents(root):
        match node.type:
            case "import_statement" | "import_from_statement":
                yield from import_hits(node)
            case "attribute" | "identifier":
                yield from use_hits(node, above, names)
            case "call":
                yield from call_hits(node, names)
            case "assignment" | "augmented_assignment" | "delete_statement":
                yield from assignment_hits(node, names)
            case "function_definition":
                name = text_of(node.child_by_field_name("name"))
                if name in rules.OVERLOADS and inside_class(node):
                    yield "comparison_overload", node
            case "subscript":
                yield from subscript_hits(node, names)


def nodes(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


def nodes_and_parents(root: tree_sitter.Node) -> Iterator[tuple[tree_sitter.Node, tree_sitter.Node | None]]:
    """`node.parent` is searched for from the root each time, which is slow where a file is deep."""
    waiting: list[tuple[tree_sitter.Node, tree_sitter.Node | None]] = [(root, None)]
    while waiting:
        node, above = waiting.pop()
        yield node, above
        waiting += [(child, node) for child in reversed(node.children)]


def text_of(node: tree_sitter.Node | None) -> str:
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


# ---- names ----

MOST_LINKS = 32
"""Of one name: dots, calls, brackets and subscripts."""


def imported_names(root: tree_sitter.Node) -> dict[str, str]:
    """Local name to what it stands for: `np` to `numpy`, `frame` to `sys._getframe`.

    Scopes are not told apart; a plain `alias = module.name` is followed, too.
    """
    names: dict[str, str] = {}
    for node in nodes(root):
        if node.type in ("import_statement", "import_from_statement"):
            owner = text_of(node.child_by_field_name("module_name"))
            for each in node.children_by_field_name("name"):
                target = text_of(each.child_by_field_name("name")) if each.type == "aliased_import" else ""
                alias = text_of(each.child_by_field_name("alias")) if target else ""
                target = target or text_of(each)
                if owner:
                    names[alias or target] = f"{owner}.{target}"
                elif alias:
                    names[alias] = target
                else:
                    names[target.split(".")[0]] = target.split(".")[0]
        elif node.type == "assignment":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and left.type == "identifier" and right is not None:
                target = dotted(right, names)
                if target in names.values() or "." in target:
                    names.setdefault(text_of(left), target)
    return names


def dotted(node: tree_sitter.Node | None, names: dict[str, str], links: int = MOST_LINKS) -> str:
    """The full name of an expression; empty where it is none, or begins with something not imported.

    Seen through: `getattr(x, "name")`, `__import__("x")`, `importlib.import_module("x")`, `vars(x)["name"]`,
    `x.__dict__["name"]`. A builtin stands for itself. What nests deeper than `links` is no name that anybody
    wrote, and a file may hold one as deep as it is long.
    """
    if node is None or links <= 0:
        return ""
    if node.type == "identifier":
        return names.get(text_of(node), text_of(node) if text_of(node) in BUILTINS else "")
    if node.type == "attribute":
        owner = dotted(node.child_by_field_name("object"), names, links - 1)
        return f"{owner}.{text_of(node.child_by_field_name('attribute'))}" if owner else ""
    if node.type == "parenthesized_expression" and node.named_child_count == 1:
        return dotted(node.named_child(0), names, links - 1)
    if node.type == "call":
        return dotted_call(node, names, links - 1)
    if node.type == "subscript":
        owner = dotted(node.child_by_field_name("value"), names, links - 1)
        key = literal(node.child_by_field_name("subscript"))
        if owner.endswith(".__dict__") and key:
            return f"{owner.removesuffix('.__dict__')}.{key}"
        if owner == "sys.modules" and key:
            return key
    return ""


def dotted_call(node: tree_sitter.Node, names: dict[str, str], links: int = MOST_LINKS) -> str:
    function = dotted(node.child_by_field_name("function"), names, links - 1)
    given = positional(node)
    if function == "getattr" and len(given) >= 2:
        owner, name = dotted(given[0], names, links - 1), literal(given[1])
        return f"{owner}.{name}" if owner and name else ""
    if function == "vars" and len(given) == 1:
        owner = dotted(given[0], names, links - 1)
        return f"{owner}.__dict__" if owner else ""
    if function in ("__import__", "importlib.import_module") and given:
        return literal(given[0])
    return ""


BUILTINS = frozenset(
    {"getattr", "setattr", "delattr", "vars", "open", "__import__", "exec", "eval", "compile"}
)


def positional(call: tree_sitter.Node) -> list[tree_sitter.Node]:
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "argument_list":
        return []
    return [each for each in arguments.named_children if each.type not in ("keyword_argument", "comment")]


def literal(node: tree_sitter.Node | None) -> str:
    """The text of a string, of an f-string what comes before its first value; else empty."""
    if node is None or node.type not in ("string", "concatenated_string"):
        return ""
    found = ""
    for each in node.named_children:
        if each.type == "string":
            found += literal(each)
        elif each.type == "string_content":
            found += text_of(each)
        elif each.type == "interpolation":
            break
    return found


def is_plain_string(node: tree_sitter.Node) -> bool:
    if node.type == "concatenated_string":
        return all(is_plain_string(each) for each in node.named_children)
    return node.type == "string" and all(each.type != "interpolation" for each in node.named_children)


def inside_class(node: tree_sitter.Node) -> bool:
    above = node.parent
    while above is not None and above.type in ("block", "decorated_definition"):
        above = above.parent
    return above is not None and above.type == "class_definition"


# ---- rules ----


def import_hits(node: tree_sitter.Node) -> Iterator[Hit]:
    owner = text_of(node.child_by_field_name("module_name"))
    for each in node.children_by_field_name("name"):
        name = text_of(each.child_by_field_name("name")) if each.type == "aliased_import" else text_of(each)
        whole = f"{owner}.{name}" if owner else name
        for modules, rule in ((rules.NETWORK_MODULES, "network"), (rules.HARNESS_MODULES, "harness_import")):
            if any(whole == module or whole.startswith(f"{module}.") for module in modules):
                yield rule, node
        if owner and whole in rules.USED:
            yield rules.USED[whole], node


def use_hits(node: tree_sitter.Node, above: tree_sitter.Node | None, names: dict[str, str]) -> Iterator[Hit]:
    if above is not None and above.type in ("attribute", "aliased_import", "keyword_argument", "dotted_name"):
        inner = above.child_by_field_name("object") if above.type == "attribute" else None
        if inner is None or inner.id != node.id:
            return
    if node.type == "attribute" and text_of(node.child_by_field_name("attribute")) in rules.FRAME_ATTRIBUTES:
        yield "stack_frames", node
        return
    name = dotted(node, names)
    if name == "sys.modules" and above is not None and own_module(above):
        return
    if name in rules.USED:
        yield rules.USED[name], node


def own_module(node: tree_sitter.Node) -> bool:
    """`sys.modules[__name__]`: a module may speak of itself."""
    return node.type == "subscript" and text_of(node.child_by_field_name("subscript")) == "__name__"


def call_hits(node: tree_sitter.Node, names: dict[str, str]) -> Iterator[Hit]:
    function = dotted(node.child_by_field_name("function"), names)
    given = positional(node)
    whole = dotted_call(node, names)
    if whole in rules.USED:
        yield rules.USED[whole], node
    elif whole.split(".")[0] in rules.NETWORK_MODULES | rules.HARNESS_MODULES:
        yield "network" if whole.split(".")[0] in rules.NETWORK_MODULES else "harness_import", node
    if function in rules.BUILT_CODE and given and not is_plain_string(given[0]):
        yield "built_code", node
    if function in rules.LIBRARY_LOADERS and given:
        library = literal(given[0]).rsplit("/", 1)[-1]
        if given[0].type == "none" or library.startswith(rules.HOST_LIBRARIES):
            yield "foreign_memory", node
    if function in ("setattr", "delattr") and given and dotted(given[0], names) in rules.PATCHED:
        yield "patched_module", node
    if function in rules.FILE_FUNCTIONS and any(is_process_file(literal(each)) for each in given):
        yield "process_files", node
    if function in rules.VARIABLE_READERS and given and is_harness_variable(literal(given[0])):
        yield "harness_variable", node
    if has_keyword(node, "daemon", "true"):
        yield "background_thread", node
    if has_keyword(node, "start_new_session", "true"):
        yield "background_process", node


def has_keyword(call: tree_sitter.Node, name: str, kind: str) -> bool:
    arguments = call.child_by_field_name("arguments")
    for each in arguments.named_children if arguments is not None else ():
        value = each.child_by_field_name("value") if each.type == "keyword_argument" else None
        if value is not None and text_of(each.child_by_field_name("name")) == name and value.type == kind:
            return True
    return False


def is_process_file(path: str) -> bool:
    inside = path == rules.PROCESS_FILES.rstrip("/") or path.startswith(rules.PROCESS_FILES)
    return inside and path not in rules.HARMLESS_PROCESS_FILES


def is_harness_variable(name: str) -> bool:
    return name.startswith(rules.HARNESS_VARIABLES) and name not in rules.GIVEN_VARIABLES


def subscript_hits(node: tree_sitter.Node, names: dict[str, str]) -> Iterator[Hit]:
    owner = dotted(node.child_by_field_name("value"), names)
    if owner == rules.VARIABLES and is_harness_variable(literal(node.child_by_field_name("subscript"))):
        yield "harness_variable", node
    if dotted(node, names) in rules.USED:
        yield rules.USED[dotted(node, names)], node


def assignment_hits(node: tree_sitter.Node, names: dict[str, str]) -> Iterator[Hit]:
    left = node.child_by_field_name("left") if node.type != "delete_statement" else node.named_child(0)
    targets = [left] if left is not None else []
    while targets:
        target = targets.pop()
        if target.type in ("pattern_list", "tuple_pattern", "list_pattern", "expression_list"):
            targets += target.named_children
        elif target.type == "attribute":
            owner = dotted(target.child_by_field_name("object"), names)
            name = text_of(target.child_by_field_name("attribute"))
            if owner in rules.PATCHED:
                yield "patched_module", node
            elif name in rules.OVERLOADS:
                yield "comparison_overload", node
            elif name == "daemon" and text_of(node.child_by_field_name("right")) == "True":
                yield "background_thread", node
        elif target.type == "subscript" and dotted(target, names).rpartition(".")[0] in rules.PATCHED:
            yield "patched_module", node
