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
	googledate "google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"pgregory.net/rapid"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

// history is a random series of changes of one recurrence, with a model that predicts what is refused.
type history struct {
	*fixture
	t *rapid.T
	// reached counts what histories came to.
	reached map[string]int
	// name is the recurrence's, first its state when it was contracted, present that of now.
	name           string
	first, present *customerrecurrencev1.Recurrence
	// state and undo are where the model says that it is, and where an undo leads; end is its last day.
	state, undo string
	end         date.Date
	// last is the change that was scheduled last, and pending whether it is to happen. quote is what it came from, and etag that of
	// the recurrence then.
	last    *customerrecurrencev1.ScheduledChange
	pending bool
	quote   *customerrecurrencev1.QuoteRecurrenceResponse
	etag    string
}

// histories counts the recurrences of a process, so that each has an id of its own.
var histories int

// newHistory contracts a recurrence. The clock begins anew with each, so that a history can be replayed.
func newHistory(f *fixture, t *rapid.T, reached map[string]int) *history {
	histories++
	reached["histories"]++
	f.clock.Set(start)
	h := &history{fixture: f, t: t, reached: reached, state: "ACTIVE"}
	wanted, today := h.drawn("first"), h.today()
	wanted.StartDate = gtype.Date(today)
	wanted.Cycle = rapid.SampledFrom([]customerrecurrencev1.RecurrenceCycle{1, 2, 4}).Draw(t, "cycle")
	if months := rapid.IntRange(-4, 14).Draw(t, "months paid"); months > 0 {
		wanted.PaidUntilDate = gtype.Date(today.AddMonthsOnDay(months, 1))
	}
	draft := rapid.IntRange(0, 9).Draw(t, "draft") == 0
	if draft {
		h.state = "DRAFT"
	}
	made, err := f.recurrences.CreateRecurrence(context.Background(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: demoCustomer, RecurrenceId: fmt.Sprint("law-", histories), Recurrence: wanted, Draft: draft,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.name, h.first, h.present = made.GetName(), made, made
	return h
}

func (h *history) today() date.Date { return date.Of(h.clock.Now()) }

// dateOf returns the date of a message.
func dateOf(m *googledate.Date) date.Date {
	day, err := gtype.FromDate(m)
	if err != nil {
		panic(err)
	}
	return day
}

// drawn draws what a recurrence may be changed to.
func (h *history) drawn(label string) *customerrecurrencev1.Recurrence {
	price := &money.Money{CurrencyCode: rapid.SampledFrom([]string{"MXN", "MXN", "MXN", "USD"}).Draw(h.t, label+" currency")}
	price.Units = rapid.SampledFrom([]int64{0, 1, 310, 999_999_999}).Draw(h.t, label+" units")
	price.Nanos = 10_000_000 * rapid.Int32Range(0, 99).Draw(h.t, label+" cents")
	r := &customerrecurrencev1.Recurrence{
		PackageId:   rapid.SampledFrom([]string{"P", "Q"}).Draw(h.t, label+" package"),
		DisplayName: rapid.SampledFrom([]string{"n", "m"}).Draw(h.t, label+" name"), Price: price,
	}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"s1", "s2", "s3", "s4"}), 0, 3, rapid.ID).Draw(h.t, label+" services") {
		r.Services = append(r.Services, &customerrecurrencev1.ContractedService{
			ServiceId: id, TransactionLimit: rapid.Int32Range(0, 2).Draw(h.t, label+" limit of "+id),
		})
	}
	return r
}

// wanted draws what to change the recurrence to, sometimes what it is already.
func (h *history) wanted(label string) *customerrecurrencev1.Recurrence {
	to := h.drawn(label)
	if rapid.IntRange(0, 9).Draw(h.t, label+" as it is") == 0 {
		to = contents(h.present)
	}
	if rapid.Bool().Draw(h.t, label+" other cycle") {
		to.Cycle = rapid.SampledFrom([]customerrecurrencev1.RecurrenceCycle{1, 2, 4}).Draw(h.t, label+" cycle")
	}
	return to
}

// contents returns what a change can set of a recurrence, all of it.
func contents(r *customerrecurrencev1.Recurrence) *customerrecurrencev1.Recurrence {
	return proto.CloneOf(&customerrecurrencev1.Recurrence{
		PackageId: r.GetPackageId(), DisplayName: r.GetDisplayName(), Price: r.GetPrice(), Cycle: r.GetCycle(), Services: r.GetServices(),
	})
}

