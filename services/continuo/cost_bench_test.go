package continuo_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/gateway"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/platform/source"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// BenchmarkPutWithoutStore measures a vendor's PUT through the gateway and the server of a service whose
// handler answers from memory, in one process and over TCP, against a handler of the same contract that
// is written by hand.
func BenchmarkPutWithoutStore(b *testing.B) {
	for _, form := range []struct {
		name    string
		connect func(testing.TB, *rpc.Server) grpc.ClientConnInterface
	}{
		{"OneProcess", func(_ testing.TB, server *rpc.Server) grpc.ClientConnInterface { return server.InProcess() }},
		{"OverTCP", overTCP},
	} {
		b.Run(form.name, func(b *testing.B) {
			ours := httptest.NewServer(withoutStore(b, form.connect))
			defer ours.Close()
			theirs := httptest.NewServer(byHand(b, ours.URL))
			defer theirs.Close()
			put := written("PUT", recurrencePath, documentedPut(b))
			own := &load{address: addressOf(ours.URL), callers: 16, request: func(int, int) string { return put }}
			other := &load{address: addressOf(theirs.URL), callers: 16, request: own.request}
			compare(b, func() float64 { return own.rate(b) }, func() float64 { return other.rate(b) })
		})
	}
}

// BenchmarkPutFloor measures what BenchmarkPutWithoutStore could reach at best: the handler written by hand
// that besides does something which the design asks for, against itself alone. One is protovalidate for the
// request, one all that the design asks of a request in one process, and one a bare call of gRPC over TCP,
// without interceptors.
func BenchmarkPutFloor(b *testing.B) {
	request := &dynamicsv1.UpdateRecurrenceRequest{
		ClientId: "C-1001", RecurrenceId: "R-5001", UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{Recurrence: &dynamicsv1.Recurrence{
			PackageId: proto.String("PKG-BASIC"), Name: proto.String("Paquete básico"), Price: &decimal.Decimal{Value: "499.00"},
			Services: &dynamicsv1.ServiceList{Items: []*dynamicsv1.ContractedService{
				{ServiceId: proto.String("1"), TransactionLimit: proto.Int32(100), Value: proto.String("a"), ServiceidExt: proto.String("b")},
				{ServiceId: proto.String("2"), TransactionLimit: proto.Int32(100), Value: proto.String("a"), ServiceidExt: proto.String("b")},
			}},
		}},
	}
	client := bareGRPC(b)
	origin := httptest.NewServer(withoutStore(b, func(_ testing.TB, server *rpc.Server) grpc.ClientConnInterface { return server.InProcess() }))
	defer origin.Close()
	alone := byHand(b, origin.URL)
	also := func(do func(context.Context) error) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := do(r.Context()); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			alone.ServeHTTP(w, r)
		})
	}
	validated := also(func(context.Context) error { return rpc.Validate(request) })
	for _, floor := range []struct {
		name    string
		handler http.Handler
	}{
		{"Validation", also(func(context.Context) error { return protovalidate.Validate(request) })},
		{"Exposed", exposed(validated)},
		{"GRPCOverTCP", also(func(ctx context.Context) error {
			_, err := client.UpdateRecurrence(ctx, request)
			return err
		})},
	} {
		b.Run(floor.name, func(b *testing.B) {
			with := httptest.NewServer(floor.handler)
			defer with.Close()
			without := httptest.NewServer(alone)
			defer without.Close()
			put := written("PUT", recurrencePath, documentedPut(b))
			more := &load{address: addressOf(with.URL), callers: 16, request: func(int, int) string { return put }}
			less := &load{address: addressOf(without.URL), callers: 16, request: more.request}
			compare(b, func() float64 { return more.rate(b) }, func() float64 { return less.rate(b) })
		})
	}
}

// exposed does before a handler, and once, what the design asks of every request to the gateway and to the
// service behind it, and nothing else: an id and the headers of each answer, the address of the caller, its
// credential, its budgets of calls and of bytes, the bound of the body, the time limit, the load, the log and
// the time in the metrics. It leaves out what both have, such as reading the body, and what no answer shows:
// that requests are found malformed, that panics are caught, that contracts differ.
func exposed(next http.Handler) http.Handler {
	const mostBytes, callTimeout = 1 << 20, 15 * time.Second
	var by auth.Authenticator = auth.Off{}
	control, logger := admission.New(admission.Settings{}), slog.New(slog.DiscardHandler)
	load, times := telemetry.NewLoad("floor", "call"), telemetry.NewTimer[noLabels]("floor.duration", "Time of requests.")
	serve := func(w http.ResponseWriter, r *http.Request) error {
		ctx := telemetry.WithRequestID(r.Context(), r.Header.Get(telemetry.RequestIDHeader))
		header := w.Header()
		header[telemetry.RequestIDHeader] = []string{telemetry.RequestID(ctx)}
		header["X-Content-Type-Options"], header["Vary"] = []string{"nosniff"}, []string{"Accept-Encoding"}
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return err
		}
		address := source.Loopback.Caller(peer.Addr(), r.Header[source.ForwardedFor])
		principal, err := by.Authenticate(ctx, r.Header.Get("Authorization"))
		if err != nil {
			return err
		}
		caller := admission.Caller{Tenant: string(principal.Tenant), Key: principal.Key, Source: address}
		leave, err := control.Call(caller)
		if err != nil {
			return err
		}
		defer leave()
		body := control.Body(caller)
		defer body.Release()
		if err := body.Grow(r.ContentLength); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(auth.With(source.With(ctx, address), principal), callTimeout)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, mostBytes)
		next.ServeHTTP(w, r.WithContext(ctx))
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		load.Begin()
		defer load.End()
		if err := serve(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
		times.Record(time.Since(began), noLabels{})
		if logger.Enabled(r.Context(), slog.LevelInfo) {
			logger.InfoContext(r.Context(), "request")
		}
	})
}

