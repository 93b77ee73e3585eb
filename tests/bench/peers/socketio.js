// A Socket.IO room without an adapter, over WebSocket alone and uncompressed: its fastest form, one process.
// Usage: node socketio.js PORT (socket.io is found through NODE_PATH)
const { Server } = require('socket.io');

const io = new Server(Number(process.argv[2]), { transports: ['websocket'], perMessageDeflate: false });
io.on('connection', (socket) => {
  socket.join('room');
  socket.on('say', (message) => io.to('room').emit('said', message));
});
