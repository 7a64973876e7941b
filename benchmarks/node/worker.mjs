// BullMQ's worker with a processor that does nothing. `fill <number> <bytes>` queues jobs first.

import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

const connection = new Redis(process.env.BENCH_REDIS_URL, { maxRetriesPerRequest: null });
const [, , what, number, bytes] = process.argv;

if (what === "fill") {
  const queue = new Queue("webhooks", { connection });
  const body = "x".repeat(Number(bytes));
  for (let first = 0; first < Number(number); first += 1000) {
    const size = Math.min(1000, Number(number) - first);
    await queue.addBulk(
      Array.from({ length: size }, (_, offset) => ({ name: "paid", data: body, opts: { jobId: `evt_${first + offset}` } })),
    );
  }
  await queue.close();
  process.exit(0);
}

const worker = new Worker("webhooks", async () => {}, { connection, concurrency: Number(what) });
process.on("SIGTERM", async () => {
  await worker.close();
  process.exit(0);
});