// noLabels are the labels of a timer that has none.
type noLabels struct{}

func (noLabels) Attributes() []attribute.KeyValue { return nil }

// bareGRPC returns a client of a server that has nothing but the handler.
func bareGRPC(b *testing.B) dynamicsv1.RecurrenceServiceClient {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer()
	dynamicsv1.RegisterRecurrenceServiceServer(server, fromMemory{})
	go func() { _ = server.Serve(listener) }() // until it is stopped
	b.Cleanup(server.Stop)
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = connection.Close() })
	return dynamicsv1.NewRecurrenceServiceClient(connection)
}

// BenchmarkPutInProcess measures the allocations of one vendor PUT through the gateway and the server.
func BenchmarkPutInProcess(b *testing.B) {
	put := putInProcess(b)
	b.ReportAllocs()
	for b.Loop() {
		put()
	}
}

// putAllocations bounds what a vendor's PUT allocates: 81 times when it was last measured, and room for
// the race detector, under which pools forget some of what they hold.
const putAllocations = 140

func TestPutInProcessAllocatesLittle(t *testing.T) {
	if got := testing.AllocsPerRun(200, putInProcess(t)); got > putAllocations {
		t.Errorf("a PUT allocates %v times, want at most %d", got, putAllocations)
	}
}

// putInProcess returns a function that sends a vendor's PUT through the gateway, without a connection.
func putInProcess(t testing.TB) func() {
	handler := withoutStore(t, func(_ testing.TB, server *rpc.Server) grpc.ClientConnInterface { return server.InProcess() })
	body := documentedPut(t)
	return func() {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPut, recurrencePath, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, request); answer.Code != http.StatusOK {
			t.Fatal(answer.Code, answer.Body)
		}
	}
}

func documentedPut(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../gateway/internal/wire/testdata/samples/dynamics-request.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// withoutStore returns the handler of a gateway in front of a service that answers from memory.
func withoutStore(t testing.TB, connect func(testing.TB, *rpc.Server) grpc.ClientConnInterface) http.Handler {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	server := rpc.New(rpc.Config{
		Service: "customer-recurrence", Logger: logger, Authenticator: auth.Off{}, Ready: func(context.Context) error { return nil },
		Register: func(registrar grpc.ServiceRegistrar) {
			dynamicsv1.RegisterRecurrenceServiceServer(registrar, fromMemory{})
		},
	})
	connection := connect(t, server)
	front, err := gateway.New(t.Context(), gateway.Config{
		CustomerRecurrence: connection, Subscription: connection, RecurringBilling: connection, Logger: logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	return front.Handler()
}

// overTCP serves a server on a port of its own until the test ends, and connects to it.
func overTCP(t testing.TB, server *rpc.Server) grpc.ClientConnInterface {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	connection, err := gateway.Dial(listener.Addr().String(), insecure.NewCredentials())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = connection.Close()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return connection
}

// fromMemory answers with a customer.
type fromMemory struct {
	dynamicsv1.UnimplementedRecurrenceServiceServer
}

func (fromMemory) UpdateRecurrence(_ context.Context, request *dynamicsv1.UpdateRecurrenceRequest) (*dynamicsv1.UpdateRecurrenceResponse, error) {
	return &dynamicsv1.UpdateRecurrenceResponse{
		Success: proto.Bool(true), Message: request.GetUpgradeDowngrade().GetRecurrence().Name, MessageDetail: &dynamicsv1.StringList{},
		Data: &dynamicsv1.Customer{
			Name: proto.String("Ana"), Surname1: proto.String("García"), BusinessName: proto.String("García y Asociados"),
			CustomerTaxId: proto.String("GAAA800101AB1"), ZipCode: proto.String("06600"), Country: proto.String("MEX"),
		},
	}, nil
}

// byHand returns a handler that reads the same request into structs and answers the same from structs.
// The test fails if its answer differs from that of the gateway at an origin.
func byHand(t testing.TB, origin string) http.Handler {
	t.Helper()
	want := answerTo(t, http.DefaultClient, origin)
	var answer updated
	if err := json.Unmarshal([]byte(want), &answer); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /api/dynamics/clients/{client}/recurrences/{recurrence}", func(w http.ResponseWriter, r *http.Request) {
		var asked upgradeDowngrade
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Recurrence == nil || r.PathValue("client") == "" {
			http.Error(w, "invalid", http.StatusBadRequest)
			return
		}
		result := answer
		result.Message = asked.Recurrence.Name
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(result) // the caller has left
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	if got := answerTo(t, http.DefaultClient, server.URL); strings.TrimSpace(got) != want {
		t.Fatalf("the handler answers\n%s\nand the gateway\n%s", got, want)
	}
	return mux
}

func answerTo(t testing.TB, client *http.Client, origin string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, origin+recurrencePath, strings.NewReader(documentedPut(t)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s %v", response.Status, text, err)
	}
	return string(text)
}
