// Predictions of the service: its model, recordings over HTTP, and live sessions.
import { LiveConnection } from "./live_connection.js";

const TOKEN_KEY = "emotion-token";

/** An error with a message for users; `needsToken` where the service demands one. */
export class ServiceError extends Error {
  constructor(message, { needsToken = false } = {}) {
    super(message);
    this.needsToken = needsToken;
  }
}

export const service = {
  isService: true,
  storesNothing: "Audio and words are not stored: the service processes them in memory and forgets them.",

  setToken(token) {
    sessionStorage.setItem(TOKEN_KEY, token);
  },

  /** Specification of the model. */
  async model() {
    return (await (await request("v1/model")).json()).specification;
  },

  /** Events of a recording. */
  async predict(file, { words }) {
    const query = new URLSearchParams({ timeline: "true", transcript: String(words) });
    const response = await request(`v1/predict?${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: file,
    });
    return (await response.json()).timeline;
  },

  /** A live session; see LiveConnection. */
  open(options) {
    const address = new URL("v1/stream", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    return new LiveConnection(address, subprotocols(), options);
  },
};

async function request(path, options = {}) {
  const headers = { ...options.headers };
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new ServiceError("The service cannot be reached: is it running?");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const message = problem.detail ?? `The service reports the error ${response.status}.`;
  throw new ServiceError(message, { needsToken: response.status === 401 });
}

function subprotocols() {
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (!token) return ["emotion-v1"];
  const encoded = btoa(token).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return ["emotion-v1", `token.${encoded}`];
}
