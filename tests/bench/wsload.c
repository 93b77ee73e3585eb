/* Thousands of WebSocket clients in one process on one epoll loop, so that the load costs less than the server.
 *
 *     wsload PORT PATH CLIENTS [--tokens FILE] [--wait TEXT] [--open TEXT]... [--count TEXT] [--step N] [--deaf N]
 *
 * connects to 127.0.0.1, up to 200 clients at a time, and sends each TEXT of --open; a client counts as connected when
 * the TEXT of --wait has come. At every N connected clients of --step it says so as one line of JSON, and at the end
 * once more, with how often the TEXT of --count and how many deliveries came. The last N clients of --deaf read
 * nothing from then on. Then it carries out the commands on standard input, one at a time, a line each, fields
 * separated by tabs, and says what came of each as one line of JSON:
 *
 *     publish RATE SECS SENDERS VIEWERS TEXT   RATE texts a second, from the first SENDERS clients in turn, which
 *                                              VIEWERS clients get. A delivery is a "ts:" in what arrives; the
 *                                              microseconds after it give its latency.
 *     ask RATE TOTAL CLIENTS TEXT              TOTAL requests from the first CLIENTS in turn, RATE a second (0: all at
 *                                              once). Its answer is the line that begins with {"id":%S; an error is
 *                                              counted by its message.
 *
 * In a TEXT, %T becomes a monotonic time in microseconds, %I the client's number, %S a number that never comes twice,
 * %K the client's line of the token file, up to a tab, and %R what stands behind the tab. A line `{}` is a ping of
 * Centrifuge's protocol, a message `2` one of Engine.IO's; both are answered, and so are WebSocket's own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_TEXT = 65536, MOST_EVENTS = 512, MOST_CONNECTING = 200, MOST_WORDS = 16, FIRST_ID = 1000 };
static const uint32_t STANDARD_INPUT = UINT32_MAX;
static const int64_t MOST_SAMPLES = 4000000, SECOND = 1000000, PATIENCE = 60 * 1000000LL, TAIL = 5 * 1000000LL;

typedef struct {
    int fd, shakes_hands, waits, is_deaf;
    char *buffer, *token, *room;
    size_t filled, size;
} Client;

static Client *clients;
static int count, poller, waiting, closed, gone, cut, command_came;
static const char *wait_for = "", *count_what = "";
static char *opening[8];
static int opening_count, deaf_from;
static char text[MOST_TEXT];

/* What the command under way has seen. */
static int64_t *samples, sampled, deliveries, frames, bytes, answers, counted, last_at, cut_at;
static int64_t *asked_at, first_id, asked_end, next_id = FIRST_ID;
static struct { char word[40]; int64_t times; } words[MOST_WORDS];

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec / 1000;
}

