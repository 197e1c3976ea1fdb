package recurringbilling_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	changes "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// replayed returns the last state of every resource in the change feed, by name.
func (f *fixture) replayed(t *testing.T) map[string]proto.Message {
	t.Helper()
	states := map[string]proto.Message{}
	for token := ""; ; {
		page := f.settled(t, &changes.ListChangesRequest{PageSize: 1000, PageToken: token})
		for _, change := range page.GetChanges() {
			state, err := change.GetState().UnmarshalNew()
			if err != nil {
				t.Fatal(err)
			}
			states[change.GetResource()] = state
		}
		if token = page.GetNextPageToken(); token == "" {
			return states
		}
	}
}

// stored returns every resource in the store, by name.
func (f *fixture) stored(t *testing.T) map[string]proto.Message {
	t.Helper()
	states := map[string]proto.Message{}
	for _, list := range f.everything(t) {
		switch list := list.(type) {
		case *native.ListItemsResponse:
			name(states, list.GetItems())
		case *native.ListBillTosResponse:
			name(states, list.GetBillTos())
		case *native.ListMasterAccountsResponse:
			name(states, list.GetMasterAccounts())
		case *native.ListRecurringLinesResponse:
			name(states, list.GetRecurringLines())
		}
	}
	return states
}

func name[M interface {
	proto.Message
	GetName() string
}](states map[string]proto.Message, resources []M) {
	for _, resource := range resources {
		states[resource.GetName()] = resource
	}
}

// life is a second implementation of the rules of rates and cancellation, for a line of 31.00 a
// month from 2026-01-01 that is billed up to 2026-04-01.
type life struct {
	rates map[string]int64 // whole dollars by date, as asked for
	first *int64           // what replaces the first rate, for days that are not billed
	end   string
}

func (l *life) ended(day string) bool { return l.end != "" && day >= l.end }

// rate applies a rate change and reports whether it is accepted.
func (l *life) rate(day string, amount int64) bool {
	if day < "2026-01-01" {
		return false
	}
	if l.ended(max(day, "2026-04-01")) {
		return false
	}
	if day == "2026-01-01" {
		l.first = &amount
		return true
	}
	l.rates[day] = amount
	return true
}

func (l *life) withdraw(day string) bool {
	if day == "2026-01-01" {
		known := l.first != nil
		l.first = nil
		return known
	}
	if _, known := l.rates[day]; !known {
		return false
	}
	delete(l.rates, day)
	return true
}

func (l *life) cancel(day string) bool {
	if l.end != "" || day < "2026-01-01" {
		return false
	}
	l.end = day
	return true
}

func (l *life) uncancel() bool {
	was := l.end != ""
	l.end = ""
	return was
}

func (l *life) shown() (shown []string) {
	for day, amount := range l.rates {
		shown = append(shown, fmt.Sprintf("%s %d", day, amount))
	}
	slices.Sort(shown)
	if l.first != nil {
		shown = slices.Insert(shown, 1, fmt.Sprintf("2026-01-01 %d", *l.first))
	}
	return append(shown, "end "+l.end)
}

func shown(line *native.RecurringLine) (shown []string) {
	text := func(f *date.Date) string {
		if f == nil {
			return ""
		}
		return fmt.Sprintf("%04d-%02d-%02d", f.GetYear(), f.GetMonth(), f.GetDay())
	}
	for _, rate := range line.GetRates() {
		shown = append(shown, fmt.Sprintf("%s %d", text(rate.GetEffectiveDate()), rate.GetMonthlyAmount().GetUnits()))
	}
	return append(shown, "end "+text(line.GetEndDate()))
}

// A line is always what its accepted changes made it, and replaying the feed gives the state of the
// store.
func TestReplayingFeedGivesState(t *testing.T) {
	f := open(t, true)
	rapid.Check(t, func(r *rapid.T) {
		line := f.billedLine(t, nil).GetName()
		want := &life{rates: map[string]int64{"2026-01-01": 31}}
		for range rapid.IntRange(1, 8).Draw(r, "changes") {
			at := time.Date(2025, time.December, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 12).Draw(r, "day")*15)
			day, amount := at.Format(time.DateOnly), rapid.Int64Range(0, 50).Draw(r, "amount")
			on := &date.Date{Year: int32(at.Year()), Month: int32(at.Month()), Day: int32(at.Day())}
			var accepted bool
			var err error
			switch rapid.SampledFrom([]string{"rate", "rate", "withdraw", "cancel", "uncancel"}).Draw(r, "change") {
			case "rate":
				accepted = want.rate(day, amount)
				_, err = f.lines.ChangeRecurringLineRate(t.Context(), changeOf(line, rateOf(on, usd(amount, 0), "PRICE")))
			case "withdraw":
				accepted = want.withdraw(day)
				_, err = f.lines.WithdrawRecurringLineRate(t.Context(), &native.WithdrawRecurringLineRateRequest{Name: line, EffectiveDate: on})
			case "cancel":
				request := cancelOf(line, on)
				request.Credit = rapid.Bool().Draw(r, "credit")
				accepted = want.cancel(day)
				_, err = f.lines.CancelRecurringLine(t.Context(), request)
			case "uncancel":
				accepted = want.uncancel()
				_, err = f.uncancel(t, line)
			}
			if code := status.Code(err); (err == nil) != accepted || err != nil && code != codes.InvalidArgument && code != codes.FailedPrecondition {
				r.Fatalf("accepted: want %v, got %v", accepted, err)
			}
			if diff := gocmp.Diff(want.shown(), shown(f.line(t, line))); diff != "" {
				r.Fatalf("line (-want +got):\n%s", diff)
			}
		}
	})
	if diff := gocmp.Diff(f.stored(t), f.replayed(t), protocmp.Transform()); diff != "" {
		t.Errorf("the store and the replayed feed differ (-store +feed):\n%s", diff)
	}
}
