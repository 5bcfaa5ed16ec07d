// Talks to the playground's own server.

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.json();
}

export const act = (me, platform, deed) => post("act", { as: me, platform, ...deed });
export const setFault = (fault) => post("faults", fault);
export const crash = (wish) => post("crash", wish);
export const reset = () => post("reset", {});

export async function getState(me) {
  const response = await fetch(`state?as=${encodeURIComponent(me)}&last=80`);
  return response.json();
}

// Calls back at every change, at most about ten times a second.
export function listen(changed) {
  const source = new EventSource("events");
  let timer = null;
  source.addEventListener("change", () => {
    timer ??= setTimeout(() => {
      timer = null;
      changed();
    }, 100);
  });
}
