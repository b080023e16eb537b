// Long work of the service: waits for its end, and says how far it is.

import { call } from "./api.js";

const LOOK_AFTER_MS = [300, 500, 800, 1000, 1500, 2000];

/** The job when it has ended, done or failed. A connection that is lost meanwhile is waited for. */
export async function ended(id, onProgress) {
  for (let round = 0; ; round += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_AFTER_MS[Math.min(round, LOOK_AFTER_MS.length - 1)]);
    });
    try {
      const job = await call("GET", `/api/jobs/${id}`);
      if (job.ended_at) return job;
      onProgress(job);
    } catch (error) {
      if (error.name !== "NoConnection" && error.status < 500) throw error;
    }
  }
}