static double cpu_secs(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static void send_frame(Client *client, int opcode, const char *payload, size_t size) {
    static unsigned char frame[MOST_TEXT + 8];
    size_t head = 2, sent = 0;
    frame[0] = opcode;
    if (size < 126) {
        frame[1] = 0x80 | size;
    } else {
        frame[1] = 0x80 | 126, frame[2] = size >> 8, frame[3] = size & 255, head = 4;
    }
    memset(frame + head, 0, 4); /* a mask of zeros leaves the payload as it is */
    memcpy(frame + head + 4, payload, size);
    while (sent < head + 4 + size) {
        ssize_t took = write(client->fd, frame + sent, head + 4 + size - sent);
        if (took >= 0) sent += took;
        else if (errno == EAGAIN) usleep(100);
        else return;
    }
}

static void send_template(int number, const char *template) {
    char *at = text;
    for (; *template && at < text + MOST_TEXT - 2048; template++) {
        if (*template != '%') {
            *at++ = *template;
            continue;
        }
        switch (*++template) {
        case 'T': at += sprintf(at, "%lld", (long long)now()); break;
        case 'I': at += sprintf(at, "%d", number); break;
        case 'S': at += sprintf(at, "%lld", (long long)next_id++); break;
        case 'K': at += sprintf(at, "%s", clients[number].token); break;
        case 'R': at += sprintf(at, "%s", clients[number].room); break;
        default: *at++ = *template;
        }
    }
    send_frame(&clients[number], 0x81, text, at - text);
}

static void sample(int64_t began) {
    last_at = now();
    if (sampled < MOST_SAMPLES) samples[sampled++] = last_at - began;
}

static void count_word(const char *word, size_t size) {
    for (int i = 0; i < MOST_WORDS; i++) {
        if (!words[i].times) snprintf(words[i].word, sizeof words[i].word, "%.*s", (int)size, word);
        if (strlen(words[i].word) == size && !memcmp(words[i].word, word, size)) {
            words[i].times++;
            return;
        }
    }
}

/* An answer: {"id":123,"rpc":…} or {"id":123,"error":{…,"message":"sold_out"}}. */
static void read_answer(const char *line, size_t size) {
    int64_t id = atoll(line + 6);
    const char *message, *end;
    if (!asked_at || id < first_id || id >= asked_end || !asked_at[id - first_id]) return;
    answers++;
    sample(asked_at[id - first_id]);
    asked_at[id - first_id] = 0;
    if (!memmem(line, size, "\"error\":", 8)) {
        count_word("ok", 2);
    } else if ((message = memmem(line, size, "\"message\":\"", 11)) && (end = memchr(message + 11, '"', 40))) {
        count_word(message + 11, end - message - 11);
    }
}

static void is_in(Client *client) {
    client->waits = 0, waiting--;
    if (!client->is_deaf) return;
    epoll_ctl(poller, EPOLL_CTL_MOD, client->fd,
              &(struct epoll_event){.events = EPOLLRDHUP, .data.u32 = client - clients});
}

static void read_payload(Client *client, char *payload, size_t size) {
    char *end = payload + size;
    frames++;
    if (*count_what)
        for (char *mark = payload; (mark = memmem(mark, end - mark, count_what, strlen(count_what))); mark++) counted++;
    if (size == 1 && *payload == '2') send_frame(client, 0x81, "3", 1);
    if (client->waits && memmem(payload, size, wait_for, strlen(wait_for))) is_in(client);
    for (char *line = payload; line < end;) {
        char *line_end = memchr(line, '\n', end - line);
        if (!line_end) line_end = end;
        if (line_end - line == 2 && !memcmp(line, "{}", 2)) send_frame(client, 0x81, "{}", 2);
        else if (line_end - line > 6 && !memcmp(line, "{\"id\":", 6)) read_answer(line, line_end - line);
        for (char *mark = line; (mark = memmem(mark, line_end - mark, "ts:", 3)); mark += 3) {
            deliveries++;
            sample(atoll(mark + 3));
        }
        line = line_end + 1;
    }
}

static void read_frames(Client *client) {
    unsigned char *frame = (unsigned char *)client->buffer;
    size_t left = client->filled;
    while (left >= 2) {
        size_t size = frame[1] & 127, head = 2;
        if (size == 126) {
            head = 4;
            if (left < head) break;
            size = frame[2] << 8 | frame[3];
        } else if (size == 127) {
            head = 10;
            if (left < head) break;
            size = 0;
            for (int i = 2; i < 10; i++) size = size << 8 | frame[i];
        }
        if (left < head + size) break;
        if ((frame[0] & 15) == 8 && !closed++)
            fprintf(stderr, "the server closes: %d %.*s\n", size > 1 ? frame[head] << 8 | frame[head + 1] : 0,
                    size > 2 ? (int)size - 2 : 0, frame + head + 2);
        if ((frame[0] & 15) == 9) send_frame(client, 0x8a, (char *)frame + head, size); /* a pong echoes its ping */
        else if ((frame[0] & 15) < 3) read_payload(client, (char *)frame + head, size);
        frame += head + size, left -= head + size;
    }
    memmove(client->buffer, frame, left);
    client->filled = left;
}

/* The answer to the handshake: what follows it in the same packet are frames. */
static void read_handshake(Client *client) {
    char *end;
    client->buffer[client->filled] = 0;
    if (!(end = strstr(client->buffer, "\r\n\r\n"))) return;
    if (strncmp(client->buffer, "HTTP/1.1 101", 12)) fail("client %d: %.200s", (int)(client - clients), client->buffer);
    client->shakes_hands = 0;
    client->filled -= end + 4 - client->buffer;
    memmove(client->buffer, end + 4, client->filled);
    for (int i = 0; i < opening_count; i++) send_template(client - clients, opening[i]);
    if (!*wait_for) is_in(client);
}

static void read_client(Client *client) {
    if (client->is_deaf && !client->waits) {
        epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL), cut++, cut_at = now();
        return;
    }
    for (;;) {
        if (client->size - client->filled < 4096) client->buffer = realloc(client->buffer, client->size *= 2);
        ssize_t got = read(client->fd, client->buffer + client->filled, client->size - client->filled - 1);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL), gone++;
            break;
        }
        client->filled += got, bytes += got;
    }
    if (client->shakes_hands) read_handshake(client);
    if (!client->shakes_hands) read_frames(client);
}