// differs reports whether a change to what is wanted changes anything. Fields that are not set stay.
func (h *history) differs(to *customerrecurrencev1.Recurrence) bool {
	after := contents(h.present)
	proto.Merge(after, &customerrecurrencev1.Recurrence{PackageId: to.GetPackageId(), DisplayName: to.GetDisplayName(), Price: to.GetPrice(), Cycle: to.GetCycle()})
	after.Price = to.GetPrice()
	if len(to.GetServices()) > 0 {
		after.Services = to.GetServices()
	}
	return !proto.Equal(after, contents(h.present))
}

// table is the state table: where each move leads from each state.
var table = map[string]map[string]string{
	"activate":          {"DRAFT": "ACTIVE"},
	"pause":             {"ACTIVE": "PAUSED"},
	"resume":            {"PAUSED": "ACTIVE"},
	"cancel":            {"DRAFT": "CANCELLED", "ACTIVE": "CANCELLED", "PAUSED": "CANCELLED", "CANCELLING": "CANCELLED"},
	"cancel at the end": {"ACTIVE": "CANCELLING", "PAUSED": "CANCELLING"},
	"undo":              {"CANCELLING": "", "CANCELLED": ""},
}

// expect checks that a call was refused for a reason, or for none, and reports whether it was.
func (h *history) expect(what, want string, err error) (refused bool) {
	if got := reason(err); got != want || (err != nil) != (want != "") {
		h.t.Fatalf("%s of one that is %s: got error %v, want %q", what, h.state, err, want)
	}
	if want == "LIFE_CYCLE_STATE" && !strings.Contains(err.Error(), h.state) {
		h.t.Fatalf("%s: %v does not name the state, %s", what, err, h.state)
	}
	if want != "" {
		h.reached["refused: "+want]++
	}
	return want != ""
}

// step takes one step, and compares what became of the recurrence with the model.
func (h *history) step() {
	ctx := context.Background()
	before := h.present
	refused := false
	switch kind := rapid.IntRange(0, 11).Draw(h.t, "step"); kind {
	case 0, 1:
		refused = h.quoted(h.wanted("to"))
	case 2:
		want := ""
		if h.state == "CANCELLED" {
			want = "LIFE_CYCLE_STATE"
		}
		_, err := h.put(ctx, "C-1001", strings.TrimPrefix(h.name, demoCustomer+"/recurrences/"), &dynamicsv1.Recurrence{
			Name: proto.String(rapid.SampledFrom([]string{"n", "v"}).Draw(h.t, "vendor name")), Price: price(rapid.SampledFrom([]string{"1", "310.5"}).Draw(h.t, "vendor price")),
		})
		refused = h.expect("the vendor's update", want, err)
	case 3, 4:
		h.wait()
	case 5, 6:
		refused = h.schedule(h.wanted("scheduled"))
	case 7:
		h.withdraw()
	case 8:
		refused = h.correct()
	default:
		moves := []string{"activate", "pause", "resume", "cancel", "cancel at the end", "cancel at the end", "undo", "undo"}
		refuses := func(move string) bool { _, allowed := table[move][h.state]; return !allowed }
		if possible := slices.DeleteFunc(slices.Clone(moves), refuses); len(possible) > 0 && rapid.Bool().Draw(h.t, "possible") {
			moves = possible
		}
		refused = h.move(rapid.SampledFrom(moves).Draw(h.t, "move"))
	}
	h.read()
	if refused && !proto.Equal(before, h.present) {
		h.t.Fatalf("what was refused made %v of %v", h.present, before)
	}
}

// correct corrects the cycle and the paid-until date by an update.
func (h *history) correct() (refused bool) {
	paid, want := h.today(), ""
	if from := dateOf(h.present.GetStartDate()); paid.Before(from) {
		paid = from
	}
	if h.state == "CANCELLED" {
		want = "LIFE_CYCLE_STATE"
	}
	_, err := h.recurrences.UpdateRecurrence(context.Background(), &customerrecurrencev1.UpdateRecurrenceRequest{
		Recurrence: &customerrecurrencev1.Recurrence{
			Name: h.name, PaidUntilDate: gtype.Date(paid.AddMonthsClamped(rapid.IntRange(0, 14).Draw(h.t, "corrected months"))),
			Cycle: rapid.SampledFrom([]customerrecurrencev1.RecurrenceCycle{1, 2, 3, 4}).Draw(h.t, "corrected cycle"),
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"paid_until_date", "cycle"}},
	})
	if h.expect("an update", want, err) {
		return true
	}
	h.reached["corrected"]++
	return false
}

