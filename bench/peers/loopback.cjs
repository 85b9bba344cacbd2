// Preloaded into peer gateways that listen on every interface: a benchmark listens on loopback only.
const { Server } = require("node:net");

const listen = Server.prototype.listen;
Server.prototype.listen = function (...args) {
  const options = typeof args[0] === "object" ? { ...args[0] } : { port: Number(args[0]) };
  const ready = args.find((arg) => typeof arg === "function");
  return listen.call(this, { ...options, host: "127.0.0.1" }, ready);
};
