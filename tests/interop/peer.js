// Node's http2 as a client or a server: see server.py for what the server answers, and
// test_our_server.py for what the client says.
//
//     node peer.js server [CERTIFICATE KEY]
//     node peer.js client URL CERTIFICATE SCENARIO OCTETS
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const http2 = require("node:http2");
const { Readable } = require("node:stream");
const { pipeline } = require("node:stream/promises");
const { setTimeout: sleep } = require("node:timers/promises");

const BLOCK = Buffer.from(Array.from({ length: 65536 }, (_, i) => (i ^ (i >> 8)) & 255));

function* blocks(octets) {
    for (; octets > 0; octets -= BLOCK.length)
        yield octets < BLOCK.length ? BLOCK.subarray(0, octets) : BLOCK;
}

async function count(stream) {
    const digest = crypto.createHash("sha256");
    let octets = 0;
    for await (const piece of stream) {
        octets += piece.length;
        digest.update(piece);
    }
    return `${octets} ${digest.digest("hex")}`;
}

async function text(stream) {
    return Buffer.concat(await stream.toArray()).toString();
}

// ------------------------------------------------------------------------------------- server

function promise(stream) {
    if (!stream.pushAllowed) return stream.end("refused");
    stream.pushStream({ ":path": "/pushed" }, (error, pushed) => {
        if (error) return stream.end("refused");
        pushed.on("error", () => {}); // the client may refuse this one
        pushed.respond({ ":status": 200 });
        pushed.end("a promise kept");
        stream.end("pushed");
    });
}

async function answer(stream, headers) {
    const path = headers[":path"], post = headers[":method"] === "POST";
    if (path === "/trailers" && post) {
        let trailers = {};
        stream.on("trailers", (received) => { trailers = received; });
        await count(stream);
        stream.respond({ ":status": 200 });
        return stream.end(trailers["x-request-trailer"] ?? "none");
    }
    if (path === "/trailers") {
        stream.respond({ ":status": 200 }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "x-trailer": "behind the body" }));
        return stream.end("Hello, world!");
    }
    stream.respond({ ":status": 200, "x-method": headers[":method"] });
    if (path === "/echo") return pipeline(stream, stream);
    if (path === "/count") return stream.end(await count(stream));
    if (path === "/push") return promise(stream);
    if (path.startsWith("/bytes/"))
        return pipeline(Readable.from(blocks(Number(path.slice(7)))), stream);
    if (path === "/slow") {
        stream.write("first\n");
        await sleep(1000);
        return stream.end("last\n");
    }
    return stream.end("Hello, world!");
}

function serve(certificate, key) {
    const settings = { initialWindowSize: 1 << 20 };
    const server = certificate
        ? http2.createSecureServer({
            settings, cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
        : http2.createServer({ settings });
    const sessions = new Set();
    server.on("session", (session) => {
        sessions.add(session);
        session.on("close", () => sessions.delete(session));
    });
    server.on("stream", (stream, headers) => {
        stream.on("error", () => {});
        answer(stream, headers).catch(() => stream.close());
    });
    process.on("SIGTERM", () => {
        server.close();
        for (const session of sessions) session.close();
    });
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

// ------------------------------------------------------------------------------------- client

function start(session, headers, body) {
    return new Promise((resolve, reject) => {
        const stream = session.request(headers, { endStream: !body });
        stream.on("response", (received) => {
            if (received[":status"] !== 200) reject(new Error(`status ${received[":status"]}`));
            resolve(stream);
        });
        stream.on("error", reject);
        if (body) Readable.from(body).pipe(stream);
    });
}

const get = (session, path) => start(session, { ":path": path });
const post = (session, path, body) => start(session, { ":method": "POST", ":path": path }, body);

async function many(session, requests, atOnce) {
    let good = 0;
    const work = async (first) => {
        for (let n = first; n < requests; n += atOnce)
            if (await text(await get(session, "/")) === "Hello, world!") good++;
    };
    await Promise.all(Array.from({ length: atOnce }, (_, n) => work(n)));
    return `${good} over 1`;
}

async function interleave(session, octets) {
    const one = async (n) => {
        if (n % 3 === 0) return count(await get(session, `/bytes/${octets}`));
        if (n % 3 === 1) return text(await post(session, "/count", blocks(octets)));
        return count(await post(session, "/echo", blocks(octets)));
    };
    const results = new Set(await Promise.all(Array.from({ length: 12 }, (_, n) => one(n))));
    return [...results].join("; ") + " over 1";
}

async function trailers(session) {
    const stream = await get(session, "/trailers");
    let received = {};
    stream.on("trailers", (fields) => { received = fields; });
    await count(stream);
    const sending = session.request(
        { ":method": "POST", ":path": "/trailers" }, { waitForTrailers: true });
    sending.on("wantTrailers", () => sending.sendTrailers({ "x-request-trailer": "from Node" }));
    sending.end(BLOCK);
    return `${received["x-trailer"]}, ${await text(sending)}`;
}

async function push(session) {
    const promised = new Promise((resolve) => session.on("stream", (stream, headers) =>
        resolve(text(stream).then((content) => `${headers[":path"]}: ${content}`))));
    const said = await text(await get(session, "/push"));
    return `${said}, ${await promised}`;
}

async function refusePush(session) {
    await new Promise((resolve) => session.settings({ enablePush: false }, resolve));
    return text(await get(session, "/push"));
}

async function shutdown(session) {
    const stream = await get(session, "/slow");
    let all = "";
    for await (const piece of stream) {
        if (!all) console.log("started");
        all += piece;
    }
    return all.replaceAll("\n", ".");
}

const SCENARIOS = {
    get: async (session) => text(await get(session, "/")),
    post: async (session) => text(await post(session, "/echo", [Buffer.from("an echo")])),
    download: async (session, octets) => count(await get(session, `/bytes/${octets}`)),
    upload: async (session, octets) => text(await post(session, "/count", blocks(octets))),
    many: (session) => many(session, 10000, 1),
    at_once: (session) => many(session, 100, 100),
    interleave, trailers, push, refuse_push: refusePush, shutdown,
};

async function request(url, certificate, scenario, octets) {
    const session = http2.connect(url, {
        ca: fs.readFileSync(certificate), settings: { initialWindowSize: 1 << 20 } });
    console.log(await SCENARIOS[scenario](session, Number(octets)));
    session.close();
}

const [role, ...rest] = process.argv.slice(2);
if (role === "server") serve(...rest);
else request(...rest);