static void take_what_came(int wait_ms) {
    struct epoll_event events[MOST_EVENTS];
    int ready = epoll_wait(poller, events, MOST_EVENTS, wait_ms);
    for (int i = 0; i < ready; i++) {
        if (events[i].data.u32 == STANDARD_INPUT) command_came = 1;
        else read_client(&clients[events[i].data.u32]);
    }
}

static void open_client(int number, int port, const char *path) {
    Client *client = &clients[number];
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    client->is_deaf = number >= deaf_from;
    /* Little waits in the kernel for who reads nothing: the rest stays with the server. */
    if (client->is_deaf) setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    if (connect(client->fd, (void *)&server, sizeof server)) fail("client %d: %s", number, strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    int size = snprintf(text, sizeof text,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                        "Origin: http://127.0.0.1:%d\r\n\r\n",
                        path, port, port);
    (void)!write(client->fd, text, size);
    client->buffer = malloc(client->size = 8192);
    client->shakes_hands = client->waits = 1, waiting++;
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &(struct epoll_event){.events = EPOLLIN, .data.u32 = number});
}

static void say_connected(int step, int opened, int64_t began) {
    static int said;
    while (step && opened - waiting >= said + step) {
        printf("{\"connected\":%d,\"secs\":%.4f}\n", said += step, (now() - began) / 1e6);
        fflush(stdout);
    }
}

static void connect_all(int port, const char *path, int step) {
    int64_t began = now();
    double cpu = cpu_secs();
    for (int i = 0; i < count; i++) {
        open_client(i, port, path);
        do take_what_came(waiting >= MOST_CONNECTING ? 10 : 0), say_connected(step, i + 1, began);
        while (waiting >= MOST_CONNECTING && !gone && now() < began + PATIENCE * 2);
    }
    while (waiting && !gone && now() < began + PATIENCE * 2) take_what_came(10), say_connected(step, count, began);
    if (waiting || gone) fail("%d clients wait, %d are gone", waiting, gone);
    printf("{\"clients\":%d,\"secs\":%.4f,\"counted\":%lld,\"deliveries\":%lld,\"load_cpu_secs\":%.3f}\n", count,
           (now() - began) / 1e6, (long long)counted, (long long)deliveries, cpu_secs() - cpu);
    fflush(stdout);
}

