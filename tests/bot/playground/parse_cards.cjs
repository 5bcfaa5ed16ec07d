// Parses the cards of a file with Microsoft's own library and prints what it complains of, a line for each complaint.
// Called as: node parse_cards.cjs CARDS.json

globalThis.window = globalThis; // the library is made for browsers; parsing needs nothing else of one
const fs = require("node:fs");
const path = require("node:path");
const { AdaptiveCard, HostConfig, SerializationContext, Versions } = require(path.join(__dirname, "../../../node_modules/adaptivecards/dist/adaptivecards.js"));

JSON.parse(fs.readFileSync(process.argv[2], "utf8")).forEach((json, index) => {
  const card = new AdaptiveCard();
  card.hostConfig = new HostConfig({ actions: { maxActions: 6 } }); // as Teams has it
  const context = new SerializationContext(Versions.v1_5);
  card.parse(json, context);
  for (let at = 0; at < context.eventCount; at += 1) console.log(`${index}: ${context.getEventAt(at).message}`);
  for (const { message } of card.validateProperties().validationEvents) console.log(`${index}: ${message}`);
});
