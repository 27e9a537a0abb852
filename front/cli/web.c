// A web server for static files, on the loopback address only: one process a connection, GET and
// HEAD, byte ranges (RFC 9110 section 14), and the headers that isolate the page from other sites.
//
// **Not implemented**: several ranges in one request, conditional requests: the page needs neither.
#define _XOPEN_SOURCE 700
#include "front/cli/web.h"

#include "front/cli/paths.h"
#include "front/cli/values.h"
#include "front/cli/web_request.h"
#include "host/posix/message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { DEFAULT_PORT = 8017, REQUEST_BYTES = 8192, PIECE_BYTES = 65536, PATIENCE_SECONDS = 20 };

static const char help_text[] =
    "Usage: vitrine web [--port N]\n"
    "\n"
    "Serves the page, built by `make web`, on 127.0.0.1 and prints its address. Ctrl-C ends it.\n"
    "  --port N     which port (default 8017); 0: any that is free\n";

static const char common_headers[] = "Cross-Origin-Opener-Policy: same-origin\r\n"
                                     "Cross-Origin-Embedder-Policy: require-corp\r\n"
                                     "Cross-Origin-Resource-Policy: same-origin\r\n"
                                     "X-Content-Type-Options: nosniff\r\n"
                                     "Cache-Control: no-cache\r\n";

// --- answering ---

static bool send_all(int socket, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        count -= (size_t)sent;
    }
    return true;
}

static bool refuse(int socket, const struct web_request *r, const char *status, const char *more)
{
    char text[512];
    int length = snprintf(text, sizeof text,
                          "HTTP/1.1 %s\r\n%s%sContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                          "\r\n%s%s",
                          status, common_headers, more, strlen(status) + 1,
                          r->is_head ? "" : status, r->is_head ? "" : "\n");

    return send_all(socket, text, (size_t)length);
}

static bool send_file(int socket, int file, uint64_t first, uint64_t count)
{
    char piece[PIECE_BYTES];

    while (count > 0) {
        size_t wanted = count < sizeof piece ? (size_t)count : sizeof piece;
        ssize_t got = pread(file, piece, wanted, (off_t)first);

        if (got <= 0 || !send_all(socket, piece, (size_t)got)) {
            return false;
        }
        first += (uint64_t)got;
        count -= (uint64_t)got;
    }
    return true;
}

