/*
 * A socketmap server on a unix socket that gives one answer, whatever the request. The measure for a server: a client that
 * asks it waits only for the kernel. It prints a line when it listens.
 */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_EVENTS 128

static const char ANSWER[] = "9:OK REJECT,";

static int watch(int queue, int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  return epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event);
}

static void answer(int peer) {
  char request[65536];
  size_t length = sizeof ANSWER - 1;
  if (read(peer, request, sizeof request) <= 0 || write(peer, ANSWER, length) != (ssize_t)length) close(peer);
}

int main(int count, char **arguments) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct epoll_event events[MOST_EVENTS];
  if (count != 2 || strlen(arguments[1]) >= sizeof address.sun_path) return 64;
  strcpy(address.sun_path, arguments[1]);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0), queue = epoll_create1(0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 256) != 0) return 71;
  if (watch(queue, listener) != 0) return 71;
  puts("listening");
  fflush(stdout);
  for (;;) {
    int ready = epoll_wait(queue, events, MOST_EVENTS, -1);
    for (int i = 0; i < ready; i++)
      if (events[i].data.fd == listener) watch(queue, accept(listener, NULL, NULL));
      else answer(events[i].data.fd);
  }
}
