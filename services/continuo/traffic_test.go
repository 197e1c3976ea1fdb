package continuo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// change is a mutation as sent by a client. Its mark is the idempotency key, and is written to the
// state of the changed resource: to a field, or to a field of a field, as in `details.transactionReference`.
type change struct {
	service, resourceType, field string
	method, path, body           string
	mark                         string
}

// changeKinds are mutations of every service through the native and the vendor APIs. Each of those
// through a vendor API changes the same row.
var changeKinds = []func(mark string) change{
	func(mark string) change {
		return change{"customer-recurrence", "Package", "displayName", "POST", "/customer-recurrence/v1/packages",
			`{"displayName":"` + mark + `"}`, mark}
	},
	func(mark string) change {
		return change{"customer-recurrence", "Recurrence", "displayName", "PUT", recurrencePath,
			`{"recurrence":{"name":"` + mark + `"}}`, mark}
	},
	func(mark string) change {
		return change{"subscription", "Group", "displayName", "POST", "/subscription/v1/groups",
			`{"displayName":"` + mark + `"}`, mark}
	},
	func(mark string) change {
		return change{"subscription", "Subscription", "notes", "POST", "/subscriptions/update",
			`{"token":"` + demoToken + `","subscription_identifier":{"number":"S60117"},"notes":"` + mark + `"}`, mark}
	},
	func(mark string) change {
		return change{"subscription", "SubscriptionAction", "details.transactionReference", "POST", "/subscription/v1/subscriptions/08E04C64110A44FF79F4431E1F4E1765:deactivate",
			`{"details":{"scheduleTime":"2099-01-01T00:00:00Z","transactionReference":"` + mark + `"}}`, mark}
	},
	func(mark string) change {
		return change{"recurring-billing", "Item", "description", "POST", "/recurring-billing/v1/items?item_id=" + mark + "&request_id=" + mark,
			`{"description":"` + mark + `"}`, mark}
	},
	func(mark string) change {
		return change{"recurring-billing", "RecurringLine", "memo", "PUT", linePath,
			`{"ItemCode":"RMR-MON","BillCycle":"M","InvoiceItemMemo":"` + mark + `"}`, mark}
	},
}

// sent is a change and its outcome.
type sent struct {
	change
	// status is 0 if there was no response.
	status int
	answer string
	took   time.Duration
}

func (s sent) acknowledged() bool { return s.status >= 200 && s.status < 300 }

// unavailable reports whether the change failed because the service or its store was unavailable.
func (s sent) unavailable() bool {
	return s.status == 0 || s.status == http.StatusServiceUnavailable || s.status == http.StatusGatewayTimeout
}

// traffic runs concurrent clients and keeps a journal of what they sent.
type traffic struct {
	client  *http.Client
	marks   atomic.Int64
	mu      sync.Mutex
	journal []sent
}

func newTraffic(t *testing.T) *traffic {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}, Timeout: 20 * time.Second}
	t.Cleanup(client.CloseIdleConnections)
	return &traffic{client: client}
}

// start runs a client of every kind against each origin, which sends one change after the other.
// stop ends them and waits for their last responses.
func (tr *traffic) start(origins ...string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for _, origin := range origins {
		for _, kind := range changeKinds {
			group.Go(func() {
				for ctx.Err() == nil {
					outcome := tr.send(origin, kind(fmt.Sprintf("mark-%d", tr.marks.Add(1))))
					tr.mu.Lock()
					tr.journal = append(tr.journal, outcome)
					tr.mu.Unlock()
					if !outcome.acknowledged() {
						time.Sleep(25 * time.Millisecond) // keeps the journal short in a long outage
					}
				}
			})
		}
	}
	return func() {
		cancel()
		group.Wait()
	}
}

func (tr *traffic) send(origin string, c change) (outcome sent) {
	outcome.change = c
	started := time.Now()
	defer func() { outcome.took = time.Since(started) }()
	request, err := http.NewRequest(c.method, origin+c.path, strings.NewReader(c.body))
	if err != nil {
		return outcome
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", c.mark)
	response, err := tr.client.Do(request)
	if err != nil {
		return outcome
	}
	answer, err := io.ReadAll(response.Body)
	if errors.Join(err, response.Body.Close()) != nil {
		return outcome
	}
	outcome.status, outcome.answer = response.StatusCode, string(answer)
	return outcome
}

// startAcknowledged starts traffic and returns when a change of every kind has been acknowledged.
func (tr *traffic) startAcknowledged(t *testing.T, origins ...string) (stop func()) {
	t.Helper()
	before := len(tr.sentSoFar())
	stop = tr.start(origins...)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		acknowledged := map[string]bool{}
		for _, outcome := range tr.sentSoFar()[before:] {
			if outcome.acknowledged() {
				acknowledged[outcome.resourceType] = true
			}
		}
		if len(acknowledged) == len(changeKinds) {
			return stop
		}
	}
	stop()
	t.Fatal("not every kind of change was acknowledged within a minute")
	return nil
}

// sentSoFar returns a copy of the journal.
func (tr *traffic) sentSoFar() []sent {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append([]sent(nil), tr.journal...)
}

// check compares the installation with the journal. Every acknowledged change must be in the change
// feed exactly once, no change may be there twice, and replaying the feed must give the state in
// the lists. A change sent again with its key must return the first response, or be made now, and
// must have one effect in total.
func (tr *traffic) check(t *testing.T, in *installation) {
	t.Helper()
	journal := tr.sentSoFar()
	acknowledged := map[string]int{}
	for _, outcome := range journal {
		switch {
		case outcome.acknowledged():
			acknowledged[outcome.resourceType]++
		case !outcome.unavailable():
			t.Errorf("%s %s: got status %d: %s", outcome.method, outcome.path, outcome.status, outcome.answer)
		}
	}
	for _, kind := range changeKinds {
		if resourceType := kind("").resourceType; acknowledged[resourceType] == 0 {
			t.Errorf("no change of a %s was acknowledged, so the test proves nothing", resourceType)
		}
	}
	effects := in.effects(t)
	for _, outcome := range journal {
		if times := effects[outcome.mark]; times > 1 || times == 0 && outcome.acknowledged() {
			t.Errorf("%s %s (%s, status %d): got %d effects", outcome.method, outcome.path, outcome.mark, outcome.status, times)
		}
	}
	tr.repeat(t, in, journal)
	effects = in.effects(t)
	for _, outcome := range journal {
		if times := effects[outcome.mark]; times != 1 {
			t.Errorf("%s %s (%s), sent again: got %d effects, want 1", outcome.method, outcome.path, outcome.mark, times)
		}
	}
}

// repeat sends all changes of the journal again.
func (tr *traffic) repeat(t *testing.T, in *installation, journal []sent) {
	t.Helper()
	work := make(chan sent)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for first := range work {
				again := tr.send(in.http, first.change)
				if !again.acknowledged() || first.acknowledged() && (again.status != first.status || again.answer != first.answer) {
					t.Errorf("%s %s: got %d %s, but %d %s for the same key", first.method, first.path,
						first.status, first.answer, again.status, again.answer)
				}
			}
		})
	}
	for _, first := range journal {
		work <- first
	}
	close(work)
	group.Wait()
}