// The file, or its compressed twin NAME.gz if the browser takes that; -1: there is none.
static int open_file(int folder, const struct web_request *r, uint64_t *size, bool *is_gzip)
{
    char twin[WEB_PATH_BYTES + 4];
    struct stat info;
    int file = -1;

    *is_gzip = false;
    if (r->takes_gzip && !r->has_range) {
        snprintf(twin, sizeof twin, "%s.gz", r->path);
        file = openat(folder, twin, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        *is_gzip = file >= 0;
    }
    if (file < 0) {
        file = openat(folder, r->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (file >= 0 && (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(file);
        return -1;
    }
    *size = file >= 0 ? (uint64_t)info.st_size : 0;
    return file;
}

static bool answer_with(int socket, const struct web_request *r, int file, uint64_t size,
                        bool is_gzip)
{
    char head[1024], range[96] = "";
    uint64_t first = 0, last = size - 1, count = size;

    if (r->has_range) {
        if (!web_range(r->range, size, &first, &last)) {
            snprintf(range, sizeof range, "Content-Range: bytes */%llu\r\n",
                     (unsigned long long)size);
            return refuse(socket, r, "416 Range Not Satisfiable", range);
        }
        count = last - first + 1;
        snprintf(range, sizeof range, "Content-Range: bytes %llu-%llu/%llu\r\n",
                 (unsigned long long)first, (unsigned long long)last, (unsigned long long)size);
    }
    snprintf(head, sizeof head,
             "HTTP/1.1 %s\r\n%sContent-Type: %s\r\nContent-Length: %llu\r\n"
             "Accept-Ranges: bytes\r\nVary: Accept-Encoding\r\n%s%s\r\n",
             r->has_range ? "206 Partial Content" : "200 OK", common_headers, web_type(r->path),
             (unsigned long long)count, is_gzip ? "Content-Encoding: gzip\r\n" : "", range);
    return send_all(socket, head, strlen(head)) &&
           (r->is_head || send_file(socket, file, first, count));
}

static bool answer(int socket, int folder, const char *text)
{
    struct web_request r;
    const char *refusal = web_request_read(text, &r);
    uint64_t size;
    bool is_gzip, is_good;
    int file;

    if (refusal) {
        refuse(socket, &r, refusal, "Connection: close\r\n");
        return false;
    }
    file = open_file(folder, &r, &size, &is_gzip);
    if (file < 0) {
        return refuse(socket, &r, "404 Not Found", "");
    }
    is_good = answer_with(socket, &r, file, size, is_gzip);
    close(file);
    return is_good;
}

// Requests of one connection, until it ends, is silent for long, or says something we don't
// understand.
static void talk(int socket, int folder)
{
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    char text[REQUEST_BYTES];
    size_t filled = 0;

    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    for (;;) {
        char *end = NULL;
        size_t used;

        while (text[filled] = '\0', !(end = strstr(text, "\r\n\r\n"))) {
            ssize_t got = filled + 1 < sizeof text
                              ? recv(socket, text + filled, sizeof text - 1 - filled, 0)
                              : 0;

            if (got <= 0) {
                return;
            }
            filled += (size_t)got;
        }
        end[2] = '\0';
        if (!answer(socket, folder, text)) {
            return;
        }
        used = (size_t)(end + 4 - text);
        filled -= used;
        memmove(text, end + 4, filled);
    }
}

// --- the server ---

static int listen_on(uint16_t port, uint16_t *real_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t size = sizeof address;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0) {
        message("web: %s", strerror(errno));
        return -1;
    }
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        message("web: port %u: %s; --port 0 takes one that is free", port, strerror(errno));
        close(listener);
        return -1;
    }
    *real_port = ntohs(address.sin_port);
    return listener;
}

static int serve(int listener, int folder)
{
    signal(SIGCHLD, SIG_IGN); // children leave no trace
    for (;;) {
        int socket = accept(listener, NULL, NULL);
        pid_t child;

        if (socket < 0) {
            if (errno == EINTR || errno == ECONNABORTED) {
                continue;
            }
            message("web: %s", strerror(errno));
            return EXIT_BAD_USE;
        }
        child = fork();
        if (child == 0) {
            close(listener);
            talk(socket, folder);
            _exit(0);
        }
        close(socket);
    }
}

static bool parse(int argc, char **argv, uint64_t *port, int *code)
{
    *port = DEFAULT_PORT;
    *code = EXIT_BAD_USE;
    for (int at = 0; at < argc; at++) {
        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            fputs(help_text, stdout);
            *code = EXIT_GOOD;
            return false;
        }
        if (strcmp(argv[at], "--port") != 0) {
            message("web: %s: no such option; vitrine web --help lists them", argv[at]);
            return false;
        }
        if (at + 1 == argc || !value_number(argv[++at], UINT16_MAX, port)) {
            message("web: --port needs a number from 0 to 65535");
            return false;
        }
    }
    return true;
}

int web_main(int argc, char **argv)
{
    char path[PATH_OF_WEB_BYTES];
    uint64_t port;
    uint16_t real_port;
    int code, folder, listener;

    if (!parse(argc, argv, &port, &code)) {
        return code;
    }
    folder = path_of_web(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder < 0) {
        message("web: the page is not there: run `make web`");
        return EXIT_BAD_USE;
    }
    listener = listen_on((uint16_t)port, &real_port);
    if (listener < 0) {
        return EXIT_BAD_USE;
    }
    printf("Vitrine is at http://127.0.0.1:%u/ (Ctrl-C ends it)\n", real_port);
    fflush(stdout);
    return serve(listener, folder);
}
