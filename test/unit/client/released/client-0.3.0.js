/* The client library as it was first built (0.3.0), in one file: what pages that are open somewhere may still run. Never changed. */
// src/client/host.ts
function hostOf(given = {}) {
	return {
		fetch: (...request) => fetch(...request),
		WebSocket: typeof WebSocket === "undefined" ? null : WebSocket,
		now: () => performance.now(),
		wall: () => Date.now(),
		random: () => Math.random(),
		key: () => [...crypto.getRandomValues(/* @__PURE__ */ new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
		after: (ms, run) => {
			const timer = setTimeout(run, Math.min(ms, 2147483647));
			return () => clearTimeout(timer);
		},
		...given
	};
}
// src/client/protocol.ts
/** Answers after which the same request, under the same key, is sent again. */
var again = /* @__PURE__ */ new Set([
	429,
	502,
	503,
	504
]);
/** Whether nothing will ever be told over a connection that was closed with this. 4429: too many, for now. */
function isForGood(code) {
	return code >= 4400 && code < 4429;
}
// src/client/requests.ts
/** Asking twice harms nothing, so a server that stands still is left soon; one that is slow gets more time each time. */
var FIRST_ATTEMPT_MS = 1e3;
var LONGEST_ATTEMPT_MS = 16e3;
var SHORTEST_PAUSE_MS$1 = 50;
var LONGEST_PAUSE_MS$1 = 5e3;
/** The server says no, and would say so again. */
var Refused = class extends Error {
	name = "Refused";
	problem;
	constructor(problem) {
		super(`${problem.code}: ${problem.detail}`);
		this.problem = problem;
	}
};
/** Nobody waits for it any more. */
var Stopped = class extends Error {
	name = "Stopped";
};
var Requests = class {
	#host;
	#bases;
	/** Counts on where a server did not answer. */
	#at;
	constructor(host, bases) {
		this.#host = host;
		this.#bases = bases;
		this.#at = Math.floor(host.random() * bases.length);
	}
	/** The body of the answer. Rejects with Refused, or with Stopped once `signal` says so. */
	async persist(asked, signal) {
		for (let failures = 0;; failures += 1) {
			if (signal?.aborted) throw new Stopped("stopped");
			const withinMs = Math.min(FIRST_ATTEMPT_MS * 2 ** failures, LONGEST_ATTEMPT_MS);
			const answer = await this.#attempt(asked, withinMs, signal);
			if (answer !== null && answer.status < 400) return answer.body;
			if (answer !== null && !again.has(answer.status)) throw new Refused(problemOf(answer));
			this.#at += 1;
			const upToMs = Math.min(SHORTEST_PAUSE_MS$1 * 2 ** failures, LONGEST_PAUSE_MS$1);
			const leastMs = answer?.status === 429 ? answer.retryAfterMs : 0;
			await this.#pause(leastMs + this.#host.random() * upToMs, signal);
		}
	}
	/** Null: no answer. */
	async #attempt(asked, withinMs, signal) {
		const { method, path, body, token, key } = asked;
		const base = this.#bases[this.#at % this.#bases.length] ?? "";
		const abort = new AbortController();
		const stop = () => abort.abort();
		const cancel = this.#host.after(withinMs, stop);
		signal?.addEventListener("abort", stop);
		try {
			const response = await this.#host.fetch(`${base}${path}`, {
				method,
				signal: abort.signal,
				headers: {
					...body !== void 0 && { "content-type": "application/json" },
					...token !== void 0 && { authorization: `Bearer ${token}` },
					...key !== void 0 && { "idempotency-key": key }
				},
				...body !== void 0 && { body: JSON.stringify(body) }
			});
			const text = await response.text();
			const retryAfter = Number(response.headers.get("retry-after") ?? 1);
			return {
				status: response.status,
				body: parsed(text),
				retryAfterMs: Math.max(0, retryAfter) * 1e3 || 0
			};
		} catch {
			return null;
		} finally {
			cancel();
			signal?.removeEventListener("abort", stop);
		}
	}
	#pause(ms, signal) {
		return new Promise((resolve) => {
			if (signal?.aborted) return resolve();
			const end = () => {
				cancel();
				signal?.removeEventListener("abort", end);
				resolve();
			};
			const cancel = this.#host.after(ms, end);
			signal?.addEventListener("abort", end);
		});
	}
};
function parsed(text) {
	try {
		return text === "" ? {} : JSON.parse(text);
	} catch {
		return {};
	}
}
/** What stands between may answer with a page of its own. */
function problemOf({ status, body }) {
	const { code = "unknown", detail = `status ${status}` } = body;
	return {
		...body,
		status,
		code,
		detail
	};
}
// src/client/command.ts
var MOST$1 = 48;
/** Awaiting it gives the answer, or throws Refused. One that nobody awaits is refused silently: `status` says so. */
var Command = class {
	status = "pending";
	/** Why it was refused. */
	problem = null;
	#answer;
	constructor(answer) {
		this.#answer = answer;
		answer.then(() => {
			this.status = "stored";
		}, (error) => {
			this.status = "refused";
			if (error instanceof Refused) this.problem = error.problem;
		});
	}
	then(onStored, onRefused) {
		return this.#answer.then(onStored, onRefused);
	}
};
var CommandLine = class {
	#last = Promise.resolve();
	#waiting = 0;
	/** `run` is called when all commands before it were answered. */
	add(run) {
		if (this.#waiting >= MOST$1) {
			const detail = `${MOST$1} commands wait for their answers`;
			return new Command(Promise.reject(new Refused({
				status: 0,
				code: "too_many_pending",
				detail
			})));
		}
		this.#waiting += 1;
		const answer = this.#last.then(run);
		this.#last = answer.then(() => this.#done(), () => this.#done());
		return new Command(answer);
	}
	#done() {
		this.#waiting -= 1;
	}
};
// src/client/event-stream.ts
/**
* Server-Sent Events, read from text as it comes.
*
* Invariant: a field is understood only once its line is complete; what is not `data` is passed over, for the frames say all.
*/
/** Each call gives the texts of the events that its part completed, and null for each comment. */
function eventReader() {
	let rest = "";
	let data = [];
	return (part) => {
		const lines = (rest + part).split("\n");
		rest = lines.pop() ?? "";
		const found = [];
		for (const line of lines) if (line.startsWith(":")) found.push(null);
		else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
		else if (line === "" && data.length > 0) {
			found.push(data.join("\n"));
			data = [];
		}
		return found;
	};
}
// src/client/feed.ts
/**
* Following one game, as a state machine: which connection to open and when, what to ask for, what of it is news.
*
* Role: pure. It is told what happens and when, and says what to do; the shell (watch.ts) does it, and calls `tick` at `dueAt`.
* Invariants:
*  - One connection at a time. One that ended is followed by another, for ever, after a pause drawn from a growing range; only an end for good
*    (no token, no such game) is the end.
*  - Events are told in the order of `seq`, none twice. Where some are missing, or the game was put back, what follows is a `snapshot`.
*  - A connection is left when its server answers no pings (beside a stream they are requests of their own), a stream also when its
*    heartbeats stay out.
*  - Where sockets never say anything twice in a row, a stream is tried; after each stream, sockets once more.
*/
var OPEN_WITHIN_MS = 5e3;
/** While a game changes hands nothing is answered; after that, pings are. */
var FIRST_REPLY_WITHIN_MS = 15e3;
var REPLY_WITHIN_MS = 4e3;
var PING_EVERY_MS = 4e3;
/** Of a stream: heartbeats come every 20 s. */
var SILENCE_MS = 45e3;
var SHORTEST_PAUSE_MS = 100;
var LONGEST_PAUSE_MS = 1e4;
var BLOCKED_AFTER = 2;
var Feed = class {
	/** When to call `tick`; infinite: never. */
	dueAt = Number.POSITIVE_INFINITY;
	#options;
	#state = { is: "idle" };
	#version = 0;
	#seq = null;
	/** What is told next begins anew. */
	#anew = true;
	#failures = 0;
	/** Sockets in a row that never said anything. */
	#silentSockets = 0;
	#next;
	constructor(options) {
		this.#options = options;
		this.#next = Math.floor(options.random() * options.bases.length);
	}
	/** Where the connection leads that is open; null: there is none. */
	get connected() {
		return this.#state.is === "open" ? this.#state : null;
	}
	begin(now) {
		return this.#open(now);
	}
	stop() {
		this.#state = { is: "over" };
		this.dueAt = Number.POSITIVE_INFINITY;
		return [{ do: "drop" }];
	}
	opened(now) {
		if (this.#state.is !== "opening") return [];
		const { via, base } = this.#state;
		this.#state = {
			is: "open",
			via,
			base,
			pingedAt: null,
			heardAt: null
		};
		return this.#ping(now, FIRST_REPLY_WITHIN_MS);
	}
	/** A frame, or (null) a heartbeat. */
	heard(frame, now) {
		const state = this.#state;
		if (state.is !== "open") return [];
		this.#failures = 0;
		this.#silentSockets = state.via === "socket" ? 0 : 1;
		if (state.via === "socket" || frame?.type !== "reply") this.#state = {
			...state,
			heardAt: now
		};
		if (frame === null) return [];
		const { serverTime } = frame;
		switch (frame.type) {
			case "reply": return serverTime === void 0 ? this.#replied(now) : [{
				do: "sample",
				sentAt: state.pingedAt,
				serverTime
			}, ...this.#replied(now)];
			case "reconnect": return [{ do: "drop" }, ...this.#wait(now, SHORTEST_PAUSE_MS)];
			case "close": return [{ do: "drop" }, ...this.ended(frame.code, frame.reason, now)];
			case "events":
			case "game": return [...serverTime === void 0 ? [] : [{
				do: "sample",
				sentAt: null,
				serverTime
			}], ...frame.type === "game" ? this.#game(frame) : this.#events(frame)];
			case "presence": return [{
				do: "presence",
				presence: {
					players: frame.players,
					spectators: frame.spectators
				}
			}];
			default: return [];
		}
	}
	/** The connection ended, or could not be made; `code` null: nobody said why. */
	ended(code, reason, now) {
		const state = this.#state;
		if (state.is !== "opening" && state.is !== "open") return [];
		if (code !== null && isForGood(code)) {
			this.#state = { is: "over" };
			this.dueAt = Number.POSITIVE_INFINITY;
			return [{
				do: "end",
				code,
				reason
			}];
		}
		if ((code === null || code === 1006) && !(state.is === "open" && state.heardAt !== null)) this.#silentSockets = state.via === "socket" ? this.#silentSockets + 1 : 0;
		this.#failures += 1;
		return this.#wait(now, Math.min(SHORTEST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS));
	}
	tick(now) {
		if (now < this.dueAt) return [];
		const state = this.#state;
		if (state.is === "waiting") return this.#open(now);
		if (state.is === "open" && state.pingedAt === null && !isSilent(state, now)) return this.#ping(now, REPLY_WITHIN_MS);
		return [{ do: "drop" }, ...this.ended(null, "nothing comes", now)];
	}
	#open(now) {
		const { bases, sockets } = this.#options;
		const base = bases[this.#next % bases.length] ?? "";
		const via = sockets && this.#silentSockets < BLOCKED_AFTER ? "socket" : "stream";
		this.#state = {
			is: "opening",
			via,
			base,
			pingedAt: null,
			heardAt: null
		};
		this.dueAt = now + OPEN_WITHIN_MS;
		const after = this.#seq === null ? "" : `&after=${this.#seq}`;
		return [{
			do: "open",
			via,
			base,
			query: `?since=${this.#version}${after}`
		}];
	}
	#wait(now, upToMs) {
		this.#state = { is: "waiting" };
		this.#next += 1;
		this.dueAt = now + this.#options.random() * upToMs;
		return [];
	}
	#ping(now, withinMs) {
		this.#state = {
			...this.#state,
			pingedAt: now
		};
		this.dueAt = now + withinMs;
		return [{ do: "ping" }];
	}
	#replied(now) {
		this.#state = {
			...this.#state,
			pingedAt: null
		};
		this.dueAt = now + PING_EVERY_MS;
		return [];
	}
	#game({ game, version, reset = false }) {
		if (version <= this.#version && !reset) return [];
		this.#version = version;
		this.#anew ||= reset;
		const resumed = this.#anew ? "snapshot" : "gapless";
		this.#anew = false;
		return [{
			do: "tell",
			game,
			version,
			events: [],
			resumed
		}];
	}
	#events({ events, reset = false }) {
		const known = reset ? 0 : this.#seq ?? 0;
		const news = events.filter(({ seq }) => seq > known);
		const [first] = news;
		const last = news.at(-1);
		if (first === void 0 || last === void 0) return [];
		this.#anew ||= reset || this.#seq !== null && first.seq > this.#seq + 1;
		this.#seq = last.seq;
		return [{
			do: "tell",
			game: null,
			version: this.#version,
			events: news,
			resumed: this.#anew ? "snapshot" : "gapless"
		}];
	}
};
function isSilent({ via, heardAt }, now) {
	return via === "stream" && heardAt !== null && now - heardAt >= SILENCE_MS;
}
// src/client/mailbox.ts
var MOST_EVENTS = 1e4;
var Mailbox = class {
	#newest = null;
	#events = [];
	#resumed = "gapless";
	#hasNews = false;
	#isFull = false;
	#waiting = null;
	/** `game` null: as before. */
	put(game, version, events, resumed) {
		if ((events[0]?.seq ?? Number.POSITIVE_INFINITY) <= (this.#events.at(-1)?.seq ?? 0) || resumed === "snapshot" && this.#resumed === "gapless") this.#events = [];
		if (resumed === "snapshot") this.#resumed = resumed;
		if (game !== null) this.#newest = {
			game,
			version
		};
		this.#events.push(...events);
		if (this.#events.length > MOST_EVENTS) {
			this.#isFull = true;
			this.#events = [];
		}
		this.#hasNews = true;
		this.wake();
	}
	/** All that is there; null: nothing yet. Throws where too much was left unread. */
	take() {
		if (this.#isFull) throw new Error(`more than ${MOST_EVENTS} events were left unread`);
		if (!this.#hasNews || this.#newest === null) return null;
		const letter = {
			...this.#newest,
			events: this.#events,
			resumed: this.#resumed
		};
		this.#events = [];
		this.#resumed = "gapless";
		this.#hasNews = false;
		return letter;
	}
	/** Resolves at the next `put` or `wake`. */
	wait() {
		return new Promise((resolve) => {
			this.#waiting = resolve;
		});
	}
	wake() {
		this.#waiting?.();
		this.#waiting = null;
	}
};
// src/client/server-clock.ts
/**
* The server's time, however wrong the clock here is: the median of what its pings say, so that one slow answer moves nothing.
*
* Invariant: at most `MOST` samples are kept. A frame that came by itself says only that the server's clock is at least so far; it counts where
* no ping was answered yet.
*/
var MOST = 9;
var ServerClock = class {
	#offsets = [];
	#atLeast = null;
	/** All in ms, `sentAt` and `now` by one clock that only goes forward; `sentAt` null: nobody asked. */
	sample(sentAt, now, serverTime) {
		if (!Number.isFinite(serverTime)) return;
		if (sentAt === null) {
			this.#atLeast = Math.max(this.#atLeast ?? Number.NEGATIVE_INFINITY, serverTime - now);
			return;
		}
		this.#offsets.push(serverTime - (sentAt + now) / 2);
		if (this.#offsets.length > MOST) this.#offsets.shift();
	}
	/** Ms since the epoch; null: nothing is known yet. */
	at(now) {
		const sorted = this.#offsets.toSorted((one, other) => one - other);
		const offset = sorted[sorted.length >> 1] ?? this.#atLeast;
		return offset === null ? null : now + offset;
	}
};
// src/client/watch.ts
/** The end for good: no such game, or no token that holds. */
var Ended = class extends Error {
	name = "Ended";
	/** As the server closes sockets: 4401, 4403, 4404. */
	code;
	constructor(code, reason) {
		super(reason);
		this.code = code;
	}
};
var Watch = class {
	host;
	/** Aborted by `close`. */
	stopped = new AbortController();
	#followed;
	#feed;
	#clock = new ServerClock();
	#readers = /* @__PURE__ */ new Set();
	#newest = null;
	#presence = null;
	#end = null;
	/** Gives up the connection that there is. */
	#drop = () => void 0;
	#ping = () => void 0;
	#cancelTimer = () => void 0;
	constructor(host, bases, followed) {
		this.host = host;
		this.#followed = followed;
		this.#feed = new Feed({
			bases,
			sockets: host.WebSocket !== null,
			random: host.random
		});
		this.#do(this.#feed.begin(host.now()));
	}
	/** Which way news come just now; null: a connection is being made. Nothing is lost meanwhile. */
	get connection() {
		return this.#feed.connected;
	}
	/** Every change, from the newest state on: the newest view alone for whoever is slow, and every event. Throws Ended. */
	async *[Symbol.asyncIterator]() {
		const mailbox = new Mailbox();
		if (this.#newest !== null) mailbox.put(this.#newest.game, this.#newest.version, [], "snapshot");
		this.#readers.add(mailbox);
		try {
			for (;;) {
				const letter = mailbox.take();
				if (letter !== null) yield this.#updateOf(letter);
				else if (this.stopped.signal.aborted) return;
				else if (this.#end !== null) {
					if (this.#end.code === 4404 && this.#newest?.game.status === "concluded") return;
					throw this.#end;
				} else await mailbox.wait();
			}
		} finally {
			this.#readers.delete(mailbox);
		}
	}
	/** Ends the connection and all that waits. */
	close() {
		this.stopped.abort();
		this.#do(this.#feed.stop());
		for (const mailbox of this.#readers) mailbox.wake();
	}
	/** The round that was seen last. */
	get round() {
		return this.#newest?.game.round ?? 1;
	}
	#updateOf({ game, version, events, resumed }) {
		const now = () => this.#clock.at(this.host.now()) ?? this.host.wall();
		const roundEndsAt = game.roundEndTime === null ? null : Date.parse(game.roundEndTime);
		return {
			view: game.world ?? null,
			game,
			version,
			events,
			players: Object.values(game.players ?? {}),
			presence: this.#presence,
			clock: {
				get now() {
					return now();
				},
				roundEndsAt,
				get leftMs() {
					return roundEndsAt === null ? null : Math.max(0, roundEndsAt - now());
				}
			},
			resumed
		};
	}
	#do(effects) {
		for (const effect of effects) this.#perform(effect);
		this.#cancelTimer();
		const { dueAt } = this.#feed;
		if (dueAt === Number.POSITIVE_INFINITY) return;
		const now = this.host.now();
		this.#cancelTimer = this.host.after(Math.max(0, dueAt - now), () => this.#do(this.#feed.tick(this.host.now())));
	}
	#perform(effect) {
		switch (effect.do) {
			case "open":
				this.#drop();
				if (effect.via === "socket") this.#openSocket(effect.base, effect.query);
				else this.#openStream(effect.base, effect.query);
				break;
			case "ping":
				this.#ping();
				break;
			case "drop":
				this.#drop();
				break;
			case "sample":
				this.#clock.sample(effect.sentAt, this.host.now(), Date.parse(effect.serverTime));
				break;
			case "tell": {
				const { game, version, events, resumed } = effect;
				if (game !== null) this.#newest = {
					game,
					version
				};
				for (const mailbox of this.#readers) mailbox.put(game, version, events, resumed);
				break;
			}
			case "presence":
				this.#presence = effect.presence;
				for (const mailbox of this.#readers) mailbox.put(null, 0, [], "gapless");
				break;
			case "end":
				this.#end = new Ended(effect.code, effect.reason);
				for (const mailbox of this.#readers) mailbox.wake();
		}
	}
	#openSocket(base, query) {
		const { gameId, token } = this.#followed;
		const url = `${base.replace(/^http/, "ws")}/v1/games/${gameId}/ws${query}`;
		const SocketClass = this.host.WebSocket;
		const now = () => this.host.now();
		let socket;
		try {
			socket = new SocketClass(url, ["minotaur.v1", ...token === null ? [] : [`bearer.${token}`]]);
		} catch (error) {
			this.#do(this.#feed.ended(null, error.message, now()));
			return;
		}
		socket.onopen = () => this.#do(this.#feed.opened(now()));
		socket.onmessage = ({ data }) => this.#do(this.#feed.heard(frameOf(String(data)), now()));
		socket.onclose = ({ code, reason }) => this.#do(this.#feed.ended(code, reason, now()));
		socket.onerror = () => void 0;
		this.#ping = () => socket.send("{\"ref\":0,\"type\":\"ping\"}");
		this.#drop = () => {
			socket.onopen = socket.onmessage = socket.onclose = null;
			this.#drop = () => void 0;
			socket.close();
		};
	}
	async #openStream(base, query) {
		const { gameId, token } = this.#followed;
		const abort = new AbortController();
		const { signal } = abort;
		this.#drop = () => abort.abort();
		const told = (effects) => {
			if (!signal.aborted) this.#do(effects());
		};
		const now = () => this.host.now();
		const address = `${base}/v1/games/${gameId}`;
		const headers = token === null ? {} : { authorization: `Bearer ${token}` };
		this.#ping = () => {
			this.host.fetch(`${address}?consistency=eventual`, {
				headers,
				signal
			}).then((response) => response.text()).then((text) => told(() => this.#feed.heard({
				...frameOf(text),
				type: "reply"
			}, now()))).catch(() => void 0);
		};
		let code = null;
		try {
			const response = await this.host.fetch(`${address}/stream${query}`, {
				headers,
				signal
			});
			if (response.body === null || response.status !== 200) {
				if ([
					400,
					401,
					403,
					404,
					429
				].includes(response.status)) code = 4e3 + response.status;
				throw new Error(await response.text());
			}
			told(() => this.#feed.opened(now()));
			const read = eventReader();
			const decoder = new TextDecoder();
			const reader = response.body.getReader();
			for (;;) {
				const { done, value } = await reader.read();
				if (done) throw new Error("the stream is over");
				for (const text of read(decoder.decode(value, { stream: true }))) told(() => this.#feed.heard(text === null ? null : frameOf(text), now()));
			}
		} catch (error) {
			told(() => this.#feed.ended(code, error.message, now()));
		}
	}
};
/** Null: not one that can be understood. */
function frameOf(text) {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
// src/client/match.ts
var Match = class extends Watch {
	seat;
	/** `match.act.move({…})`: registers an action for the round that was seen last. */
	act;
	#requests;
	#line = new CommandLine();
	constructor(host, bases, requests, seat) {
		super(host, bases, seat);
		this.#requests = requests;
		this.seat = seat;
		this.act = new Proxy({}, { get: (_, type) => (fields) => this.#register(String(type), fields) });
	}
	ready(ready = true) {
		return this.#command("POST", `/players/${this.seat.playerId}/ready`, { ready });
	}
	/** For the host. */
	start() {
		return this.#command("POST", "/start");
	}
	/** For the host, before the start: those that are given change. `bots` seats are the server's, if there is room. */
	changeSettings(settings) {
		return this.#command("POST", "/settings", { settings });
	}
	/** For the host: nobody comes in until it is taken back. */
	lock(locked = true) {
		return this.#command("POST", "/lock", { locked });
	}
	/** For whoever wants to host in the place of one who is gone. */
	takeHost() {
		return this.#command("POST", "/host");
	}
	/** For the host: a seat for a player who lost its own, which holds no more. */
	giveToken(playerId) {
		return this.#command("POST", `/players/${playerId}/token`);
	}
	/** A round that is over, as this seat may know it. Throws Refused. */
	record(round) {
		const { gameId, token } = this.seat;
		const asked = {
			method: "GET",
			path: `/v1/games/${gameId}/rounds/${round}`,
			token
		};
		return this.#requests.persist(asked, this.stopped.signal);
	}
	retract(actionId) {
		return this.#command("DELETE", `/actions/${actionId}`);
	}
	/** Done with a round: the one that was seen last, unless it is said. */
	done(round = this.round) {
		return this.#command("POST", `/rounds/${round}/commit`);
	}
	/** Gives up the seat; as the host also that of another player. */
	leave(playerId = this.seat.playerId) {
		return this.#command("DELETE", `/players/${playerId}`);
	}
	#register(type, fields) {
		return this.#command("POST", "/actions", {
			...fields,
			type,
			round: this.round
		});
	}
	#command(method, path, body) {
		const { gameId, token } = this.seat;
		const asked = {
			method,
			path: `/v1/games/${gameId}${path}`,
			token,
			key: this.host.key(),
			...body !== void 0 && { body }
		};
		return this.#line.add(() => this.#requests.persist(asked, this.stopped.signal));
	}
};
// src/client/use-match.ts
function createUseMatch({ useState, useEffect }) {
	return (match) => {
		const [seen, show] = useState({
			update: null,
			ended: null
		});
		useEffect(() => {
			let update = null;
			let left = false;
			const read = async () => {
				for await (update of match) {
					if (left) return null;
					show({
						update,
						ended: null
					});
				}
				return /* @__PURE__ */ new Error("the game is over");
			};
			read().catch((error) => error).then((ended) => !left && show({
				update,
				ended
			}));
			return () => {
				left = true;
			};
		}, [match]);
		return seen;
	};
}
// src/client/index.ts
/**
* The client library, `minotaur/client`: a seat at a game that outlives servers, sockets and networks.
*
* Role: how a seat is got. It runs in browsers and in Node.js 20 or newer, and depends on nothing.
*/
/** `bases`: addresses of the servers, or of their balancer, as `https://play.example`; any of them will do. */
function minotaur(bases, given = {}) {
	const host = hostOf(given);
	const all = [bases].flat().map((base) => base.replace(/\/+$/, ""));
	const requests = new Requests(host, all);
	const rejoin = (seat) => new Match(host, all, requests, seat);
	const seatBy = async (path, body) => {
		const { gameId, game, playerId, token } = await requests.persist({
			method: "POST",
			path,
			body,
			key: host.key()
		});
		return rejoin({
			gameId: game?.id ?? gameId,
			playerId,
			token
		});
	};
	return {
		create: (opening = {}) => seatBy("/v1/games", opening),
		join: (code, displayName) => seatBy("/v1/join", {
			code,
			displayName
		}),
		rejoin,
		watch: (gameId) => new Watch(host, all, {
			gameId,
			token: null
		})
	};
}
export { Ended, Refused, Stopped, createUseMatch, minotaur };
