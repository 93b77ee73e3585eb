/* The floor under every fan-out: a WebSocket "server" that does nothing but one send() per delivery.
 *
 *     floor PORT
 *
 * listens on 127.0.0.1 and gives what any client says, as it is, to all clients. It reads no protocol: a handshake gets
 * an answer without looking at it, and a frame is taken as `wsload` sends it (text, one mask of zeros). What does not
 * fit into a socket is lost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CLIENTS = 20000, MOST_READ = 65536, MOST_EVENTS = 512 };
/* The answer to the one key that wsload sends (RFC 6455, 1.3, shows how it is made). */
static const char SHAKE[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static int clients[MOST_CLIENTS], count;
static unsigned char came[MOST_READ];

static void give_to_all(const unsigned char *frame, size_t size) {
    for (int i = 0; i < count; i++) (void)!send(clients[i], frame, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void forget(int fd) {
    close(fd);
    for (int i = 0; i < count; i++)
        if (clients[i] == fd) clients[i] = clients[--count];
}

/* A client's frame becomes a server's by leaving the mask out, in place. */
static void read_frames(unsigned char *at, size_t left) {
    while (left >= 6) {
        size_t head = 2, size = at[1] & 127;
        if (size == 126) head = 4, size = at[2] << 8 | at[3];
        if (left < head + 4 + size) return;
        unsigned char opcode = at[0] & 15, *frame = at + 4;
        left -= head + 4 + size;
        at += head + 4 + size;
        if (opcode != 1) continue;
        memmove(frame, frame - 4, head);
        frame[1] &= 127;
        give_to_all(frame, head + size);
    }
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event events[MOST_EVENTS];
    int poller = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM, 0);
    if (argc != 2) return 2;
    address.sin_port = htons(atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 4096)) return 1;
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    for (;;) {
        int ready = epoll_wait(poller, events, MOST_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                fd = accept(listener, NULL, NULL);
                if (fd < 0 || count == MOST_CLIENTS) return 1;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
                clients[count++] = fd;
                epoll_ctl(poller, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
                continue;
            }
            ssize_t got = recv(fd, came, sizeof came, MSG_DONTWAIT);
            if (got == 0) forget(fd);
            else if (got > 4 && !memcmp(came, "GET ", 4)) (void)!send(fd, SHAKE, sizeof SHAKE - 1, MSG_NOSIGNAL);
            else if (got > 0) read_frames(came, got);
        }
    }
}
