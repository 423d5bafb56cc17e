// A partner's system in JavaScript, driven by lines of JSON: commands on stdin, what happens on stdout.
const { createRequire } = require("node:module");
const readline = require("node:readline");
const { io } = createRequire(`${process.env.PARTNER_CLIENT}/package.json`)("socket.io-client");

const say = (happened) => process.stdout.write(`${JSON.stringify(happened)}\n`);
let socket;

const commands = {
  connect({ url, token, header }) {
    const how = header ? { extraHeaders: { Authorization: `Bearer ${token}` } } : { auth: { token } };
    socket = io(url, { transports: ["websocket"], reconnection: false, ...how });
    socket.on("connect", () => say({ on: "connect" }));
    socket.on("connect_error", (error) => say({ on: "connect_error", why: error.message }));
    socket.on("disconnect", (reason) => say({ on: "disconnect", reason }));
    socket.onAny((name, content) => say({ on: "event", name, content }));
  },
  async call({ name, content, id }) {
    say({ on: "answer", id, answer: await socket.timeout(20_000).emitWithAck(name, content) });
  },
  cut() {
    socket.io.engine.close();
  },
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
}).on("close", () => process.exit(0));