// read reads the recurrence, and compares it with the model.
func (h *history) read() {
	present, err := h.recurrences.GetRecurrence(context.Background(), &customerrecurrencev1.GetRecurrenceRequest{Name: h.name})
	if err != nil {
		h.t.Fatal(err)
	}
	h.present = present
	undo := strings.TrimPrefix(present.GetUndoState().String(), "RECURRENCE_STATE_")
	if undo == "UNSPECIFIED" {
		undo = ""
	}
	if short(present) != h.state || undo != h.undo || dateOf(present.GetEndDate()) != h.end {
		h.t.Fatalf("got %v, want it to be %s until %q, undone to %q", present, h.state, h.end, h.undo)
	}
}

// move makes a move.
func (h *history) move(move string) (refused bool) {
	to, allowed := table[move][h.state]
	today, paid, want := h.today(), dateOf(h.present.GetPaidUntilDate()), ""
	switch {
	case !allowed:
		want = "LIFE_CYCLE_STATE"
	case move == "undo" && h.state == "CANCELLED" && h.end.Before(today) && !today.Before(paid):
		want = "TOO_LATE"
	}
	got, err := h.take(move, h.name)
	if h.expect(move, want, err) {
		return true
	}
	switch from := h.state; {
	case move == "undo":
		h.state, h.undo, h.end = h.undo, "", date.Date{}
	case move == "cancel" && from == "CANCELLING":
		h.state, h.end = to, today
	case move == "cancel":
		h.state, h.undo, h.end = to, from, today
	case move == "cancel at the end":
		h.state, h.undo, h.end = to, from, h.periodEnd(got.GetEndDate())
	default:
		h.state = to
	}
	h.reached[move]++
	return false
}

// periodEnd checks the first day after the period, and returns it.
func (h *history) periodEnd(m *googledate.Date) date.Date {
	end, paid := dateOf(m), dateOf(h.present.GetPaidUntilDate())
	if !h.today().Before(end) || h.today().Before(paid) && end != paid {
		h.t.Fatalf("the period of %v ends on %s, and today is %s", h.present, end, h.today())
	}
	return end
}

// wait lets days pass, often until something is due, and does what is due then.
func (h *history) wait() {
	days := rapid.IntRange(1, 40).Draw(h.t, "days")
	if due := h.next(); !due.IsZero() && rapid.IntRange(0, 3).Draw(h.t, "until it is due") > 0 {
		days = h.today().DaysUntil(due) + rapid.SampledFrom([]int{-1, 0, 0, 0, 7}).Draw(h.t, "days late")
	}
	h.clock.Advance(time.Duration(max(days, 0)) * 24 * time.Hour)
	h.doDue()
	today := h.today()
	if h.state == "CANCELLING" && !today.Before(h.end) {
		h.state = "CANCELLED"
		h.reached["ended"]++
	}
	if h.pending && !today.Before(dateOf(h.last.GetEffectiveDate())) {
		h.happen()
	}
}

// next returns the day on which something is due next, the zero date if nothing is.
func (h *history) next() (due date.Date) {
	if h.pending {
		due = dateOf(h.last.GetEffectiveDate())
	}
	if h.state == "CANCELLING" && (due.IsZero() || h.end.Before(due)) {
		due = h.end
	}
	return due
}

