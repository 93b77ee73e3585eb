/* Shoppers who wait for their answer before they ask again, in one process on one epoll loop.
 *
 *     httpload PORT CONNECTIONS SECS FILE
 *
 * keeps CONNECTIONS open to 127.0.0.1. Each takes the next request of FILE, sends it, waits for the whole answer, and
 * takes the next: once through the file with SECS 0, else again and again until SECS are over. FILE holds whole HTTP
 * requests, each behind a line with the number of its bytes. A connection that the server closes between two requests
 * is opened again, which counts into the latency of the next. At the end it says what came as one line of JSON:
 * latencies are of whole answers, in ms; `failed` are those without a status of 2xx, the first of which is shown.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
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

enum { MOST_EVENTS = 256, MOST_ANSWER = 1 << 20, MOST_SAMPLES = 2000000, SHOWN = 400 };
static const int64_t SECOND = 1000000, PATIENCE = 30 * 1000000LL;

typedef struct {
    const char *text;
    size_t size;
} Request;

typedef struct {
    int fd, waits, is_used;
    const Request *asked;
    int64_t asked_at;
    /* The bytes of the answer under way, and how many it will have; 0 while its head is not whole. */
    size_t filled, whole;
    char *answer;
} Client;

static Request *requests;
static int64_t request_count, next_request, *samples, sampled, failed, bytes, stop_at;
static int poller, waiting;
static struct sockaddr_in address;
static char first_failure[SHOWN + 1];

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

static void read_requests(const char *name) {
    FILE *file = fopen(name, "rb");
    char line[32];
    if (!file) fail("%s: %s", name, strerror(errno));
    while (fgets(line, sizeof line, file)) {
        size_t size = strtoul(line, NULL, 10);
        char *text = malloc(size + 1);
        if (!size || fread(text, 1, size, file) != size) fail("%s: request %ld is cut off", name, (long)request_count);
        if (!(request_count & (request_count + 1)))
            requests = realloc(requests, 2 * (request_count + 1) * sizeof *requests);
        requests[request_count++] = (Request){text, size};
    }
    fclose(file);
    if (!request_count) fail("%s holds no request", name);
}

static void open_connection(Client *client) {
    int on = 1;
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address)) fail("connect: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &event);
    client->is_used = 0;
}

static void send_request(Client *client) {
    size_t sent = 0;
    while (sent < client->asked->size) {
        ssize_t n = send(client->fd, client->asked->text + sent, client->asked->size - sent, MSG_NOSIGNAL);
        if (n <= 0) break; /* closed by the server: reading will say so */
        sent += n;
    }
}

static void ask(Client *client) {
    if (next_request >= request_count && stop_at) next_request = 0;
    if (next_request >= request_count || (stop_at && now() >= stop_at)) return;
    client->asked = &requests[next_request++];
    client->asked_at = now();
    client->filled = client->whole = 0;
    client->waits = 1;
    waiting++;
    send_request(client);
}

/* The value of a header of the answer that is there, or NULL. */
static const char *header(const Client *client, const char *name) {
    const char *found = strcasestr(client->answer, name);
    return found ? found + strlen(name) : NULL;
}

static void take_answer(Client *client) {
    int status = atoi(client->answer + 9);
    const char *connection = header(client, "\r\nconnection: ");
    int closes = connection && !strncasecmp(connection, "close", 5);
    if (sampled == MOST_SAMPLES) fail("more answers than there is room for");
    samples[sampled++] = now() - client->asked_at;
    bytes += client->whole;
    client->is_used = 1;
    if (status < 200 || status > 299) {
        if (!failed++) snprintf(first_failure, sizeof first_failure, "%s", client->answer);
    }
    client->waits = 0;
    waiting--;
    if (closes) {
        close(client->fd);
        open_connection(client);
    }
    ask(client);
}

static void find_length(Client *client) {
    char *head_end = strstr(client->answer, "\r\n\r\n");
    if (!head_end) return;
    *head_end = 0;
    const char *length = header(client, "\r\ncontent-length: ");
    *head_end = '\r';
    if (!length) fail("an answer without Content-Length:\n%.*s", SHOWN, client->answer);
    client->whole = head_end + 4 - client->answer + strtoul(length, NULL, 10);
    if (client->whole >= MOST_ANSWER) fail("an answer of %zu bytes", client->whole);
}

static void on_readable(Client *client) {
    ssize_t n = recv(client->fd, client->answer + client->filled, MOST_ANSWER - client->filled - 1, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        if (client->waits && !client->is_used) fail("the server closed instead of answering");
        close(client->fd);
        open_connection(client);
        /* It was closed while the request was on its way to it: nobody has seen that. */
        if (client->waits && !client->filled) send_request(client);
        else if (client->waits) fail("the server closed within an answer");
        return;
    }
    client->filled += n;
    client->answer[client->filled] = 0;
    if (!client->whole) find_length(client);
    if (client->whole && client->filled >= client->whole) take_answer(client);
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double percentile(double share) {
    return sampled ? samples[(int64_t)((sampled - 1) * share)] / 1e3 : 0;
}

static void print_text(const char *text) {
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') printf("\\%c", *text);
        else if ((unsigned char)*text < ' ') printf("\\u%04x", *text);
        else putchar(*text);
    }
    putchar('"');
}

int main(int argc, char **argv) {
    if (argc != 5) fail("httpload PORT CONNECTIONS SECS FILE");
    int count = atoi(argv[2]);
    double secs = atof(argv[3]);
    read_requests(argv[4]);
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    samples = malloc(MOST_SAMPLES * sizeof *samples);
    poller = epoll_create1(0);
    Client *clients = calloc(count, sizeof *clients);
    for (int i = 0; i < count; i++) {
        clients[i].answer = malloc(MOST_ANSWER);
        open_connection(&clients[i]);
    }
    int64_t began = now(), came_at = began;
    if (secs > 0) stop_at = began + (int64_t)(secs * SECOND);
    for (int i = 0; i < count; i++) ask(&clients[i]);
    while (waiting) {
        struct epoll_event events[MOST_EVENTS];
        int n = epoll_wait(poller, events, MOST_EVENTS, 1000);
        if (n > 0) came_at = now();
        if (now() - came_at > PATIENCE) fail("no answer came for %d seconds", (int)(PATIENCE / SECOND));
        for (int i = 0; i < n; i++) on_readable(events[i].data.ptr);
    }
    double took = (came_at - began) / 1e6;
    qsort(samples, sampled, sizeof *samples, by_size);
    printf("{\"answers\":%ld,\"failed\":%ld,\"secs\":%.6f,\"bytes\":%ld,\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f,"
           "\"max_ms\":%.3f,\"load_cpu_secs\":%.6f,\"first_failure\":",
           (long)sampled, (long)failed, took, (long)bytes, percentile(.5), percentile(.95), percentile(.99),
           percentile(1), cpu_secs());
    print_text(first_failure);
    puts("}");
    return 0;
}
