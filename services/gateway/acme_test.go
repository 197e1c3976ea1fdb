package gateway

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	acmev1 "github.com/continuo-billing/continuo/services/gateway/internal/acmetest/acme/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// acme is the contract of a fourth vendor. It uses Sedona's framework and has its own errors;
// nothing else refers to it.
var acme = contract.Contract{
	Name:      "acme",
	Framework: &aspnet.Framework,
	RenderError: func(failed *failure.Failure, format wire.Format) ([]byte, error) {
		if format == wire.XML {
			return []byte("<Oops>" + failed.Reason + "</Oops>"), nil
		}
		return []byte(`{"oops":"` + failed.Reason + `"}`), nil
	},
	Challenges: []string{contract.Basic, contract.Bearer},
	Docs:       contract.Docs{Tag: "Acme", About: "Things."},
}

// withAcme returns the complete API with the fourth vendor.
func withAcme(config Config) api {
	with := wholeAPI(config)
	with.contracts = append(slices.Clone(with.contracts), &acme)
	with.backends = append(with.backends, backend{name: "acme", conn: config.RecurringBilling, services: []service{
		ofContract(acmev1.ThingService_ServiceDesc),
	}})
	return with
}

func TestFourthVendorRequests(t *testing.T) {
	backend := startBackend(t)
	config := configFor(backend)
	server := startAPI(t, config, withAcme(config))
	want := &acmev1.UpdateThingRequest{Id: 16, Thing: &acmev1.Thing{Label: proto.String("a"), Count: proto.Int32(2)}}
	for contentType, body := range map[string]string{
		"application/json":                  `{"label":"a","Count":"2"}`,
		"text/xml":                          `<Thing xmlns="http://schemas.example.com/Acme"><Count>2</Count><Label>a</Label></Thing>`,
		"application/x-www-form-urlencoded": "Label=a&Count=2",
	} {
		backend.answers(&acmev1.UpdateThingResponse{Thing: &acmev1.Thing{Label: proto.String("b")}}, nil)
		got := request{"PUT", "/API/acme/Things/0x10/", contentType, body}.send(t, server.URL)
		calls := backend.take()
		if got.status != http.StatusOK || len(calls) != 1 || !proto.Equal(calls[0].request, want) {
			t.Errorf("%s: got %d %s, calls %v", contentType, got.status, got.text, calls)
		}
		if shown := strings.Contains(got.text, `{"Label":"b","Count":0}`) || strings.Contains(got.text, "<Count>0</Count><Label>b</Label>"); !shown {
			t.Errorf("%s: got %s", contentType, got.text)
		}
	}
}

func TestFourthVendorErrors(t *testing.T) {
	backend := startBackend(t)
	config := configFor(backend)
	server := startAPI(t, config, withAcme(config))
	for _, test := range []struct {
		asked  request
		status int
		want   string
	}{
		{request{"PUT", "/api/acme/things/1", "application/json", `{}`}, 400, `{"oops":"REQUIRED"}`},
		{request{"PUT", "/api/acme/things/1", "text/xml", ``}, 400, `<Oops>REQUIRED</Oops>`},
		{request{"PUT", "/api/acme/things/x", "application/json", `{}`}, 400, `{"oops":"INVALID_VALUE"}`},
		{request{"GET", "/api/acme/things/1", "", ""}, 405, `{"oops":"METHOD_NOT_ALLOWED"}`},
		{request{"GET", "/api/acme/nothing", "", ""}, 404, `{"oops":"NOT_FOUND"}`},
		{request{"GET", "/api/nothing", "", ""}, 404, `{"Message":"No HTTP resource was found that matches the request URI '` + server.URL + `/api/nothing'."}`},
		{sedonaPut, 401, `{"Message":"Authorization has been denied for this request."}`},
		{request{"PUT", "/api/acme/things/1", "application/json", `{"Label":"a"}`}, 401, `{"oops":"CREDENTIAL_INVALID"}`},
	} {
		backend.answers(nil, refused(t, codes.Unauthenticated, "CREDENTIAL_INVALID", "no"))
		got := test.asked.send(t, server.URL)
		if got.status != test.status || got.text != test.want {
			t.Errorf("%s %s: got %d %s\nwant %d %s", test.asked.method, test.asked.path, got.status, got.text, test.status, test.want)
		}
		if challenges := got.header.Values("WWW-Authenticate"); slices.Equal(challenges, acme.Challenges) != (test.status == 401) {
			t.Errorf("%s: got WWW-Authenticate %q with status %d", test.asked.path, challenges, test.status)
		}
	}
}

func TestFourthVendorDescription(t *testing.T) {
	config := configFor(startBackend(t))
	server := startAPI(t, config, withAcme(config))
	document := parseJSON(t, request{"GET", openAPIPath, "", ""}.send(t, server.URL).text)
	operation := at(t, document, "paths", "/api/acme/things/{id}", "put")
	if tags := at(t, operation, "tags").([]any); len(tags) != 1 || tags[0] != "Acme" {
		t.Errorf("got tags %v", tags)
	}
	if summary := at(t, operation, "summary"); summary != "Update thing" {
		t.Errorf("got summary %v", summary)
	}
}

// TestUnlistedContractFailsAssembly checks that assembly fails if a contract is not listed or its
// proto files name another framework.
func TestUnlistedContractFailsAssembly(t *testing.T) {
	config := configFor(startBackend(t))
	unlisted := withAcme(config)
	unlisted.contracts = contracts
	misfit := withAcme(config)
	misfit.contracts = slices.Clone(misfit.contracts)
	strict := acme
	strict.Framework = contracts[1].Framework
	misfit.contracts[len(misfit.contracts)-1] = &strict
	for want, offered := range map[string]api{`names the unknown contract "acme"`: unlisted, "does not use the framework": misfit} {
		if _, err := assemble(t.Context(), config, offered); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