// happen checks what became of the scheduled change on its day.
func (h *history) happen() {
	h.pending = false
	got, err := h.changing.GetScheduledChange(context.Background(), &customerrecurrencev1.GetScheduledChangeRequest{Name: h.last.GetName()})
	if err != nil {
		h.t.Fatal(err)
	}
	h.reached[got.GetState().String()]++
	if h.state == "CANCELLED" {
		if got.GetState() != customerrecurrencev1.ScheduledChange_STATE_FAILED || got.GetProblem() == "" {
			h.t.Fatalf("got %v of a cancelled recurrence", got)
		}
		return
	}
	present, err := h.recurrences.GetRecurrence(context.Background(), &customerrecurrencev1.GetRecurrenceRequest{Name: h.name})
	if err != nil || got.GetState() != customerrecurrencev1.ScheduledChange_STATE_DONE {
		h.t.Fatalf("got %v, error %v", got, err)
	}
	if h.etag == h.present.GetEtag() {
		made, err := h.recurrences.GetRecurrenceChange(context.Background(), &customerrecurrencev1.GetRecurrenceChangeRequest{Name: got.GetChange()})
		if err != nil || made.GetActor() != "tester" || made.GetScheduledChange() != got.GetName() {
			h.t.Fatalf("got %v, error %v", made, err)
		}
		made.Name, made.Actor, made.CreateTime, made.ScheduledChange = "", "", nil, ""
		if diff := gocmp.Diff(h.quote.GetChange(), made, protocmp.Transform()); diff != "" {
			h.t.Fatalf("quote and what happened (-quote +change):\n%s", diff)
		}
		h.reached["happened as quoted"]++
	}
	for _, path := range got.GetUpdateMask().GetPaths() {
		field := present.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(path))
		if !present.ProtoReflect().Get(field).Equal(h.last.GetRecurrence().ProtoReflect().Get(field)) {
			h.t.Fatalf("%v did not set %s of %v", got, path, present)
		}
	}
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
		if change.GetNewPrice().GetCurrencyCode() != change.GetOldPrice().GetCurrencyCode() {
			difference = decimal.Zero
		}
		if change.GetNewTerms().GetCycle() != change.GetOldTerms().GetCycle() {
			difference = decimal.Zero
		}
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

// interesting is what histories must come to, or they test too little.
var interesting = []string{
	"changed", "changed the cycle", "changed the cycle back", "corrected", "scheduled", "happened as quoted", "withdrawn", "STATE_DONE", "STATE_FAILED",
	"activate", "pause", "resume", "cancel", "cancel at the end", "ended", "undo",
	"refused: LIFE_CYCLE_STATE", "refused: TOO_LATE", "refused: NOTHING_TO_CHANGE", "refused: CHANGE_SCHEDULED", "refused: NOT_SCHEDULED",
}

// A quote equals what applying then does, a change and its inverse give the first state, and any series of changes, replayed from the
// history, gives the state. What is refused is what the state table says, and changes nothing. What comes of it can be exported and imported.
func TestHistoriesObeyTheLaws(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f, reached := newFixture(t), make(map[string]int)
		obey := func(t *rapid.T) {
			h := newHistory(f, t, reached)
			for range rapid.IntRange(8, 40).Draw(t, "steps") {
				h.step()
			}
			if diff := gocmp.Diff(normal(h.present), normal(h.replay()), protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
				t.Fatalf("state and replay (-state +replay):\n%s", diff)
			}
		}
		missing := func() []string {
			return slices.DeleteFunc(slices.Clone(interesting), func(what string) bool { return reached[what] > 0 })
		}
		// A round of histories may miss what is rare.
		const rounds = 10
		for round := 0; round < rounds && len(missing()) > 0; round++ {
			rapid.Check(t, obey)
		}
		if never := missing(); len(never) > 0 {
			t.Errorf("no history came to %q: %v", never, reached)
		}
		f.copyTo("copy")
	})
}

// copyTo exports all that the default tenant has, imports it into another, and compares what that exports, without etags and times.
// Nothing may be due.
func (f *fixture) copyTo(tenant string) {
	f.t.Helper()
	exported := f.export("default")
	for rows := range slices.Chunk(exported, 500) {
		f.importInto(tenant, rows)
	}
	copied := f.export(tenant)
	if len(copied) != len(exported) {
		f.t.Fatalf("exported %d resources, and %d after an import", len(exported), len(copied))
	}
	for i, resource := range exported {
		want, err := resource.UnmarshalNew()
		if err != nil {
			f.t.Fatal(err)
		}
		got, err := copied[i].UnmarshalNew()
		if err != nil {
			f.t.Fatal(err)
		}
		for _, message := range []proto.Message{want, got} {
			fields := message.ProtoReflect().Descriptor().Fields()
			for _, name := range []protoreflect.Name{"etag", "create_time", "update_time", "uid"} {
				if field := fields.ByName(name); field != nil {
					message.ProtoReflect().Clear(field)
				}
			}
		}
		if diff := gocmp.Diff(want, got, protocmp.Transform()); diff != "" {
			f.t.Fatalf("exported and imported (-exported +imported):\n%s", diff)
		}
	}
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
