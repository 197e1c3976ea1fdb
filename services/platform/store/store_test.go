package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var migrations = fstest.MapFS{"00100_effects.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE effects (tenant TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (tenant, n));\n")}}

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// effect is the resource of these tests.
type effect struct{ Number int64 }

func (e effect) name() string { return fmt.Sprint("effects/", e.Number) }

func message(resource any) (proto.Message, error) {
	switch r := resource.(type) {
	case effect:
		return &webhooksv1.WebhookEndpoint{Name: r.name()}, nil
	case string:
		return wrapperspb.String(r), nil
	}
	return nil, fmt.Errorf("a %T has no message", resource)
}

type reader struct{ store.Reader }

func (r reader) effect(ctx context.Context, number int64) (effect, error) {
	return store.One(ctx, r.Tx, "effect", func(row database.Row) (e effect, err error) { return e, row.Scan(&e.Number) },
		`SELECT n FROM effects WHERE tenant = $1 AND n = $2`, string(r.Tenant), number)
}

type writer struct {
	reader
	store.Writer
}

// cause creates the next effect.
func (w writer) cause(ctx context.Context) (e effect, err error) {
	if err := w.Tx.QueryRowContext(ctx, `SELECT count(*) + 1 FROM effects`).Scan(&e.Number); err != nil {
		return effect{}, err
	}
	result, err := w.Tx.ExecContext(ctx, `INSERT INTO effects VALUES ($1, $2) ON CONFLICT DO NOTHING`, string(w.Tenant), e.Number)
	if err != nil {
		return effect{}, err
	}
	rows, err := result.RowsAffected()
	if err := store.ChangedRows(rows, err, mutation.ErrTaken); err != nil {
		return effect{}, err
	}
	return e, w.Record(ctx, feed.Created, e)
}

type service struct {
	mutation.Service[reader, writer]
	db    *database.DB
	clock *clock.Fake
}

func newService(db *database.DB) service {
	c := clock.NewFake(now)
	return service{mutation.Service[reader, writer]{Clock: c, Store: store.New(db, message,
		func(r store.Reader) reader { return reader{r} },
		func(w store.Writer) writer { return writer{reader{w.Reader}, w} })}, db, c}
}

var ann = auth.With(context.Background(), auth.Principal{Tenant: "a", Actor: "ann"})

func keyed(text string, hash byte) context.Context {
	return mutation.WithKey(ann, mutation.Key{Text: text, Hash: [32]byte{hash}})
}

// act causes one effect per idempotency key.
func (s service) act(ctx context.Context, refuse error, options ...mutation.Option) (effect, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w writer) (effect, error) {
		e, err := w.cause(ctx)
		return e, errors.Join(err, refuse)
	}, options...)
}

func (s service) entries(t *testing.T) (entries []feed.Entry) {
	t.Helper()
	if err := s.db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) (err error) {
		entries, err = feed.Read(ctx, tx, "a", feed.Position{}, feed.Filter{}, 100)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestRecordStoresResourceMessage(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		s := newService(db)
		if _, err := s.act(ann, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := mutation.Run(ann, s.Service, func(ctx context.Context, w writer) (int, error) {
			return 0, store.RecordAll(ctx, w.Writer, feed.Deleted, []effect{{8}, {9}})
		}, mutation.Guarded()); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, entry := range s.entries(t) {
			state, err := entry.State.Message()
			if err != nil || !proto.Equal(state, &webhooksv1.WebhookEndpoint{Name: entry.Resource}) {
				t.Errorf("state of %s: got %v, %v", entry.Resource, state, err)
			}
			got += fmt.Sprintln(entry.Tenant, entry.Actor, entry.Time.Equal(now), entry.Type, entry.Kind, entry.Resource)
		}
		want := "a ann true WebhookEndpoint CREATED effects/1\na ann true WebhookEndpoint DELETED effects/8\na ann true WebhookEndpoint DELETED effects/9\n"
		if got != want {
			t.Errorf("got entries\n%swant\n%s", got, want)
		}
		for _, resource := range []any{"a text has no name", 7} {
			if _, err := mutation.Run(ann, s.Service, func(ctx context.Context, w writer) (int, error) {
				return 0, w.Record(ctx, feed.Created, resource)
			}); err == nil {
				t.Errorf("recording %v must fail", resource)
			}
		}
	})
}

func TestValidateOnlyChangesNothing(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		s := newService(db)
		for range 2 {
			got, err := s.act(mutation.ValidateOnly(keyed("k", 1)), nil)
			if err != nil || got.Number != 1 || len(s.entries(t)) != 0 || s.keys(t) != 0 {
				t.Errorf("got effect %d, %v, entries %v and %d keys", got.Number, err, s.entries(t), s.keys(t))
			}
		}
		if _, err := mutation.Get(ann, s.Service, "effect", reader.effect, 1); !errors.Is(err, fault.NotFound) {
			t.Errorf("reading it: got %v", err)
		}
	})
}

