//! What can be wrong about rights and privileges; `errors` says how the rows are read.

/// Where it goes, what it is, the code, and a part of the help or the label.
pub(super) const RIGHTS: &[(&str, &str, &str, &str)] = &[
    (
        "#ROOT",
        "users = [{ id = \"ann\", privileges = [\"all\", ⟦\"-delete:tsk\"⟧] }, { id = \"bob\" }]",
        "E302",
        "`-delete:task`",
    ),
    ("#ROOT", "users = [{ id = \"ann\", privileges = [⟦\"fly\"⟧] }, { id = \"bob\" }]", "E302", "`sync-to-outlook`"),
    (
        "#ROOT",
        "users = [{ id = \"ann\", privileges = [\"all\", ⟦\"read:task\"⟧] }, { id = \"bob\" }]",
        "E211",
        "in their order",
    ),
    (
        "#ROOT",
        "users = [{ id = \"ann\", privileges = [⟦\"-read:task\"⟧] }, { id = \"bob\" }]",
        "E106",
        "nothing to take away",
    ),
    ("#ROOT", "users = [{ id = \"ann\", privileges = ⟦true⟧ }, { id = \"bob\" }]", "E301", "a list"),
    ("#ITEMS", "{ id = \"i\", kind = \"task\", side = \"both\", shared-with = [⟦\"ann\"⟧] },", "E106", "the owner"),
    (
        "#ITEMS",
        "{ id = \"i\", kind = \"task\", side = \"both\", shared-with = [\"bob\", ⟦\"bob\"⟧] },",
        "E211",
        "again",
    ),
    ("#ITEMS", "{ id = \"i\", kind = \"task\", side = \"both\", shared-with = [⟦\"bobb\"⟧] },", "E202", "`bob`"),
    (
        "#ITEMS",
        "{ id = \"i\", kind = \"task\", side = \"outlook\", shared-with = ⟦[\"bob\"]⟧ },",
        "E106",
        "only records",
    ),
    (
        "#ITEMS",
        "{ id = \"i\", kind = \"task\", side = \"both\", holder = ⟦\"bob\"⟧ },@@users = [{ id = \"ann\" }, { id = \"bob\", privileges = [\"sync-to-outlook\"] }]",
        "E106",
        "`shared-with`",
    ),
    ("#STEPS", "{ do = \"share\", on = \"crm\", item = \"zoe\", to = ⟦\"ann\"⟧ },", "E106", "somebody else"),
    ("#STEPS", "{ do = \"share\", on = \"crm\", as = \"bob\", item = \"zoe\", to = ⟦\"ann\"⟧ },", "E106", "the owner"),
    (
        "#STEPS",
        "{ do = \"assign\", on = \"crm\", item = \"zoe\", to = \"bob\" },\n{ do = \"share\", on = \"crm\", item = \"zoe\", to = ⟦\"bob\"⟧ },",
        "E106",
        "the owner",
    ),
    ("#STEPS", "{ do = \"share\", on = \"crm\", item = \"zoe\", to = \"bob\", rights = ⟦[]⟧ },", "E303", "`unshare`"),
    (
        "#STEPS",
        "{ do = \"share\", on = \"crm\", item = \"zoe\", to = \"bob\", rights = [⟦\"wriet\"⟧] },",
        "E302",
        "`write`",
    ),
    (
        "#STEPS",
        "{ do = \"share\", on = \"crm\", item = \"zoe\", to = \"bob\", rights = [\"read\", ⟦\"read\"⟧] },",
        "E211",
        "again",
    ),
    ("#STEPS", "{ do = \"share\", on = ⟦\"desk\"⟧, item = \"zoe\", to = \"bob\" },", "E401", "`on = \"crm\"`"),
    (
        "#STEPS",
        "{ do = \"unshare\", on = \"crm\", item = \"zoe\", ⟦rights⟧ = [\"read\"], to = \"bob\" },",
        "E102",
        "it takes",
    ),
    ("#STEPS", "{ do = ⟦\"grant\"⟧, on = \"crm\", to = \"bob\" },", "E103", "`rights` is missing"),
    ("#STEPS", "{ do = \"grant\", on = \"crm\", to = \"bob\", rights = [⟦\"raed:task\"⟧] },", "E302", "`read:task`"),
    (
        "#STEPS",
        "{ do = \"revoke\", on = \"crm\", to = \"bob\", rights = [\"all\", ⟦\"read:task\"⟧] },",
        "E211",
        "again",
    ),
    ("#STEPS", "{ do = \"revoke\", on = \"crm\", to = \"bob\", rights = ⟦[]⟧ },", "E303", "at least one"),
];
