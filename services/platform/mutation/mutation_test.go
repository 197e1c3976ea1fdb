package mutation_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// thing is a resource. Its secret is never recorded.
type thing struct {
	ID      string
	Text    string
	Tags    []string
	Secret  string `json:"-"`
	Version int
}

func (t thing) Etag() string { return fmt.Sprint(t.Version) }

type reader interface {
	Thing(ctx context.Context, id string) (thing, error)
}

type writer interface {
	reader
	mutation.Writer
	CreateThing(ctx context.Context, t *thing) error
	KeepThing(ctx context.Context, t *thing) error
	DeleteThing(ctx context.Context, t thing) error
}

// memory is a store of one tenant in memory. Failed transactions are rolled back.
type memory struct {
	things  map[string]thing
	records map[string]mutation.Record
	by      auth.Principal
	at      time.Time
	// stale is the number of guarded transactions that fail with ErrStale, guarded the number of
	// all.
	stale, guarded int
}

func (m *memory) Read(ctx context.Context, _ auth.Tenant, do func(context.Context, reader) error) error {
	return do(ctx, m)
}

func (m *memory) Stream(ctx context.Context, _ auth.Tenant, do func(context.Context, reader) error) error {
	return do(ctx, m)
}

func (m *memory) Find(ctx context.Context, _ auth.Tenant, _ string, do func(context.Context, reader) error) error {
	return do(ctx, m)
}

func (m *memory) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, writer) error) error {
	things, records := maps.Clone(m.things), maps.Clone(m.records)
	m.by, m.at = by, at
	err := do(ctx, m)
	if err != nil {
		m.things, m.records = things, records
	}
	return err
}

func (m *memory) WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, writer) error) error {
	return m.Write(ctx, by, at, func(ctx context.Context, w writer) error {
		m.guarded++
		if err := do(ctx, w); err != nil || m.guarded > m.stale {
			return err
		}
		return fmt.Errorf("writing: %w", mutation.ErrStale)
	})
}

func (m *memory) Caller() auth.Principal { return m.by }
func (m *memory) Now() time.Time         { return m.at }

func (m *memory) Recall(_ context.Context, key string) (mutation.Record, bool, error) {
	record, ok := m.records[key]
	return record, ok, nil
}

func (m *memory) Remember(_ context.Context, key string, record mutation.Record) error {
	m.records[key] = record
	return nil
}

func (m *memory) Thing(_ context.Context, id string) (thing, error) {
	found, ok := m.things[id]
	if !ok {
		return found, fmt.Errorf("reading: %w", mutation.ErrNotFound)
	}
	return found, nil
}

func (m *memory) CreateThing(ctx context.Context, t *thing) error {
	if _, ok := m.things[t.ID]; ok {
		return mutation.ErrTaken
	}
	return m.KeepThing(ctx, t)
}

func (m *memory) KeepThing(_ context.Context, t *thing) error {
	t.Version++
	m.things[t.ID] = *t
	return nil
}

func (m *memory) DeleteThing(_ context.Context, t thing) error {
	delete(m.things, t.ID)
	return nil
}

type service struct {
	mutation.Service[reader, writer]
	memory *memory
}

func newService() *service {
	m := &memory{things: map[string]thing{}, records: map[string]mutation.Record{}}
	return &service{mutation.Service[reader, writer]{Store: m, Clock: clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 6789, time.Local))}, m}
}

var things = mutation.Resource[string, thing, writer]{What: "thing", Find: writer.Thing, Keep: writer.KeepThing}

func (s *service) create(ctx context.Context, t thing, options ...mutation.Option) (thing, error) {
	created, err := mutation.Create(ctx, s.Service, t, func(ctx context.Context, w writer, t *thing) error { return w.CreateThing(ctx, t) }, options...)
	return created, mutation.Explain(err, "thing", t.ID)
}

func (s *service) say(ctx context.Context, id, etag, text string, options ...mutation.Option) (thing, error) {
	return mutation.Change(ctx, s.Service, things, id, etag, func(_ context.Context, _ writer, t *thing) error {
		t.Text = text
		return nil
	}, options...)
}

var ann = auth.With(context.Background(), auth.Principal{Tenant: "a", Actor: "ann"})

func keyed(text string, hash byte) context.Context {
	return mutation.WithKey(ann, mutation.Key{Text: text, Hash: [32]byte{hash}})
}

func expect(t *testing.T, err error, kind fault.Kind, why reason.Reason, words string) {
	t.Helper()
	found, ok := fault.As(err)
	if !ok || found.Kind != kind || found.Reason != why || !strings.Contains(found.Message, words) {
		t.Errorf("got %v, want %s %q", err, why, words)
	}
}

func TestOperationsRequireACaller(t *testing.T) {
	s := newService()
	_, err := s.create(context.Background(), thing{ID: "x"})
	expect(t, err, fault.Unauthenticated, "CREDENTIAL_MISSING", "")
	_, err = mutation.Get(context.Background(), s.Service, "thing", reader.Thing, "x")
	expect(t, err, fault.Unauthenticated, "CREDENTIAL_MISSING", "")
}

