package customerrecurrence_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

// history is a random series of changes of one recurrence.
type history struct {
	*fixture
	t *rapid.T
	// name is the recurrence's, and first its state when it was contracted.
	name  string
	first *customerrecurrencev1.Recurrence
}

// histories counts the recurrences of a process, so that each has an id of its own.
var histories int

func newHistory(f *fixture, t *rapid.T) *history {
	histories++
	h := &history{fixture: f, t: t}
	today := f.clock.Now()
	wanted := h.drawn("first")
	wanted.StartDate = day(int32(today.Year()), int32(today.Month()), int32(today.Day()))
	wanted.Cycle = rapid.SampledFrom([]customerrecurrencev1.RecurrenceCycle{1, 2, 4}).Draw(t, "cycle")
	if months := rapid.IntRange(0, 14).Draw(t, "months paid"); months > 0 {
		until := time.Date(today.Year(), today.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
		wanted.PaidUntilDate = day(int32(until.Year()), int32(until.Month()), int32(until.Day()))
	}
	made, err := f.recurrences.CreateRecurrence(context.Background(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: demoCustomer, RecurrenceId: fmt.Sprint("law-", histories), Recurrence: wanted, Draft: rapid.IntRange(0, 9).Draw(t, "draft") == 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.name, h.first = made.GetName(), made
	return h
}

// drawn draws what a recurrence may be changed to.
func (h *history) drawn(label string) *customerrecurrencev1.Recurrence {
	price := &money.Money{CurrencyCode: "MXN", Units: rapid.SampledFrom([]int64{0, 1, 310, 999_999_999}).Draw(h.t, label+" units")}
	price.Nanos = 10_000_000 * rapid.Int32Range(0, 99).Draw(h.t, label+" cents")
	r := &customerrecurrencev1.Recurrence{
		PackageId:   rapid.SampledFrom([]string{"P", "Q"}).Draw(h.t, label+" package"),
		DisplayName: rapid.SampledFrom([]string{"n", "m"}).Draw(h.t, label+" name"), Price: price,
	}
	for i := range rapid.IntRange(0, 3).Draw(h.t, label+" services") {
		r.Services = append(r.Services, &customerrecurrencev1.ContractedService{
			ServiceId: fmt.Sprint("s", (i+histories)%4), TransactionLimit: rapid.Int32Range(0, 2).Draw(h.t, label+" limit"),
		})
	}
	return r
}

// step takes one step. Steps that the recurrence's state or dates refuse are part of a history.
func (h *history) step() {
	ctx := context.Background()
	var err error
	switch kind := rapid.IntRange(0, 7).Draw(h.t, "step"); kind {
	case 0, 1:
		to := h.drawn("to")
		if rapid.Bool().Draw(h.t, "other cycle") {
			to.Cycle = rapid.SampledFrom([]customerrecurrencev1.RecurrenceCycle{1, 2, 4}).Draw(h.t, "to cycle")
		}
		err = h.quoted(to)
	case 2:
		_, err = h.put(ctx, "C-1001", strings.TrimPrefix(h.name, demoCustomer+"/recurrences/"), &dynamicsv1.Recurrence{
			Name: proto.String(rapid.SampledFrom([]string{"n", "v"}).Draw(h.t, "vendor name")), Price: price(rapid.SampledFrom([]string{"1", "310.5"}).Draw(h.t, "vendor price")),
		})
	case 3:
		h.clock.Advance(time.Duration(rapid.IntRange(1, 40).Draw(h.t, "days")) * 24 * time.Hour)
	case 4:
		to := h.drawn("scheduled")
		_, err = h.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: h.name, Recurrence: to, Timing: periodEnd})
	default:
		_, err = h.take(rapid.SampledFrom([]string{"activate", "pause", "resume", "cancel", "cancel at the end", "undo", "undo"}).Draw(h.t, "move"), h.name)
	}
	if code := status.Code(err); err != nil && code != codes.FailedPrecondition && code != codes.InvalidArgument {
		h.t.Fatal(err)
	}
}

// quoted quotes a change, and checks that it is what the change does: tried at once, and made by its quote.
func (h *history) quoted(to *customerrecurrencev1.Recurrence) error {
	ctx := context.Background()
	quote, refused := h.changing.QuoteRecurrence(ctx, &customerrecurrencev1.QuoteRecurrenceRequest{Name: h.name, Recurrence: to})
	tried, err := h.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: h.name, Recurrence: to, ValidateOnly: true})
	if status.Code(refused) != status.Code(err) || reason(refused) != reason(err) {
		h.t.Fatalf("the quote is refused with %v, and the change with %v", refused, err)
	}
	if refused != nil {
		return refused
	}
	made, err := h.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: h.name, Quote: quote.GetQuote()})
	if err != nil {
		h.t.Fatalf("the quote was refused: %v", err)
	}
	for _, change := range []*customerrecurrencev1.RecurrenceChange{tried.GetChange(), made.GetChange()} {
		change = proto.CloneOf(change)
		change.Name, change.Actor, change.CreateTime, change.QuoteId = "", "", nil, ""
		want := proto.CloneOf(quote.GetChange())
		want.QuoteId = ""
		if diff := gocmp.Diff(want, change, protocmp.Transform()); diff != "" {
			h.t.Fatalf("quote and change (-quote +change):\n%s", diff)
		}
	}
	var credit, charge decimal.Decimal
	for _, line := range made.GetChange().GetLines() {
		sum := &charge
		if line.GetCredit() {
			sum = &credit
		}
		*sum = exactly(sum.Add(exact(line.GetAmount())))
	}
	if credit.Cmp(exact(quote.GetCredit())) != 0 || charge.Cmp(exact(quote.GetCharge())) != 0 || exactly(charge.Sub(credit)).Cmp(exact(quote.GetTotal())) != 0 {
		h.t.Fatalf("the lines credit %s and charge %s, and the quote says %v", credit, charge, quote)
	}
	return nil
}

