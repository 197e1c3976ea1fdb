package gateway

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// TestEveryRouteReachesItsMethod checks that a path reaches the method of its proto, whatever its
// values.
func TestEveryRouteReachesItsMethod(t *testing.T) {
	backend := startBackend(t)
	config := configFor(backend)
	gateway, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range routesOf(t, backendsOf(config)) {
		t.Run(candidate.HTTPMethod+" "+candidate.Pattern, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				path, values := fill(t, candidate)
				if candidate.HTTPMethod == http.MethodPatch {
					path += "?updateMask=*" // an empty body names nothing to change
				}
				request, err := http.NewRequestWithContext(t.Context(), candidate.HTTPMethod, path, strings.NewReader("{}"))
				if err != nil {
					t.Fatal(err)
				}
				request.RequestURI = path
				request.Header.Set("Content-Type", "application/json")
				answer := &discarded{header: http.Header{}}
				backend.take()
				gateway.Handler().ServeHTTP(answer, request)
				calls := backend.take()
				if len(calls) == 0 && answer.status == http.StatusBadRequest && candidate.Contract != "" {
					return // the model has required members
				}
				if len(calls) != 1 {
					t.Fatalf("%s: got %d calls, status %d %s", path, len(calls), answer.status, answer.text.String())
				}
				method := strings.ReplaceAll(strings.TrimPrefix(calls[0].method, "/"), "/", ".")
				if method != string(candidate.RPC.FullName()) {
					t.Fatalf("%s reached %s", path, method)
				}
				for field, want := range values {
					if got := calls[0].request.ProtoReflect().Get(field).String(); got != want {
						t.Fatalf("%s: %s: got %q, want %q", path, field.Name(), got, want)
					}
				}
			})
		})
	}
}

// routesOf returns all routes of backends.
func routesOf(t *testing.T, backends []backend) []*route.Route {
	t.Helper()
	var all []*route.Route
	for _, backend := range backends {
		for _, service := range slices.Concat(backend.services, shared) {
			routes, err := route.FromService(service.name, "/"+backend.name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, routes...)
		}
	}
	return all
}

// fill returns the path of a route with random values, and the expected values of the request's
// text fields.
func fill(t *rapid.T, candidate *route.Route) (string, map[protoreflect.FieldDescriptor]string) {
	path, parameters := candidate.DocPath()
	values := map[protoreflect.FieldDescriptor]string{}
	for _, parameter := range parameters {
		placeholder := "{" + parameter.Name + "}"
		if parameter.Field.Kind() == protoreflect.Int32Kind {
			path = strings.ReplaceAll(path, placeholder, rapid.StringMatching(`[+-]?0{0,3}[1-9][0-9]{0,8}`).Draw(t, parameter.Name))
			continue
		}
		value := rapid.StringMatching(`[a-zA-Z0-9 .~%+&é_-]*[a-zA-Z0-9]`).Draw(t, parameter.Name)
		path = strings.ReplaceAll(path, placeholder, url.PathEscape(value))
		if !parameter.Part && parameter.Field.ContainingMessage() == candidate.RPC.Input() {
			values[parameter.Field] = value
		}
	}
	return path, values
}

// discarded is a response writer that keeps the response in memory.
type discarded struct {
	header http.Header
	status int
	text   strings.Builder
}

func (d *discarded) Header() http.Header { return d.header }

func (d *discarded) WriteHeader(status int) { d.status = status }

func (d *discarded) Write(text []byte) (int, error) { return d.text.Write(text) }

// Flush and SetWriteDeadline are needed for streams.
func (d *discarded) Flush() {}

func (d *discarded) SetWriteDeadline(time.Time) error { return nil }

// TestSharedServicesReachTheServiceOfTheirPrefix checks that shared methods are available below the
// prefix of every service.
func TestSharedServicesReachTheServiceOfTheirPrefix(t *testing.T) {
	behind := map[string]*recordingBackend{
		"customer-recurrence": startBackend(t), "subscription": startBackend(t), "recurring-billing": startBackend(t),
	}
	server := startGatewayWith(t, Config{
		CustomerRecurrence: behind["customer-recurrence"].connection,
		Subscription:       behind["subscription"].connection,
		RecurringBilling:   behind["recurring-billing"].connection,
		Logger:             slog.New(slog.DiscardHandler),
	}, everyRoute)
	for name, backend := range behind {
		for path, method := range map[string]string{
			"/v1/changes":          "/continuo.changes.v1.ChangeService/ListChanges",
			"/v1/webhookEndpoints": "/continuo.webhooks.v1.WebhookService/ListWebhookEndpoints",
		} {
			answered := send(t, "GET", server.URL+"/"+name+path, nil, "")
			if calls := backend.take(); answered.status != http.StatusOK || len(calls) != 1 || calls[0].method != method {
				t.Errorf("/%s%s: got %d, calls %v", name, path, answered.status, calls)
			}
		}
		if answered := send(t, "GET", server.URL+"/v1/changes", nil, ""); answered.status != http.StatusNotFound {
			t.Errorf("without a prefix: got %d", answered.status)
		}
	}
}
