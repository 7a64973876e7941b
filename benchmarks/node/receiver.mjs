// Fastify and BullMQ: the signature over the raw body, then one job whose id is the event's, which
// BullMQ takes once. The job holds the body.

import { createHmac, timingSafeEqual } from "node:crypto";
import { Queue } from "bullmq";
import Fastify from "fastify";
import { Redis } from "ioredis";

const TOLERANCE = 300;
const secret = process.env.BENCH_SECRET;
const connection = new Redis(process.env.BENCH_REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue("webhooks", { connection });
const app = Fastify({ logger: false });

function proven(header, body) {
  const fields = Object.fromEntries(header.split(",").map((field) => field.split("=", 2)));
  if (!/^\d+$/.test(fields.t ?? "") || Math.abs(Date.now() / 1000 - Number(fields.t)) > TOLERANCE) return false;
  const expected = Buffer.from(createHmac("sha256", secret).update(`${fields.t}.`).update(body).digest("hex"));
  const given = Buffer.from(fields.v1 ?? "");
  return expected.length === given.length && timingSafeEqual(expected, given);
}

app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));

app.post("/webhooks/stripe", async (request, reply) => {
  const body = request.body;
  if (!proven(request.headers["stripe-signature"] ?? "", body)) return reply.code(400).send();
  const text = body.toString();
  const event = JSON.parse(text);
  await queue.add(event.type, text, { jobId: event.id });
  return reply.code(200).send();
});

app.get("/livez", async () => ({}));

await queue.waitUntilReady();
await app.listen({ host: "127.0.0.1", port: Number(process.env.BENCH_PORT) });
process.on("SIGTERM", async () => {
  await app.close();
  await queue.close();
  process.exit(0);
});
