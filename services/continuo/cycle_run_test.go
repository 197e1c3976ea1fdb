package continuo_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// importFile returns a file of bill-tos with one line each, for an import.
func importFile(t *testing.T, customers int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "imported.ndjson")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	to := bufio.NewWriter(file)
	const resource = `{"@type":"type.googleapis.com/continuo.recurringbilling.v1.`
	for n := 1001; n <= 1000+customers; n++ {
		_, _ = fmt.Fprintf(to, resource+"BillTo\",\"name\":\"billTos/%[1]d\",\"customerId\":%[1]d,\"displayName\":\"Customer %[1]d\"}\n", n) // Flush returns the error
	}
	for n := 1001; n <= 1000+customers; n++ {
		_, _ = fmt.Fprintf(to, resource+`RecurringLine","name":"recurringLines/%[1]d","customerId":%[1]d,"billTo":"billTos/%[1]d","item":"items/RMR-MON",`+
			`"billCycle":"BILL_CYCLE_MONTHLY","description":"Monitoring","monthlyAmount":{"currencyCode":"USD","units":"%[2]d"},`+
			`"startDate":{"year":2026,"month":1,"day":31}}`+"\n", n, n%90+10)
	}
	if err := to.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestCycleRunResumesAfterKills checks that a run over thousands of bill-tos resumes by itself
// after kills. Every imported bill-to must be billed exactly once for every month, with consecutive
// invoice numbers.
func TestCycleRunResumesAfterKills(t *testing.T) {
	const customers, months, kills = 6000, 3, 3
	for _, f := range []form{forms[0], forms[3]} { // each engine, in one process and in four
		t.Run(f.name, func(t *testing.T) {
			in := install(t, f)
			in.operator(t, "import", importFile(t, customers))
			status, _, answer := in.send(t, "POST", "/recurring-billing/v1/cycleRuns", map[string]string{"Content-Type": "application/json"}, `{"asOfDate":{"year":2026,"month":3,"day":31}}`)
			if status != http.StatusOK {
				t.Fatalf("status %d: %s", status, answer)
			}
			name, _ := decode(t, answer)["name"].(string)
			interrupted := false
			for range kills {
				time.Sleep(20*time.Millisecond + rand.N(60*time.Millisecond))
				killed := time.Now()
				in.kill(t)
				in.start(t)
				interrupted = interrupted || in.endedAfter(t, name, killed)
			}
			if !interrupted {
				t.Error("the run ended before the first kill, so the test proves nothing")
			}
			run := in.awaitRun(t, name)
			if run["state"] != "STATE_SUCCEEDED" || run["batchCount"].(float64) < customers/1000 {
				t.Errorf("%v", run)
			}
			billed, last := map[string]int{}, int64(0)
			for token := ""; ; {
				page := in.get(t, "/recurring-billing/v1/invoices?pageSize=1000&pageToken="+token)
				invoices, _ := page["invoices"].([]any)
				for _, listed := range invoices {
					invoice := listed.(map[string]any)
					last++
					if invoice["number"] != fmt.Sprint(last) {
						t.Fatalf("after invoice %d: got invoice %v", last-1, invoice["number"])
					}
					billed[invoice["billTo"].(string)]++
					var n, units int
					_, _ = fmt.Sscanf(invoice["billTo"].(string), "billTos/%d", &n)                  // checked below
					_, _ = fmt.Sscan(fmt.Sprint(invoice["total"].(map[string]any)["units"]), &units) // checked below
					if n > 1000 && units != months*(n%90+10) {
						t.Errorf("invoice of %v: got total %v", invoice["billTo"], invoice["total"])
					}
				}
				if token, _ = page["nextPageToken"].(string); token == "" {
					break
				}
			}
			for n := 1001; n <= 1000+customers; n++ {
				if times := billed[fmt.Sprint("billTos/", n)]; times != 1 {
					t.Errorf("bill-to %d: got %d invoices", n, times)
				}
			}
			if counted := run["invoiceCount"]; counted != fmt.Sprint(last) {
				t.Errorf("the run counts %v invoices, want %d", counted, last)
			}
		})
	}
}

// endedAfter reports whether a run ended after an instant, or has not ended.
func (in *installation) endedAfter(t *testing.T, name string, instant time.Time) bool {
	t.Helper()
	text, ended := in.get(t, "/recurring-billing/v1/"+name)["endTime"].(string)
	if !ended {
		return true
	}
	end, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return end.After(instant)
}

// awaitRun waits until a cycle run has ended.
func (in *installation) awaitRun(t *testing.T, name string) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		run := in.get(t, "/recurring-billing/v1/"+name)
		if run["endTime"] != nil {
			return run
		}
		if time.Now().After(deadline) {
			t.Fatalf("the run did not end: %v\n%s", run, in.logs())
		}
	}
}
