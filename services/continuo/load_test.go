package continuo_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Rounds of a comparison, and the time that each side gets in each.
const (
	comparedRounds = 5
	comparedSpan   = 500 * time.Millisecond
)

// compare measures two rates in turn and reports the median of each, and of their ratios, because a
// machine that others use too is not the same from one second to the next. It also reports the
// processor time that one of our operations takes, with its client, and the ratio to that of theirs, which others change less.
func compare(b *testing.B, ours, theirs func() float64) {
	b.Helper()
	var ratios, own, other, costs, processor []float64
	ours() // the first calls open connections and prepare statements
	for b.Loop() {
		for range comparedRounds {
			rate, cost := measured(ours)
			otherRate, otherCost := measured(theirs)
			own, other, processor = append(own, rate), append(other, otherRate), append(processor, cost*1e6)
			ratios, costs = append(ratios, rate/otherRate), append(costs, otherCost/cost)
		}
	}
	for unit, values := range map[string]([]float64){"ours/s": own, "theirs/s": other, "ratio": ratios, "cpu-ratio": costs, "cpu-us": processor} {
		slices.Sort(values)
		b.ReportMetric(values[len(values)/2], unit)
	}
	b.ReportMetric(0, "ns/op") // one operation is the whole comparison
}

// measured returns the rate that a function measures, and the processor time of this process for each
// operation.
func measured(rate func() float64) (perSecond, cost float64) {
	began, used := time.Now(), processorTime()
	perSecond = rate()
	return perSecond, (processorTime() - used).Seconds() / (perSecond * time.Since(began).Seconds())
}

// processorTime returns the processor time that this process has used.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// load sends requests on connections of their own, each after the answer to the one before, and
// returns the answers a second. It costs a fraction of http.Client, as it runs on the cores of the server.
type load struct {
	address string
	callers int
	// request returns the nth request of a caller, as it is written.
	request func(caller, n int) string
	// took collects the times of answers.
	mu   sync.Mutex
	took []time.Duration
}

func (l *load) rate(b *testing.B) float64 {
	b.Helper()
	began, total := time.Now(), 0
	var group sync.WaitGroup
	for caller := range l.callers {
		group.Go(func() {
			took, err := l.call(caller, began.Add(comparedSpan))
			if err != nil {
				b.Error(err)
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			total, l.took = total+len(took), append(l.took, took...)
		})
	}
	group.Wait()
	return float64(total) / time.Since(began).Seconds()
}

// call sends requests until a time and returns how long each took.
func (l *load) call(caller int, until time.Time) (took []time.Duration, err error) {
	connection, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	answers := bufio.NewReader(connection)
	for began := time.Now(); began.Before(until); began = time.Now() {
		if _, err := io.WriteString(connection, l.request(caller, len(took))); err != nil {
			return nil, err
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			return nil, err
		}
		if answer.StatusCode >= http.StatusMultipleChoices {
			return nil, fmt.Errorf("%s: %s", answer.Status, text)
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// p99 returns the time within which 99 of 100 answers came, in milliseconds.
func (l *load) p99() float64 {
	slices.Sort(l.took)
	return l.took[len(l.took)*99/100].Seconds() * 1000
}

// written returns a request as it is written to a connection.
func written(method, path, body string) string {
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: bench\r\n", method, path)
	if body != "" {
		text += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return text + "\r\n" + body
}

// addressOf returns the host and port of an origin.
func addressOf(origin string) string { return strings.TrimPrefix(origin, "http://") }