static void begin(void) {
    sampled = deliveries = frames = bytes = answers = 0;
    memset(words, 0, sizeof words);
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile_ms(double part) {
    return sampled ? samples[(int64_t)((sampled - 1) * part)] / 1e3 : -1;
}

static void report_latency(int64_t began, double cpu_began) {
    qsort(samples, sampled, sizeof *samples, by_value);
    printf("\"secs\":%.4f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"load_cpu_secs\":%.3f,\"closed\":%d,"
           "\"cut\":%d,\"cut_secs\":%.2f}\n",
           (last_at - began) / 1e6, percentile_ms(.5), percentile_ms(.99), percentile_ms(1), cpu_secs() - cpu_began,
           gone, cut, cut ? (cut_at - began) / 1e6 : 0);
    fflush(stdout);
}

static void publish(double rate, double secs, int senders, int viewers, const char *template) {
    int64_t began = now(), last_send = began + secs * SECOND, sent = 0, wanted = rate * secs;
    double cpu = cpu_secs();
    begin();
    while (sent < wanted || (deliveries < sent * viewers && now() < last_send + TAIL)) {
        while (sent < wanted && sent <= (now() - began) * rate / SECOND) send_template(sent++ % senders, template);
        take_what_came(1);
    }
    printf("{\"sent\":%lld,\"deliveries\":%lld,\"frames\":%lld,\"bytes\":%lld,", (long long)sent,
           (long long)deliveries, (long long)frames, (long long)bytes);
    report_latency(began, cpu);
}

static void ask(double rate, int asking, int askers, const char *template) {
    int64_t began = now(), sent = 0;
    double cpu = cpu_secs();
    begin();
    asked_at = calloc(asking, sizeof *asked_at);
    first_id = next_id;
    asked_end = first_id + asking;
    while (sent < asking || (answers < asking && now() < began + PATIENCE)) {
        while (sent < asking && (!rate || sent <= (now() - began) * rate / SECOND)) {
            asked_at[sent] = now();
            send_template(sent++ % askers, template);
            if (sent % 64 == 0) take_what_came(0);
        }
        take_what_came(1);
    }
    free(asked_at);
    asked_at = NULL;
    printf("{\"asked\":%lld,\"answers\":%lld,\"words\":{", (long long)sent, (long long)answers);
    for (int i = 0; i < MOST_WORDS && words[i].times; i++)
        printf("%s\"%s\":%lld", i ? "," : "", words[i].word, (long long)words[i].times);
    printf("},");
    report_latency(began, cpu);
}

static void load_tokens(const char *path) {
    FILE *file = fopen(path, "r");
    size_t size = 0;
    if (!file) fail("%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (getline(&clients[i].token, &size, file) < 0) fail("%s has only %d tokens", path, i);
        clients[i].token[strcspn(clients[i].token, "\n")] = 0;
        clients[i].room = clients[i].token;
        strsep(&clients[i].room, "\t");
        size = 0;
    }
    fclose(file);
}

int main(int argc, char **argv) {
    char *line = NULL, *fields[6];
    int step = 0, deaf = 0;
    size_t size = 0;
    struct rlimit files;
    if (argc < 4) fail("wsload PORT PATH CLIENTS [options]: see the head of wsload.c");
    count = atoi(argv[3]);
    clients = calloc(count, sizeof *clients);
    samples = malloc(MOST_SAMPLES * sizeof *samples);
    poller = epoll_create1(0);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 4; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--tokens")) load_tokens(argv[i + 1]);
        else if (!strcmp(argv[i], "--wait")) wait_for = argv[i + 1];
        else if (!strcmp(argv[i], "--count")) count_what = argv[i + 1];
        else if (!strcmp(argv[i], "--step")) step = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--deaf")) deaf = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--open") && opening_count < 8) opening[opening_count++] = argv[i + 1];
        else fail("what is %s?", argv[i]);
    }
    deaf_from = count - deaf;
    connect_all(atoi(argv[1]), argv[2], step);

    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &(struct epoll_event){.events = EPOLLIN | EPOLLET, .data.u32 = STANDARD_INPUT});
    for (;;) {
        int found = 0;
        for (command_came = 0; !command_came;) take_what_came(-1);
        if (getline(&line, &size, stdin) <= 0) return 0;
        line[strcspn(line, "\n")] = 0;
        for (char *rest = line, *field; found < 6 && (field = strsep(&rest, "\t"));) fields[found++] = field;
        if (found == 6 && !strcmp(fields[0], "publish"))
            publish(atof(fields[1]), atof(fields[2]), atoi(fields[3]), atoi(fields[4]), fields[5]);
        else if (found == 5 && !strcmp(fields[0], "ask"))
            ask(atof(fields[1]), atoi(fields[2]), atoi(fields[3]), fields[4]);
        else fail("what is %s?", line);
    }
}
