// The JavaScript SDK tells what becomes of its connection, a line each, until two seconds after it has ended for good.
// Usage: node terminal_end.mjs PATH_TO_NODE_MODULES PORT TOKEN
import { createRequire } from 'node:module';

const [modules, port, token] = process.argv.slice(2);
const { Centrifuge } = createRequire(`${modules}/`)('centrifuge');
const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, { token, minReconnectDelay: 50 });
client.on('connected', () => console.log('connected'));
client.on('connecting', ({ code }) => console.log(`connecting ${code}`));
client.on('disconnected', ({ code, reason }) => {
  console.log(`disconnected ${code} ${reason}`);
  setTimeout(() => process.exit(client.state === 'disconnected' ? 0 : 1), 2000);
});
client.connect();
