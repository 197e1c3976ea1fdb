package webhooks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"google.golang.org/protobuf/types/known/wrapperspb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/webhooks"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

// A service has at least one migration of its own.
var migrations = fstest.MapFS{"00100_rows.sql": {Data: []byte("-- +goose Up\nCREATE TABLE rows_of_a_service (tenant TEXT PRIMARY KEY);\n")}}

// installation is a store with webhooks.
type installation struct {
	*webhooks.Server
	t       *testing.T
	db      *database.DB
	changes *changes.Server
	clock   *clock.Fake
	config  webhooks.Config
	log     *safeBuffer
}

// each runs a test on a fresh installation for each engine.
func each(t *testing.T, run func(t *testing.T, in *installation)) {
	t.Helper()
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) { run(t, install(t, db)) })
}

func install(t *testing.T, db *database.DB) *installation {
	t.Helper()
	in := &installation{t: t, db: db, clock: clock.NewFake(clock.System{}.Now()), log: &safeBuffer{}}
	in.changes = changes.New(db)
	in.config = webhooks.Config{
		DB: db, Feed: in.changes, Clock: in.clock, AllowPrivateTargets: true,
		Logger: slog.New(slog.NewTextHandler(in.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	in.Server = webhooks.NewServer(in.config)
	return in
}

// work runs a worker until the test ends or stop is called.
func (in *installation) work() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		webhooks.NewWorker(in.config).Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	in.t.Cleanup(stop)
	return stop
}

// as returns a context with a caller of a tenant.
func as(tenant auth.Tenant) context.Context {
	return auth.With(context.Background(), auth.Principal{Tenant: tenant, Actor: "ann"})
}

// endpoint creates an endpoint of tenant a.
func (in *installation) endpoint(endpoint *pb.WebhookEndpoint) *pb.WebhookEndpoint {
	in.t.Helper()
	made, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpoint: endpoint})
	if err != nil {
		in.t.Fatalf("creating an endpoint: %v", err)
	}
	return made
}

func (in *installation) get(name string) *pb.WebhookEndpoint {
	in.t.Helper()
	found, err := in.GetWebhookEndpoint(as("a"), &pb.GetWebhookEndpointRequest{Name: name})
	if err != nil {
		in.t.Fatalf("reading %s: %v", name, err)
	}
	return found
}

// put writes changes of one resource, each in its own transaction: the first creates it, and "-"
// deletes it.
func (in *installation) put(tenant auth.Tenant, typ, resource string, states ...string) {
	in.t.Helper()
	for i, state := range states {
		kind := feed.Updated
		switch {
		case state == "-":
			kind = feed.Deleted
		case i == 0:
			kind = feed.Created
		}
		packed, err := feed.Pack(wrapperspb.String(state))
		if err != nil {
			in.t.Fatal(err)
		}
		if err := in.db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			return feed.Append(ctx, tx, feed.Entry{Tenant: tenant, Actor: "ann", Time: in.clock.Now(), Resource: resource, Type: typ, Kind: kind, State: packed})
		}); err != nil {
			in.t.Fatal(err)
		}
	}
}

// delivery is a request that a receiver got.
type delivery struct {
	id, typ, resource, state string
	header                   http.Header
	body                     []byte
}

// receiver records the requests it gets.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got []delivery
	// answer returns the status of the response to a delivery; nil means 200.
	answer func(delivery) int
}

func receive(t *testing.T, answer func(delivery) int) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	var message struct {
		Type string
		Data struct {
			Resource string
			State    struct{ Value string }
		}
	}
	if err := json.Unmarshal(body, &message); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	one := delivery{id: request.Header.Get(standardwebhooks.HeaderWebhookID), typ: message.Type, resource: message.Data.Resource,
		state: message.Data.State.Value, header: request.Header.Clone(), body: body}
	r.mu.Lock()
	r.got = append(r.got, one)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		w.WriteHeader(answer(one))
	}
}

func (r *receiver) all() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery(nil), r.got...)
}

func (r *receiver) answerWith(answer func(delivery) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// states returns the states of the received changes in order.
func (r *receiver) states() string {
	text := ""
	for _, one := range r.all() {
		text += one.state + " "
	}
	return text
}

func always(status int) func(delivery) int { return func(delivery) int { return status } }

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// sent waits until a receiver has got these states, and fails if it gets others.
func (in *installation) sent(r *receiver, want string) {
	in.t.Helper()
	eventually(in.t, fmt.Sprintf("%q were sent, got %q", want, r.states()), func() bool { return len(r.states()) >= len(want) })
	if got := r.states(); got != want {
		in.t.Fatalf("got %q, want %q", got, want)
	}
}

// idle waits until nothing is left to send.
func (in *installation) idle() {
	time.Sleep(400 * time.Millisecond)
}

// safeBuffer is a buffer for concurrent use.
type safeBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *safeBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
