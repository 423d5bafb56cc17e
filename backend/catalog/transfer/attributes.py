"""What a row says of its product by the definitions of its category: one column for each attribute.

A column is mapped to `a_<code>`. What the row's category does not define is nobody's business, and stays unread.
"""

from collections.abc import Iterator, Mapping, Sequence

from psycopg import sql

from backend.catalog.models import AttributeDefinition
from backend.catalog.transfer.fields import BY_NAME, Field, Kind
from backend.catalog.transfer.models import Import

PREFIX = "a_"
MAX_TEXT = 200
YES = ("yes", "y", "true", "1", "x", "ja", "oui", "sí", "si", "sim", "نعم")
NO = ("no", "n", "false", "0", "nein", "non", "não", "لا")
SQL = sql.SQL | sql.Composed


def attribute_fields() -> Mapping[str, Field]:
    """Every attribute that some category defines, as a field that knows its name in each language. One query."""
    return {f"{PREFIX}{each.code}": _field(each) for each in AttributeDefinition.objects.order_by("name", "code")}


def _field(definition: AttributeDefinition) -> Field:
    names = (definition.name, *definition.names)
    return Field(f"{PREFIX}{definition.code}", definition.local_name, Kind.ATTRIBUTE, MAX_TEXT, names)


def field_of(name: str) -> Field:
    """What a column is mapped to. An attribute's is known by its code."""
    return BY_NAME[name] if name in BY_NAME else Field(name, code_of(name), Kind.ATTRIBUTE, MAX_TEXT)


def code_of(name: str) -> str:
    return name.removeprefix(PREFIX)


def mapped(import_: Import) -> Sequence[str]:
    """The attributes that the file has a column for."""
    return [name for name in import_.mapping if name.startswith(PREFIX)]


def definitions(import_: Import, category: SQL) -> SQL:
    """Joins to each row what its category wants to be said under each of the codes."""
    return sql.SQL(" ").join(
        sql.SQL("LEFT JOIN catalog_attributedefinition AS {d} ON {d}.category_id = {category} AND {d}.code = {code}")
        .format(d=_definition(name), category=category, code=code_of(name))
        for name in mapped(import_)
    )  # fmt: skip


def meaning_of(name: str, import_: Import) -> sql.Composed:
    """The value as it is stored; null where the cell says nothing that the definition takes."""
    cell = sql.Identifier(f"t_{name}")
    point = sql.SQL("replace({}, ',', '.')" if import_.decimal_comma else "{}").format(cell)
    digits = "^-?[0-9]{1,12}(,[0-9]{1,6})?$" if import_.decimal_comma else "^-?[0-9]{1,12}([.][0-9]{1,6})?$"
    return sql.SQL(
        "CASE {d}.kind"
        " WHEN 'text' THEN CASE WHEN length({cell}) <= {most} AND {cell} !~ '[\ufffd\\x01-\\x1f]'"
        " THEN to_jsonb({cell}) END"
        " WHEN 'number' THEN CASE WHEN {cell} ~ {digits} THEN to_jsonb(trim_scale({point}::numeric)) END"
        " WHEN 'yes_no' THEN CASE WHEN lower({cell}) = ANY({yes}) THEN 'true'::jsonb"
        " WHEN lower({cell}) = ANY({no}) THEN 'false'::jsonb END"
        " ELSE coalesce((SELECT to_jsonb(choice) FROM jsonb_array_elements_text({d}.choices) AS choice"
        " WHERE lower(choice) = lower({cell}) LIMIT 1),"
        " (SELECT to_jsonb(choice) FROM jsonb_array_elements_text({d}.choices) AS choice,"
        " jsonb_each_text({d}.translations) AS said WHERE lower(said.value) = lower({cell})"
        " AND said.key ^@ ('choice.' || choice || '.') ORDER BY choice LIMIT 1)) END"
    ).format(
        d=_definition(name), cell=cell, most=MAX_TEXT, digits=digits, point=point, yes=list(YES), no=list(NO)
    )  # fmt: skip


def exposed(import_: Import) -> Iterator[SQL]:
    """What the level above needs of each definition: its kind, its choices, and whose it is."""
    for name in mapped(import_):
        yield sql.SQL("{d}.kind AS {k}, {d}.is_variant_axis AS {axis}, {d}.choices AS {choices}").format(
            d=_definition(name), k=_of(name, "k"), axis=_of(name, "axis"), choices=_of(name, "choices")
        )


def wrong_of(name: str) -> sql.Composed:
    """Whether a cell says something that its definition does not take."""
    return sql.SQL("({t} IS NOT NULL AND {k} IS NOT NULL AND {v} IS NULL)").format(
        t=sql.Identifier(f"t_{name}"), k=_of(name, "k"), v=sql.Identifier(f"v_{name}")
    )


def why_of(name: str) -> sql.Composed:
    """The code of what is wrong with such a cell."""
    return sql.SQL(
        "CASE {k} WHEN 'number' THEN 'not_number' WHEN 'yes_no' THEN 'not_yes_no'"
        " WHEN 'choice' THEN 'not_choice' ELSE 'too_long' END"
    ).format(k=_of(name, "k"))


def choices_of(name: str) -> sql.Composed:
    """What could be chosen, for whoever chose something else."""
    return sql.SQL(
        "coalesce((SELECT string_agg(choice, ', ') FROM jsonb_array_elements_text({}) AS choice), '')"
    ).format(_of(name, "choices"))


def said(import_: Import, *, by_variant: bool) -> SQL:
    """One object of all that the row says of its product, or of its variant: code -> value."""
    pairs = [
        sql.SQL("{code}, CASE WHEN {axis} = {by_variant} THEN {v} END").format(
            code=code_of(name), axis=_of(name, "axis"), by_variant=by_variant, v=sql.Identifier(f"v_{name}")
        )
        for name in mapped(import_)
    ]
    if not pairs:
        return sql.SQL("NULL::jsonb")
    return sql.SQL("jsonb_strip_nulls(jsonb_build_object({}))").format(sql.SQL(", ").join(pairs))


def unsaid(import_: Import) -> sql.Composed:
    """The names of what a new product of its category has to say before it is published; null where it says all."""
    every = sql.SQL("coalesce({} || {}, '{{}}')").format(
        said(import_, by_variant=False), said(import_, by_variant=True)
    )
    return sql.SQL(
        "(SELECT string_agg(name, ', ' ORDER BY position, code) FROM catalog_attributedefinition"
        " WHERE required AND category_id = meant.category AND NOT {} ? code)"
    ).format(every)


def _definition(name: str) -> sql.Identifier:
    return sql.Identifier(f"d_{name}")


def _of(name: str, what: str) -> sql.Identifier:
    return sql.Identifier(f"{what}_{name}")
