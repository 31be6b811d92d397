"""A state machine as a Mermaid flowchart, which GitHub draws."""

from collections.abc import Iterator

from tools.reference.machines import Machine, State, condition, errors

# Fills that keep their own text's colour, so that both of GitHub's themes can be read.
CLASSES = """\
    classDef task fill:#ebf8ff,stroke:#2b6cb0,color:#1a202c
    classDef choice fill:#fefcbf,stroke:#b7791f,color:#1a202c
    classDef good fill:#c6f6d5,stroke:#2f855a,color:#1a202c
    classDef bad fill:#fed7d7,stroke:#c53030,color:#1a202c
    classDef plain fill:#ffffff,stroke:#4a5568,color:#1a202c"""
_SHAPES = {
    "Task": ("[", "]:::task"),
    "Choice": ("{{", "}}:::choice"),
    "Succeed": ("([", "]):::good"),
    "Fail": ("([", "]):::bad"),
}


def flowchart(machine: Machine) -> str:
    """Give the drawing's text: solid arrows are the way, dashed ones are errors that outlast the retries."""
    return "\n".join(["flowchart TB", *_level(machine, machine.definition, "    "), CLASSES])


def _level(machine: Machine, level: State, indent: str, prefix: str = "") -> Iterator[str]:
    states: dict[str, State] = level["States"]
    for name, state in states.items():
        yield from _node(machine, name, state, indent)
    yield f"{indent}{prefix}start((start)):::plain --> {level['StartAt']}"
    for name, state in states.items():
        yield from _ways(name, state, indent)


def _node(machine: Machine, name: str, state: State, indent: str) -> Iterator[str]:
    if state["Type"] == "Map":
        yield f'{indent}subgraph {name}["{name}: one child a partition"]'
        yield from _level(machine, state["ItemProcessor"], indent + "    ", name)
        yield f"{indent}end"
        yield f"{indent}style {name} fill:#f7fafc,stroke:#4a5568,color:#1a202c"
        return
    function = machine.function(state)
    label = name if function is None else f"<b>{name}</b><br>{function}"
    left, right = _SHAPES[state["Type"]]
    yield f'{indent}{name}{left}"{label}"{right}'


def _ways(name: str, state: State, indent: str) -> Iterator[str]:
    for rule in state.get("Choices", []):
        yield f'{indent}{name} -->|"{condition(rule)}"| {rule["Next"]}'
    if "Default" in state:
        yield f'{indent}{name} -->|"otherwise"| {state["Default"]}'
    if "Next" in state:
        yield f"{indent}{name} --> {state['Next']}"
    if state.get("End"):
        yield f"{indent}{name} --> {name}Done([succeeds]):::good"
    for rule in state.get("Catch", []):
        yield f'{indent}{name} -.->|"{errors(rule)}"| {rule["Next"]}'
