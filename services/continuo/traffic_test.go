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

// change is a mutation as a caller sends it. Its mark is its idempotency key, and stands in the state of the resource
// that it makes or changes.
type change struct {
	service, resourceType, field string
	method, path, body           string
	mark                         string
}

// changeKinds are mutations of every service, through the native API and the vendors'. Those of the vendors all change
// the same rows.
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
		return change{"recurring-billing", "Item", "description", "POST", "/recurring-billing/v1/items?item_id=" + mark + "&request_id=" + mark,
			`{"description":"` + mark + `"}`, mark}
	},
	func(mark string) change {
		return change{"recurring-billing", "RecurringLine", "memo", "PUT", linePath,
			`{"ItemCode":"RMR-MON","BillCycle":"M","InvoiceItemMemo":"` + mark + `"}`, mark}
	},
}

// sent is a change and what came of it.
type sent struct {
	change
	// status is 0 where no answer came.
	status int
	answer string
	took   time.Duration
}

func (s sent) acknowledged() bool { return s.status >= 200 && s.status < 300 }

// away reports that the change was not acknowledged because something it needs was not there.
func (s sent) away() bool {
	return s.status == 0 || s.status == http.StatusServiceUnavailable || s.status == http.StatusGatewayTimeout
}

// traffic is concurrent callers and the journal of what they sent.
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

// start lets one caller of every kind send changes to each origin, one after the other, until stop is called, which waits
// for their last answers.
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
						time.Sleep(25 * time.Millisecond) // so that a long outage does not fill the journal
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

// startAcknowledged starts traffic and returns once a change of every kind was acknowledged, however slow the machine is.
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

// sentSoFar is a copy of the journal.
func (tr *traffic) sentSoFar() []sent {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append([]sent(nil), tr.journal...)
}

// check holds the installation to the journal: what was acknowledged is in the change feed, once; nothing is there twice;
// the feed in its order gives what the lists show; and a change sent again with its key is answered as before, or carried
// out now, and has one effect in all.
func (tr *traffic) check(t *testing.T, in *installation) {
	t.Helper()
	journal := tr.sentSoFar()
	acknowledged := map[string]int{}
	for _, outcome := range journal {
		switch {
		case outcome.acknowledged():
			acknowledged[outcome.resourceType]++
		case !outcome.away():
			t.Errorf("%s %s was answered %d: %s", outcome.method, outcome.path, outcome.status, outcome.answer)
		}
	}
	for _, kind := range changeKinds {
		if resourceType := kind("").resourceType; acknowledged[resourceType] == 0 {
			t.Errorf("no change of a %s was acknowledged: the test shows nothing", resourceType)
		}
	}
	effects := in.effects(t)
	for _, outcome := range journal {
		if times := effects[outcome.mark]; times > 1 || times == 0 && outcome.acknowledged() {
			t.Errorf("%s %s (%s, status %d) had %d effects", outcome.method, outcome.path, outcome.mark, outcome.status, times)
		}
	}
	tr.repeat(t, in, journal)
	effects = in.effects(t)
	for _, outcome := range journal {
		if times := effects[outcome.mark]; times != 1 {
			t.Errorf("%s %s (%s), sent again, has had %d effects", outcome.method, outcome.path, outcome.mark, times)
		}
	}
}

// repeat sends all of the journal again.
func (tr *traffic) repeat(t *testing.T, in *installation, journal []sent) {
	t.Helper()
	work := make(chan sent)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for first := range work {
				again := tr.send(in.http, first.change)
				if !again.acknowledged() || first.acknowledged() && (again.status != first.status || again.answer != first.answer) {
					t.Errorf("%s %s was answered %d %s, and with the same key %d %s", first.method, first.path,
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
