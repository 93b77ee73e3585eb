// What the JavaScript SDK's makers test against a Centrifugo, in our own words, against a server of plain channels.
// Usage: node javascript_sdk.mjs PATH_TO_NODE_MODULES PORT json|protobuf
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [modules, port, form] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { Centrifuge, SubscriptionState } = require(form === 'protobuf' ? 'centrifuge/build/protobuf' : 'centrifuge');
const endpoint = `ws://127.0.0.1:${port}/connection/websocket`;
const isBinary = form === 'protobuf';
const encode = (value) => (isBinary ? new TextEncoder().encode(JSON.stringify(value)) : value);
const decode = (value) => (isBinary ? JSON.parse(new TextDecoder().decode(value)) : value);
const name = (topic) => `${topic}-${form}-${Math.random().toString(36).slice(2)}`;
const next = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));

async function api(method, body) {
  const answer = await fetch(`http://127.0.0.1:${port}/api/${method}`, {
    method: 'POST',
    headers: { 'X-API-Key': 'test-api-key', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).result;
}

async function connected(options = {}) {
  const client = new Centrifuge(endpoint, options);
  client.connect();
  await client.ready(5000);
  return client;
}

async function subscribed(client, channel, options = {}) {
  const subscription = client.newSubscription(channel, options);
  subscription.subscribe();
  await subscription.ready(5000);
  return subscription;
}

const tests = {
  async 'an anonymous client subscribes, publishes and hears it'() {
    const client = await connected();
    const subscription = await subscribed(client, name('talk'));
    const heard = next(subscription, 'publication');
    await subscription.publish(encode({ my: 'data' }));
    assert.deepEqual(decode((await heard).data), { my: 'data' });
    client.disconnect();
  },

  async 'an unknown method is not available, also when asked before the connect'() {
    const client = new Centrifuge(endpoint);
    const asked = client.rpc('method', encode({ my: 'data' }));
    client.connect();
    await assert.rejects(asked, { code: 108 });
    client.disconnect();
  },

  async 'presence names who is there, and nobody after they left'() {
    const client = await connected();
    const channel = name('room');
    const subscription = await subscribed(client, channel);
    assert.equal(Object.keys((await subscription.presence()).clients).length, 1);
    assert.deepEqual(await subscription.presenceStats(), { numClients: 1, numUsers: 1 });
    subscription.unsubscribe();
    assert.equal(subscription.state, SubscriptionState.Unsubscribed);
    assert.deepEqual(await client.presenceStats(channel), { numClients: 0, numUsers: 0 });
    assert.deepEqual((await client.presence(channel)).clients, {});
    client.disconnect();
  },

  async 'subscribing and unsubscribing in a rush ends as asked'() {
    const client = await connected();
    const subscription = client.newSubscription(name('rush'));
    for (let turn = 0; turn < 10; turn++) {
      subscription.subscribe();
      subscription.unsubscribe();
    }
    assert.equal(subscription.state, SubscriptionState.Unsubscribed);
    subscription.subscribe();
    await subscription.ready(5000);
    assert.equal((await subscription.presenceStats()).numClients, 1);
    client.disconnect();
  },

  async 'what the server API published meanwhile is recovered in order'() {
    const client = await connected();
    const channel = `recovery:${name('stream')}`;
    const subscription = await subscribed(client, channel);
    await api('publish', { channel, data: { n: 1 } });
    client.disconnect();
    for (const n of [2, 3, 4]) await api('publish', { channel, data: { n } });
    const offsets = [];
    const heard = new Promise((resolve) => {
      subscription.on('publication', (context) => {
        offsets.push(context.offset);
        if (context.offset === 4) resolve();
      });
    });
    const again = next(subscription, 'subscribed');
    client.connect();
    assert.equal((await again).recovered, true);
    await heard;
    assert.ok(offsets.join() === '2,3,4' || offsets.join() === '1,2,3,4', offsets.join());
    const kept = await api('history', { channel, limit: 10 });
    assert.deepEqual(kept.publications.map((publication) => publication.data.n), [1, 2, 3, 4]);
    client.disconnect();
  },

  async 'what is kept no longer is not recovered, and said so'() {
    const client = await connected();
    const channel = `smallhistory:${name('stream')}`;
    const subscription = await subscribed(client, channel);
    client.disconnect();
    for (const n of [1, 2, 3, 4]) await api('publish', { channel, data: { n } });
    const again = next(subscription, 'subscribed');
    client.connect();
    const context = await again;
    assert.equal(context.wasRecovering, true);
    assert.equal(context.recovered, false);
    client.disconnect();
  },

  async 'others are told who comes and goes'() {
    const [here, other] = [await connected(), await connected()];
    const channel = name('door');
    const subscription = await subscribed(here, channel);
    const came = new Promise((resolve) => {
      subscription.on('join', (context) => {
        if (context.info.client === other._client) resolve();
      });
    });
    const visit = await subscribed(other, channel);
    await came;
    const gone = next(subscription, 'leave');
    visit.unsubscribe();
    assert.equal((await gone).info.client, other._client);
    here.disconnect();
    other.disconnect();
  },

  async 'a forged token ends it for good'() {
    const client = new Centrifuge(endpoint, { token: 'forged' });
    const ended = next(client, 'disconnected');
    client.connect();
    assert.equal((await ended).code, 3500);
  },
};

for (const [promise, run] of Object.entries(tests)) {
  await run();
  console.log(`ok ${promise}`);
}
process.exit(0);
