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

// toImport is a file of customers with a line each, for an import.
func toImport(t *testing.T, customers int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "imported.ndjson")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	to := bufio.NewWriter(file)
	const resource = `{"@type":"type.googleapis.com/continuo.recurringbilling.v1.`
	for n := 1001; n <= 1000+customers; n++ {
		_, _ = fmt.Fprintf(to, resource+"BillTo\",\"name\":\"billTos/%[1]d\",\"customerId\":%[1]d,\"displayName\":\"Customer %[1]d\"}\n", n) // Flush tells
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

// A run over thousands of bill-tos goes on by itself however often everything is killed, and every bill-to of the import
// is billed for every month, once, under numbers without gaps.
func TestARunGoesOnAfterKills(t *testing.T) {
	const customers, months, kills = 6000, 3, 3
	for _, f := range []form{forms[0], forms[3]} { // each engine, together and apart
		t.Run(f.name, func(t *testing.T) {
			in := install(t, f)
			in.operator(t, "import", toImport(t, customers))
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
				t.Error("the run had ended before the first kill: the test shows nothing")
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
						t.Fatalf("after invoice %d comes %v", last-1, invoice["number"])
					}
					billed[invoice["billTo"].(string)]++
					var n, units int
					_, _ = fmt.Sscanf(invoice["billTo"].(string), "billTos/%d", &n)                  // checked by what follows
					_, _ = fmt.Sscan(fmt.Sprint(invoice["total"].(map[string]any)["units"]), &units) // likewise
					if n > 1000 && units != months*(n%90+10) {
						t.Errorf("%v has to pay %v", invoice["billTo"], invoice["total"])
					}
				}
				if token, _ = page["nextPageToken"].(string); token == "" {
					break
				}
			}
			for n := 1001; n <= 1000+customers; n++ {
				if times := billed[fmt.Sprint("billTos/", n)]; times != 1 {
					t.Errorf("bill-to %d has %d invoices", n, times)
				}
			}
			if counted := run["invoiceCount"]; counted != fmt.Sprint(last) {
				t.Errorf("the run counts %v invoices of %d", counted, last)
			}
		})
	}
}

// endedAfter reports whether a run had not ended at an instant.
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
			t.Fatalf("the run does not end: %v\n%s", run, in.logs())
		}
	}
}