func TestRepeatedKeyReturnsRecordedOutcome(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		s := newService(db)
		expect := func(what string, ctx context.Context, at time.Time, want int64) {
			t.Helper()
			s.clock.Set(at)
			if got, err := s.act(ctx, nil); err != nil || got.Number != want {
				t.Errorf("%s: got effect %d, %v, want %d", what, got.Number, err, want)
			}
		}
		key, other := keyed("k", 1), keyed("k", 2)
		if _, err := s.act(key, fault.New(fault.Invalid, "NO", "no")); err == nil {
			t.Fatal("the error of the mutation must be returned")
		}
		expect("after a refusal the key is free", key, now, 1)
		expect("the same request again", key, now.Add(time.Hour), 1)
		expect("no key", ann, now, 2)
		expect("another key", keyed("l", 1), now, 3)
		if _, err := s.act(other, nil); err == nil || !strings.Contains(err.Error(), "used for another request") {
			t.Errorf("key reused for another request: got %v", err)
		}
		expect("after a day", other, now.Add(mutation.Retention), 4)
		expect("and its repetition", other, now.Add(mutation.Retention), 4)
	})
}

func TestConcurrentRequestsWithOneKeyHaveOneEffect(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		s := newService(db)
		var group sync.WaitGroup
		var succeeded atomic.Int64
		for range 8 {
			group.Go(func() {
				got, err := s.act(keyed("k", 1), nil)
				if err == nil && got.Number != 1 {
					t.Errorf("got effect %d", got.Number)
				}
				if err == nil {
					succeeded.Add(1)
				}
			})
		}
		group.Wait()
		if succeeded.Load() == 0 {
			t.Error("all requests failed")
		}
	})
}

// later creates an effect with a number, at the latest with the commit.
func (s service) later(ctx context.Context, number int64) (effect, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w writer) (e effect, err error) {
		e.Number = number
		later := w.Later(mutation.ErrTaken, "effect", number)
		if _, err := later.ExecContext(ctx, `INSERT INTO effects VALUES ($1, $2) ON CONFLICT DO NOTHING`, string(w.Tenant), number); err != nil {
			return e, err
		}
		return e, w.Record(ctx, feed.Created, e)
	})
}

// TestRefusalsAtTheCommit has what is written with the commit be refused: the fault is that of the resource, also if
// the mutation is only validated, and nothing remains.
func TestRefusalsAtTheCommit(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		s := newService(db)
		if _, err := s.later(keyed("first", 1), 7); err != nil {
			t.Fatal(err)
		}
		for name, ctx := range map[string]context.Context{
			"kept": keyed("k", 1), "without a key": ann, "validated": mutation.ValidateOnly(keyed("k", 1)),
		} {
			_, err := s.later(ctx, 7)
			if found, ok := fault.As(err); !ok || found.Kind != fault.AlreadyExists || !strings.Contains(found.Message, "effect 7") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if len(s.entries(t)) != 1 || s.keys(t) != 1 {
			t.Errorf("got %d entries and %d keys, want those of the first", len(s.entries(t)), s.keys(t))
		}
		if got, err := s.later(keyed("k", 1), 8); err != nil || got.Number != 8 || s.keys(t) != 2 {
			t.Errorf("the key must be free: got %v, %v", got, err)
		}
		if got, err := s.later(keyed("k", 1), 8); err != nil || got.Number != 8 || len(s.entries(t)) != 2 {
			t.Errorf("repeated: got %v, %v, %d entries", got, err, len(s.entries(t)))
		}
	})
}

func (s service) keys(t *testing.T) (kept int) {
	t.Helper()
	if err := s.db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM idempotency_keys`).Scan(&kept)
	}); err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestExpiredKeysAreRemoved(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		s := newService(db)
		if _, err := s.act(keyed("k", 1), nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			at   time.Time
			kept int
		}{{now.Add(mutation.Retention - time.Second), 1}, {now.Add(mutation.Retention), 0}} {
			if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				return store.ExpireKeys(ctx, tx, c.at)
			}); err != nil || s.keys(t) != c.kept {
				t.Errorf("got %d keys, %v, want %d", s.keys(t), err, c.kept)
			}
		}
	})
}

// TestFindTakesATransactionOnlyIfNeeded finds a resource with one statement, and one that takes two.
func TestFindTakesATransactionOnlyIfNeeded(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		s := store.New(db, message, func(r store.Reader) reader { return reader{r} },
			func(w store.Writer) writer { return writer{reader{w.Reader}, w} })
		by := auth.Principal{Tenant: "t", Actor: "ann"}
		if err := s.Write(t.Context(), by, now, func(ctx context.Context, w writer) error {
			_, err := w.cause(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what             string
			statements, runs int
		}{{"one", 1, 1}, {"two", 2, 2}, {"two", 2, 1}, {"one", 1, 1}} {
			runs := 0
			if err := s.Find(t.Context(), by.Tenant, c.what, func(ctx context.Context, r reader) error {
				runs++
				for range c.statements {
					if found, err := r.effect(ctx, 1); err != nil || found.Number != 1 {
						return fmt.Errorf("found %d: %w", found.Number, err)
					}
				}
				return nil
			}); err != nil || runs != c.runs {
				t.Errorf("%s: %d runs, want %d (error %v)", c.what, runs, c.runs, err)
			}
		}
	})
}
