// Where blocks stand: in a message or in a view; it knows what was put in so far and how the bot hears of it.

export function placeOf(where, context, draft) {
  return {
    draft,
    people: context.people,
    root: context.root,
    remember(block, action, shown) {
      if (shown !== null) (draft[block] ??= {})[action] = shown;
    },
    press: (deed) => context.act({ do: "press", ...where, state: draft, ...deed }),
    suggest: (deed) => context.act({ do: "suggest", ...where, state: draft, ...deed }),
  };
}
