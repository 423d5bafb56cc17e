// A peer of the fanout bench: the package `ws` as its README broadcasts, fed over standard input.
// NODE_PATH has to name the directory with the package; the only argument is the port. Answers one line when it listens.
"use strict";

const readline = require("node:readline");
const { WebSocketServer } = require("ws");

const FRAGMENT_BYTES = 587;
const digits = (number, count) => String(number).padStart(count, "0");

// As tests/bench/message.py writes it, byte for byte.
function message(version, topic) {
  const stamp = `${digits(version, 8)}.${digits(process.hrtime.bigint(), 20)}`;
  const id = topic.replace(":", "-");
  const head = `<div id="${id}" data-topic="${topic}" data-v="${version}" data-sent="${stamp}"><span>`;
  const tail = "</span></div>";
  const fragment = head + "x".repeat(FRAGMENT_BYTES - head.length - tail.length) + tail;
  return `<template data-topic="${topic}" data-v="${version}" data-push="replace">${fragment}</template>`;
}

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  backlog: 2048,
  perMessageDeflate: false,
});
server.on("listening", () => console.log('{"ready": true}'));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  for (const topic of asked.topics) {
    const data = Buffer.from(message(asked.version, topic));
    server.clients.forEach((client) => client.send(data, { binary: false }));
  }
});
