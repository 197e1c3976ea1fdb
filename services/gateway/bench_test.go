package gateway

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

// BenchmarkGateway sends requests through the gateway to an in-process service, without an HTTP
// connection.
func BenchmarkGateway(b *testing.B) {
	text, err := os.ReadFile(filepath.Join("internal", "wire", "testdata", "samples", "dynamics-request.xml"))
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name   string
		asked  request
		answer proto.Message
		status int
	}{
		{"SedonaPutJSON", request{"PUT", "/api/customerrecurring/1", "application/json",
			`{"CustomerBillId":1,"ItemCode":"RMR-MON","BillCycle":"M","MasterAccountCode":"MASTER-1","MasterItemCode":"N/A","UserDescription":"text"}`},
			&sedonav1.UpdateCustomerRecurringResponse{}, http.StatusNoContent},
		{"DynamicsPutXML", request{"PUT", "/api/dynamics/clients/C-1001/recurrences/R-5001", "text/xml", string(text)},
			&dynamicsv1.UpdateRecurrenceResponse{Success: proto.Bool(true)}, http.StatusOK},
		{"NativeGet", nativeGet, &customerrecurrencev1.Customer{Name: "customers/C-1001"}, http.StatusOK},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmark(b, bench.asked, bench.answer, bench.status) })
	}
}

func benchmark(b *testing.B, asked request, answer proto.Message, want int) {
	backend := startBackend(b)
	backend.answers(answer, nil)
	gateway, err := New(b.Context(), configFor(backend))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		request, err := http.NewRequestWithContext(b.Context(), asked.method, asked.path, strings.NewReader(asked.body))
		if err != nil {
			b.Fatal(err)
		}
		request.RequestURI = asked.path
		if asked.contentType != "" {
			request.Header.Set("Content-Type", asked.contentType)
		}
		got := &discarded{header: http.Header{}, status: http.StatusOK}
		gateway.Handler().ServeHTTP(got, request)
		if got.status != want {
			b.Fatalf("%d %s", got.status, got.text.String())
		}
	}
	b.StopTimer()
	backend.take()
}
