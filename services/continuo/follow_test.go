package continuo_test

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// follower reads a service's changes as server-sent events from the beginning. When the stream
// breaks, it resumes after the last event that it received, as a browser does.
type follower struct {
	in      *installation
	service string
	mu      sync.Mutex
	// tokens are the tokens of the received changes, in order.
	tokens []string
	breaks int
}

// follow follows a service until the test ends.
func (in *installation) follow(t *testing.T, service string) *follower {
	t.Helper()
	f := &follower{in: in, service: service}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	go func() {
		defer close(ended)
		last := ""
		for ctx.Err() == nil {
			last = f.read(ctx, last)
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return f
}

// read reads one stream to its end and returns the id of the last event.
func (f *follower) read(ctx context.Context, last string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.in.http+"/"+f.service+"/v1/changes:watch?heartbeat=1s", nil)
	if err != nil {
		return last
	}
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Last-Event-ID", last)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return last
	}
	defer func() { _ = response.Body.Close() }() // the stream is over
	if response.StatusCode != http.StatusOK {
		return last
	}
	events := bufio.NewScanner(response.Body)
	events.Buffer(nil, 1<<20)
	id, data := "", false
	for events.Scan() {
		line := events.Text()
		switch {
		case strings.HasPrefix(line, "id: "):
			id = strings.TrimPrefix(line, "id: ")
		case strings.HasPrefix(line, "data: "):
			data = true
		case line == "" && id != "":
			last = id // the event is complete
			if data {
				f.mu.Lock()
				f.tokens = append(f.tokens, id)
				f.mu.Unlock()
			}
			id, data = "", false
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.breaks++
	return last
}

// check checks that the follower received the whole feed, in order, and each change once.
func (f *follower) check(t *testing.T) {
	t.Helper()
	var want []string
	for _, e := range f.in.settledFeed(t, f.service) {
		want = append(want, e.token)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		f.mu.Lock()
		got, breaks := slices.Clone(f.tokens), f.breaks
		f.mu.Unlock()
		if slices.Equal(want, got) {
			if breaks == 0 {
				t.Errorf("%s: the follower's stream never broke, so the test proves nothing", f.service)
			}
			return
		}
		if time.Now().After(deadline) {
			differ := 0
			for differ < min(len(want), len(got)) && want[differ] == got[differ] {
				differ++
			}
			t.Errorf("%s: follower got %d changes, want %d, in %d broken streams; the first %d are equal",
				f.service, len(got), len(want), breaks, differ)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}
