// Sets a new Uptime Kuma up as the guide says: a user, the webhook, its test, and one monitor with its tag. `PACKAGES`
// is the folder of its packages; the arguments are its address, the page to watch, and the webhook's address and secret.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.PACKAGES}/node_modules/`);
const { io } = require("socket.io-client");
const [kuma, page, webhook, secret] = process.argv.slice(2);

const answer_ms_max = 30_000;
const socket = io(kuma, { transports: ["websocket"] });
const ask = async (event, ...fields) => {
  const answer = await socket.timeout(answer_ms_max).emitWithAck(event, ...fields);
  if (answer.ok === false) throw new Error(`${event}: ${answer.msg}`);
  return answer;
};

await new Promise((connected) => socket.on("connect", connected));
// It answers nothing before it has said what it is.
await new Promise((told) => socket.on("info", told));
await ask("setup", "ada", "Of-this-run-1");
await ask("login", { username: "ada", password: "Of-this-run-1", token: "" });
const webhooks = {
  name: "Nines", type: "webhook", isDefault: false, applyExisting: false,
  webhookURL: webhook, webhookContentType: "json",
  webhookAdditionalHeaders: JSON.stringify({ Authorization: `Bearer ${secret}` }),
};
const notification = await ask("addNotification", webhooks, null);
await ask("testNotification", webhooks);
const { monitorID } = await ask("add", {
  type: "http", name: "api", url: page, method: "GET", interval: 20, retryInterval: 20, timeout: 5, resendInterval: 1,
  maxretries: 0, maxredirects: 0, accepted_statuscodes: ["200-299"], active: false, ignoreTls: false, upsideDown: false,
  expiryNotification: false, notificationIDList: { [notification.id]: true }, kafkaProducerBrokers: [],
  kafkaProducerSaslOptions: { mechanism: "None" }, packetSize: 56, dns_resolve_type: "A", dns_resolve_server: "1.1.1.1",
});
const { tag } = await ask("addTag", { name: "nines", color: "#000000" });
await ask("addMonitorTag", tag.id, monitorID, "api");
await ask("resumeMonitor", monitorID);
socket.close();