func exact(m *money.Money) decimal.Decimal {
	return exactly(decimal.NewFromInt64(m.GetUnits(), int64(m.GetNanos()), 9))
}

func exactly(value decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		panic(err)
	}
	return value
}

// replay applies the recorded changes to the first state.
func (h *history) replay() *customerrecurrencev1.Recurrence {
	found, err := h.recurrences.ListRecurrenceChanges(context.Background(), &customerrecurrencev1.ListRecurrenceChangesRequest{Parent: h.name, PageSize: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	state := proto.CloneOf(h.first)
	services := map[string]*customerrecurrencev1.ContractedService{}
	for _, service := range state.GetServices() {
		services[service.GetServiceId()] = service
	}
	for _, change := range found.GetRecurrenceChanges() {
		if change.GetOldPackageId() != state.GetPackageId() || change.GetOldDisplayName() != state.GetDisplayName() || !proto.Equal(change.GetOldPrice(), state.GetPrice()) {
			h.t.Fatalf("%v does not follow %v", change, state)
		}
		difference := exactly(exact(change.GetNewPrice()).Sub(exact(change.GetOldPrice())))
		if difference.Cmp(exact(change.GetPriceDifference())) != 0 {
			h.t.Fatalf("%v has another difference than %s", change, difference)
		}
		state.PackageId, state.DisplayName, state.Price = change.GetNewPackageId(), change.GetNewDisplayName(), change.GetNewPrice()
		if terms := change.GetNewTerms(); terms != nil {
			state.State, state.UndoState, state.Cycle = terms.GetState(), terms.GetUndoState(), terms.GetCycle()
			state.StartDate, state.PaidUntilDate, state.EndDate = terms.GetStartDate(), terms.GetPaidUntilDate(), terms.GetEndDate()
		}
		for _, removed := range change.GetRemovedServices() {
			if !proto.Equal(services[removed.GetServiceId()], removed) {
				h.t.Fatalf("%v removes what is not there", change)
			}
			delete(services, removed.GetServiceId())
		}
		for _, changed := range change.GetChangedServices() {
			if !proto.Equal(services[changed.GetOldService().GetServiceId()], changed.GetOldService()) {
				h.t.Fatalf("%v changes what is not there", change)
			}
			services[changed.GetNewService().GetServiceId()] = changed.GetNewService()
		}
		for _, added := range change.GetAddedServices() {
			services[added.GetServiceId()] = added
		}
	}
	state.Services = nil
	for _, service := range services {
		state.Services = append(state.Services, service)
	}
	return state
}

// normal removes what no change says, and puts services in the order of their ids.
func normal(r *customerrecurrencev1.Recurrence) *customerrecurrencev1.Recurrence {
	r = proto.CloneOf(r)
	r.Etag, r.UpdateTime = "", nil
	slices.SortFunc(r.Services, func(a, b *customerrecurrencev1.ContractedService) int {
		return cmp.Compare(a.GetServiceId(), b.GetServiceId())
	})
	return r
}

// A quote equals what applying then does, and any series of changes, replayed from the history, gives the state.
func TestHistoriesObeyTheLaws(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		rapid.Check(t, func(t *rapid.T) {
			h := newHistory(f, t)
			for range rapid.IntRange(1, 8).Draw(t, "steps") {
				h.step()
			}
			present, err := f.recurrences.GetRecurrence(context.Background(), &customerrecurrencev1.GetRecurrenceRequest{Name: h.name})
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(normal(present), normal(h.replay()), protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
				t.Fatalf("state and replay (-state +replay):\n%s", diff)
			}
		})
	})
}

// Amounts of any digits come back exactly as they were given, from the vendor's wire to the store and to the native API.
func TestAmountsStayExact(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		rapid.Check(t, func(t *rapid.T) {
			// Up to 13 digits before the point and 6 after it.
			amount := decimal.MustNew(rapid.Int64Range(0, 999_999_999_999_999_999).Draw(t, "digits"), rapid.IntRange(5, 6).Draw(t, "scale"))
			if _, err := f.put(context.Background(), "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price(amount.String())}); err != nil {
				t.Fatal(err)
			}
			answer, err := f.vendor.GetRecurrence(context.Background(), &dynamicsv1.GetRecurrenceRequest{ClientId: "C-1001", RecurrenceId: "R-5001"})
			if err != nil || decimal.MustParse(answer.GetData().GetPrice().GetValue()).Cmp(amount) != 0 {
				t.Fatalf("got %v, error %v, want %s", answer, err, amount)
			}
			stored, err := f.recurrences.GetRecurrence(context.Background(), &customerrecurrencev1.GetRecurrenceRequest{Name: demoRecurrence})
			if err != nil || exact(stored.GetPrice()).Cmp(amount) != 0 {
				t.Fatalf("got %v, error %v, want %s", stored.GetPrice(), err, amount)
			}
		})
	})
}
