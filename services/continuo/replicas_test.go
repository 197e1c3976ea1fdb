package continuo_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// TestReplicasShareOneDatabase runs everything twice on the same databases, which both migrate and
// load concurrently. Clients of both change the same rows. None may be rejected, a watcher of one
// replica must receive the changes made through the other, and no change may be lost. One replica
// is then killed under load, and the other must keep serving.
func TestReplicasShareOneDatabase(t *testing.T) {
	for _, f := range forms {
		if f.engine != database.PostgreSQL {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			one := prepare(t, f)
			two := one.replica(t)
			both(func() { one.operator(t, "migrate", "up") }, func() { two.operator(t, "migrate", "up") })
			both(func() { one.start(t) }, func() { two.start(t) })
			watched := one.watch(t, "recurring-billing", "recurringLines/1")

			tr := newTraffic(t)
			stop := tr.startAcknowledged(t, one.http, two.http, one.http, two.http, one.http, two.http)
			time.Sleep(1500 * time.Millisecond)
			stop()
			for _, outcome := range tr.sentSoFar() {
				if !outcome.acknowledged() {
					t.Errorf("%s %s: got status %d: %s", outcome.method, outcome.path, outcome.status, outcome.answer)
				}
			}
			if t.Failed() {
				t.Logf("%s\n%s", one.logs(), two.logs())
			}
			checkWatched(t, tr, watched)

			stop = tr.startAcknowledged(t, one.http, two.http)
			time.Sleep(300 * time.Millisecond)
			one.kill(t)
			time.Sleep(300 * time.Millisecond)
			stop()
			tr.check(t, two)
		})
	}
}

func both(do ...func()) {
	var group sync.WaitGroup
	for _, one := range do {
		group.Go(one)
	}
	group.Wait()
}

// replica returns another installation on the same databases.
func (in *installation) replica(t *testing.T) *installation {
	t.Helper()
	var env []string
	for name := range databases {
		env = append(env, name+"="+in.setting(name))
	}
	return prepare(t, in.form, env...)
}

// watch follows the changes of one resource as server-sent events until the test ends, and returns
// the memos that it receives.
func (in *installation) watch(t *testing.T, service, resource string) <-chan string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/%s/v1/changes:watch?from_now=true&heartbeat=1s&resource=%s", in.http, service, resource), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("watching: %v %v", response, err)
	}
	events := bufio.NewScanner(response.Body)
	events.Buffer(nil, 1<<20)
	if !events.Scan() { // the first heartbeat shows that the stream has begun
		t.Fatalf("watching: %v", events.Err())
	}
	memos := make(chan string, 10_000)
	go func() {
		defer close(memos)
		defer func() { _ = response.Body.Close() }() // the test has ended
		for events.Scan() {
			data, isData := strings.CutPrefix(events.Text(), "data: ")
			var event struct {
				Change struct{ State struct{ Memo string } }
			}
			if isData && json.Unmarshal([]byte(data), &event) == nil {
				memos <- event.Change.State.Memo
			}
		}
	}()
	return memos
}

// checkWatched checks that a watcher received every acknowledged change of the line once.
func checkWatched(t *testing.T, tr *traffic, watched <-chan string) {
	t.Helper()
	var want, got []string
	for _, outcome := range tr.sentSoFar() {
		if outcome.resourceType == "RecurringLine" && outcome.acknowledged() {
			want = append(want, outcome.mark)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for len(got) < len(want) && ctx.Err() == nil {
		select {
		case memo := <-watched:
			got = append(got, memo)
		case <-ctx.Done():
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("watcher of one replica: got %d changes, want the %d made through both", len(got), len(want))
	}
}