func TestRunPassesCallerAndTime(t *testing.T) {
	s := newService()
	if _, err := s.create(ann, thing{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	if now := s.memory.at; s.memory.by.Actor != "ann" || now.Location() != time.UTC || now.Nanosecond() != 6000 {
		t.Errorf("got principal %v and time %v", s.memory.by, now)
	}
	_, err := s.create(ann, thing{ID: "x"})
	expect(t, err, fault.AlreadyExists, "ALREADY_EXISTS", "thing x")
	_, err = mutation.Get(ann, s.Service, "thing", reader.Thing, "y")
	expect(t, err, fault.NotFound, "NOT_FOUND", "there is no thing y")
}

func TestValidateOnlyReturnsResultAndChangesNothing(t *testing.T) {
	s := newService()
	got, err := s.create(mutation.ValidateOnly(keyed("k", 1)), thing{ID: "x"})
	if err != nil || got.Version != 1 || len(s.memory.things)+len(s.memory.records) != 0 {
		t.Fatalf("got %+v, %v, store %v", got, err, s.memory)
	}
	if _, err := s.create(keyed("k", 2), thing{ID: "x"}); err != nil {
		t.Fatalf("the key must still be free: %v", err)
	}
	_, err = s.create(mutation.ValidateOnly(keyed("k", 1)), thing{ID: "x"})
	expect(t, err, fault.AlreadyExists, "ALREADY_EXISTS", "thing x")
}

func TestRepeatedKeyReturnsRecordedOutcome(t *testing.T) {
	s := newService()
	if _, err := s.say(keyed("k", 1), "x", "", "a"); !errors.Is(err, fault.NotFound) || len(s.memory.records) != 0 {
		t.Fatalf("an error must not be recorded: %v", err)
	}
	if _, err := s.create(ann, thing{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := s.say(keyed("k", 1), "x", "", "a")
		if err != nil || got.Version != 2 || s.memory.things["x"].Version != 2 {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	_, err := s.say(keyed("k", 2), "x", "", "b")
	expect(t, err, fault.Invalid, "IDEMPOTENCY_KEY_REUSED", "")
	if got, err := s.say(keyed("k", 2), "x", "", "b", mutation.Unrecorded()); err != nil || got.Version != 3 {
		t.Errorf("unrecorded: got %+v, %v", got, err)
	}
}

func TestRunAsDoesNotRecordSecrets(t *testing.T) {
	s := newService()
	for range 2 {
		got, err := mutation.RunAs(keyed("k", 1), s.Service, func(ctx context.Context, w writer) (thing, error) {
			created := thing{ID: "x", Secret: "hush"}
			return created, w.CreateThing(ctx, &created)
		}, func(ctx context.Context, w writer, outcome thing) (thing, error) {
			present, err := w.Thing(ctx, outcome.ID)
			outcome.Secret = present.Secret
			return outcome, err
		})
		if err != nil || got.Secret != "hush" || strings.Contains(string(s.memory.records["k"].Outcome), "hush") {
			t.Fatalf("got %+v, %v, recorded %s", got, err, s.memory.records["k"].Outcome)
		}
	}
}

func TestChangeChecksEtagAndVersion(t *testing.T) {
	s := newService()
	if _, err := s.create(ann, thing{ID: "x", Text: "a"}); err != nil {
		t.Fatal(err)
	}
	_, err := s.say(ann, "x", "7", "b")
	expect(t, err, fault.Conflict, "ETAG_MISMATCH", "thing x has changed")
	if got, err := s.say(ann, "x", "1", "a"); err != nil || got.Version != 1 {
		t.Errorf("empty change: got %+v, %v", got, err)
	}
	if got, err := s.say(mutation.ValidateOnly(ann), "x", "1", "b"); err != nil || got.Version != 2 {
		t.Errorf("validated change: got %+v, %v", got, err)
	}
	if got, err := s.say(ann, "x", "1", "b"); err != nil || got.Version != 2 {
		t.Errorf("change: got %+v, %v", got, err)
	}
}

func TestDeleteChecksEtagAndReferences(t *testing.T) {
	s := newService()
	referrers := int64(1)
	remove := func(ctx context.Context, id, etag string) error {
		return mutation.Delete(ctx, s.Service, things, id, etag, func(ctx context.Context, w writer, t thing) error {
			if err := mutation.Unused("thing", t.ID, "lines", referrers, nil); err != nil {
				return err
			}
			return w.DeleteThing(ctx, t)
		})
	}
	expect(t, remove(ann, "x", ""), fault.NotFound, "NOT_FOUND", "there is no thing x")
	if _, err := s.create(ann, thing{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	expect(t, remove(ann, "x", "7"), fault.Conflict, "ETAG_MISMATCH", "thing x has changed")
	expect(t, remove(ann, "x", "1"), fault.FailedPrecondition, "IN_USE", "thing x is in use (lines: 1)")
	referrers = 0
	if err := remove(mutation.ValidateOnly(ann), "x", "1"); err != nil || len(s.memory.things) != 1 {
		t.Errorf("validated deletion: got %v, store %v", err, s.memory.things)
	}
	for range 2 {
		if err := remove(keyed("k", 1), "x", "1"); err != nil || len(s.memory.things) != 0 {
			t.Errorf("deletion: got %v, store %v", err, s.memory.things)
		}
	}
}

func TestGuardedRetriesStaleMutations(t *testing.T) {
	for _, stale := range []int{0, 9, 10} {
		s := newService()
		s.memory.stale = stale
		_, err := s.create(ann, thing{ID: "x"}, mutation.Guarded())
		if failed := err != nil; failed != (stale == 10) || s.memory.guarded > 10 {
			t.Errorf("after %d stale attempts: %v", stale, err)
		}
		if stale == 10 {
			expect(t, err, fault.Conflict, "CONCURRENT_CHANGE", "thing x")
		}
	}
}
